"""The program that randomises answers in browsers: one file, whose SHA-256 a wave's record names from its opening."""

import base64
import hashlib
from importlib import resources
from typing import Final

ADDRESS: Final = "/static/survey.js"
KIOSK: Final = "/static/kiosk.js"
"""What a shared device runs over it, and no wave names: nothing is promised there."""


def digest(address: str = ADDRESS) -> bytes:
    """SHA-256 of the file as this version of the portal serves it."""
    return hashlib.sha256((resources.files("countenance.web.portal") / address.removeprefix("/")).read_bytes()).digest()


def integrity(address: str = ADDRESS) -> str:
    """The same, as a page tells a browser, which runs no other file (Subresource Integrity)."""
    return "sha256-" + base64.b64encode(digest(address)).decode()
