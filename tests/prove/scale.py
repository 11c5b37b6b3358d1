"""How much is proved: `make prove` scales its counts to minutes, `make prove FULL=1` runs the full ones."""

import os

FULL = os.environ.get("COUNTENANCE_PROVE") == "full"


def count(full: int, scaled: int) -> int:
    """The number of repetitions for this run."""
    return full if FULL else scaled
