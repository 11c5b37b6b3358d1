"""Addresses of services elsewhere on the network, as they are written in settings and records (RFC 3986, a part)."""

import re
from collections.abc import Collection

from countenance.errors import Malformed

LONGEST = 500
_HIGHEST_PORT = 65535
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]"
_PLACE = re.compile(rf"([a-z]+)://((?:{_HOST})(?::([0-9]{{1,5}}))?)((?:/[!-\"$->@-~]*)?)")


def place(url: str, what: str, schemes: Collection[str] = ("https",)) -> tuple[str, str, str]:
    """Scheme, host with its port, and path of `url`, which has no query. Raises Malformed. `what`: whose it is."""
    found = _PLACE.fullmatch(url) if len(url) <= LONGEST else None
    port = int(found[3] or 1) if found else 0
    if found is None or found[1] not in schemes or not 0 < port <= _HIGHEST_PORT:
        raise Malformed(f"this is no address of a {what}; give it as https://host/path")
    return found[1], found[2], found[4].rstrip("/")
