"""The system in memory, behind its real interfaces, with a clock that tests turn."""
