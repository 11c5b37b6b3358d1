"""The gallery custodian: a process, a root key and a log of its own, for standing galleries and nothing else."""
