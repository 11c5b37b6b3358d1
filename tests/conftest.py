"""Puts this directory on the path, so that tests can import `simulator`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
