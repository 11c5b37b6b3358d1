"""One room a process, one process a key set: edge, repository, custodian."""
