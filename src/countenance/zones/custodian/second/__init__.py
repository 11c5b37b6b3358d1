"""The second of two custodians: a process, a root key and a log of its own."""
