"""Puts this directory on the path, so that tests can import `simulator`.

No property is given a time to hold in, nor its examples a time to be made in: a busy machine is slow, not wrong.
"""

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
