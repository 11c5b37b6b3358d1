"""Open files: how many a process may have. The usual limit is for programs with fewer."""

import resource


def allow(most: int) -> None:
    """Let this process have `most` open files, or as many as its hard limit lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
