"""Search over masked templates: code and mask at the edge, multiply in the repository, unmask in the custodian."""
