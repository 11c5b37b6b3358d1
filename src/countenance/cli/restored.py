"""What the programs of all custodians do to restore theirs: read what is brought from a pipe, and carry it out."""

import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from countenance.errors import Malformed, Unavailable
from countenance.formats import canonical
from countenance.zones.custodian import restoring
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.restoring import Restored, Which

_MOST_INPUT = 1024 * 1024


def restored(directory: Path, which: Which) -> Restored:
    """Read what is brought from standard input, and restore the custodian into `directory`.

    The input is canonical JSON: paths `file`, `piece`, and `log`, if a newer log is brought; `published`, the note of
    the published log, if there is one; `passphrase` or `shares`. Raises Unavailable, and what restoring raises.
    """
    plan = canonical.read(sys.stdin.buffer.read(_MOST_INPUT))
    if not isinstance(plan, Mapping):
        raise Malformed("what is brought is a JSON object on standard input")
    texts = {name: str(plan.get(name, "")) for name in ("file", "piece", "log", "published", "passphrase")}
    shares = plan.get("shares", [])
    try:
        file, piece = Path(texts["file"]).read_bytes(), Path(texts["piece"]).read_bytes()
    except OSError as error:
        raise Unavailable(f"the backup or its piece cannot be read ({error.strerror}); name both files") from error
    brought = restoring.Brought(
        file,
        piece,
        Secret(texts["passphrase"], tuple(str(one) for one in shares) if isinstance(shares, list) else ()),
        Path(texts["log"]) if texts["log"] else None,
        texts["published"],
    )
    return restoring.restore(
        directory, brought, which, clock=lambda: time.time_ns() // 1_000_000, random=secrets.token_bytes
    )
