"""Files that are there after a power cut: whole writes, append-only journals, one process at a time."""
