"""The gallery custodian's process: `python -m countenance.cli.run_gallery genesis|restore|serve --deployment DIR`.

Not a verb: `countenance gallery init` and `countenance run` start it, or its own account does.
"""

import sys
from collections.abc import Sequence

from countenance.cli.run_beside import Zone
from countenance.zones.custodian import backups
from countenance.zones.custodian.gallery import ending, service
from countenance.zones.custodian.gallery.lifecycle import GalleryCustodian

TICK_SECONDS = 20.0
# Bytes of one question: three photos with their templates, or the text of a gallery of 10,000 references.
_LARGEST = 16 * 1024 * 1024

ZONE = Zone(
    "gallery",
    GalleryCustodian,
    service.handlers,
    tick=TICK_SECONDS,
    largest=_LARGEST,
    folders=backups.FOLDERS,
    repeat=ending.repeat,
    work=GalleryCustodian.compare_forever,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `genesis`, `restore` or `serve`; returns the exit code. Errors are canonical JSON on standard output."""
    return ZONE.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
