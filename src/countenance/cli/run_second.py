"""The second custodian's process: `python -m countenance.cli.run_second genesis|restore|serve --deployment DIR`.

Not a verb: `countenance init --custodians 2` and `countenance run` start it, or its own account does.
"""

import sys
from collections.abc import Sequence

from countenance.cli.run_beside import Zone
from countenance.zones.custodian.second import resuming, service
from countenance.zones.custodian.second.lifecycle import SecondCustodian

TICK_SECONDS = 60.0
# Bytes of one question: a warrant's text and words, or the nonces of a sheet and the names of its sightings.
_LARGEST = 16 * 1024 * 1024

ZONE = Zone("second", SecondCustodian, service.handlers, tick=TICK_SECONDS, largest=_LARGEST, repeat=resuming.repeat)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `genesis`, `restore` or `serve`; returns the exit code. Errors are canonical JSON on standard output."""
    return ZONE.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
