"""The console: where officers and operators see the city, and ask."""
