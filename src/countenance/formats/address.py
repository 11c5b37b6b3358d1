"""Addresses of services elsewhere on the network, as they are written in settings and records."""

from collections.abc import Collection
from urllib.parse import urlsplit

from countenance.errors import Malformed

LONGEST = 500


def place(url: str, what: str, schemes: Collection[str] = ("https",)) -> tuple[str, str, str]:
    """Scheme, host with its port, and path of `url`, which has no query. Raises Malformed. `what`: whose it is."""
    wrong = Malformed(f"this is no address of a {what}; give it as https://host/path")
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError as error:
        raise wrong from error
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    if parts.scheme not in schemes or not parts.hostname or not plain or not port_is_fine or parts.query:
        raise wrong
    return parts.scheme, parts.netloc, parts.path.rstrip("/")
