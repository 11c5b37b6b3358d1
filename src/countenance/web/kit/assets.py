"""Files that are the same for everybody: scripts, styles, and the vendored ones, which are held against their SHA-256.

Read once, at the start; nothing of a request becomes part of a path.
"""

import hashlib
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from countenance.errors import Malformed, Tampered

_KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
# Scripts that the approval page has, too: the same bytes, hex and canonical JSON, the same enrolment.
_SHARED: Final = ("bytes.js", "enrol.js")


class Assets:
    """Files under `/kit/` and `/static/`. Raises Tampered if a vendored file is not the one that was taken over."""

    def __init__(self, package: str) -> None:
        approvals = resources.files("countenance.zones.custodian.approval_page") / "page"
        kit = resources.files("countenance.web.kit")
        self._files: dict[str, bytes] = {}
        self._take("/kit/", {name: approvals / name for name in _SHARED})
        self._take("/kit/", {one.name: one for one in (kit / "static").iterdir()})
        self._take("/kit/vendor/", _vendored(kit / "vendor"))
        self._take("/static/", {one.name: one for one in (resources.files(package) / "static").iterdir()})

    def __call__(self, request: Request) -> Response:
        """The file at this path. Raises Malformed if there is none."""
        path = request.url.path
        return self.file(path)

    def file(self, path: str) -> Response:
        """The file at `path`. Raises Malformed if there is none."""
        data = self._files.get(path)
        if data is None:
            raise Malformed("there is no such file here")
        kind = _KINDS[path[path.rindex(".") :]]
        return Response(data, media_type=kind, headers={"cache-control": "public, max-age=300"})

    def _take(self, at: str, files: Mapping[str, Traversable]) -> None:
        for name, file in files.items():
            if name[name.rfind(".") :] in _KINDS:
                self._files[at + name] = file.read_bytes()


def _vendored(folder: Traversable) -> dict[str, Traversable]:
    """Vendored files by name. Raises Tampered."""
    found: dict[str, Traversable] = {}
    for line in (folder / "SHA256SUMS").read_text(encoding="ascii").splitlines():
        digest, _, path = line.partition("  ")
        file = folder / path
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise Tampered(f"{path} is not the file that was taken over: install the package again")
        found[file.name] = file
    return found
