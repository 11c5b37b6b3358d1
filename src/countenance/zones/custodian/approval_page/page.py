"""The page: one HTML document, put together from the files in `page/`, of which a pinned SHA-256 is in this package.

Invariants:

* What is served is the document with this digest or nothing. The custodian writes the digest into the log whenever it
  is opened, so outsiders can hold the page they were given against the record.
* The policy lets nothing run or show that is not in the document, and nothing be fetched but from its own origin.
"""

import base64
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Final

from countenance.errors import Tampered

PINNED: Final = "14ef0ca31d0bc47502613521fe8df34a5e2b7e2de079947563286cbfc3c363c8"
"""SHA-256 of the document, in hex: nobody changes the page without changing this line."""

_SCRIPTS = ("bytes.js", "words.js", "enrol.js", "acts.js", "page.js")


@dataclass(frozen=True, slots=True)
class Page:
    """The document, and the Content-Security-Policy that it is served with."""

    document: bytes
    policy: str


def assembled() -> Page:
    """The page. Raises Tampered if its files are not those that were pinned."""
    page = _joined()
    if hashlib.sha256(page.document).hexdigest() != PINNED:
        raise Tampered("the approval page's files are not those of this version: install the package again")
    return page


def _joined() -> Page:
    script, style = "".join(map(_read, _SCRIPTS)), _read("page.css")
    document = _read("page.html").replace("/*STYLE*/", style).replace("/*SCRIPT*/", script)
    policy = (
        f"default-src 'none'; script-src '{_source(script)}'; style-src '{_source(style)}'; img-src blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return Page(document.encode(), policy)


def _read(name: str) -> str:
    return (resources.files(__package__) / "page" / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
