"""Puts this directory on the path, so that tests can import `simulator`; no property is given a time to hold in."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
