"""Fields that a record was given after the first of its kind were signed.

A record that has the field's default is written without it, so what was written, hashed and signed before still is.
"""

from collections.abc import Mapping
from typing import Final

LATER: Final[Mapping[str, bool]] = {"later": True}
"""Metadata of such a field: `field(default=…, metadata=LATER)`."""
