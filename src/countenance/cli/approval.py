"""What `countenance init` founds for its pages: origins, the attestation allow-list, TLS keys."""

import re
import time
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from countenance.cli.say import contents
from countenance.crypto import certificate
from countenance.crypto.assertion import certificates
from countenance.durable import files
from countenance.errors import Malformed
from countenance.vocabulary.deployment import ApprovalOrigin

DEFAULT_ORIGIN = "https://approve.localhost:8443"
DEFAULT_CONSOLE = "http://console.localhost:8440"
DEFAULT_PORTAL = "http://portal.localhost:8450"
DIRECTORY, CONSOLE, PORTAL = "approve", "console", "portal"
VIRTUAL = "virtual-authenticator.pem"
"""The certificate of Chromium's virtual authenticators: listed in demo deployments, where nobody is safe."""

_ORIGIN = re.compile(
    r"https?://([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+)(?::([1-9][0-9]{0,4}))?"
)
_LARGEST = 1024 * 1024


def founded(origin: str, roots: Sequence[Path], *, demo: bool) -> ApprovalOrigin:
    """The approval origin of a new deployment. Raises Malformed for an origin or a certificate file that is none."""
    host = _host(origin)
    if not origin.startswith("https://"):
        raise Malformed(f"an approval origin is https:// and a host name with a dot, such as {DEFAULT_ORIGIN}")
    what = "certificates in PEM, from the authenticators' maker"
    listed = [one for path in roots for one in certificates(contents(path, most=_LARGEST, what=what))]
    if demo:
        listed += certificates((resources.files("countenance.cli") / VIRTUAL).read_bytes())
    return ApprovalOrigin(host, origin, tuple(dict.fromkeys(listed)))


def founded_console(origin: str, approvals: ApprovalOrigin) -> ApprovalOrigin:
    """Where people will sign in, with authenticators of the same makers as at `approvals`. Raises Malformed."""
    host = _page(origin, "console", DEFAULT_CONSOLE)
    if host == approvals.rp_id:
        raise Malformed("the console has another host name than approvals: choose another --console-origin")
    return ApprovalOrigin(host, origin, approvals.roots)


def founded_portal(origin: str, others: Sequence[ApprovalOrigin]) -> ApprovalOrigin:
    """Where anybody may ask; nobody signs in there. Raises Malformed."""
    host = _page(origin, "portal", DEFAULT_PORTAL)
    if host in {other.rp_id for other in others}:
        raise Malformed("the portal has a host name of its own: choose another --portal-origin")
    return ApprovalOrigin(host, origin, ())


def _page(origin: str, what: str, example: str) -> str:
    """The host of a page's origin. Browsers take http:// for safe on this machine's own names alone: so do we."""
    host = _host(origin)
    if not origin.startswith("https://") and not host.endswith(".localhost"):
        raise Malformed(f"the {what}'s origin is https://, or http:// on this machine, such as {example}")
    return host


def _host(origin: str) -> str:
    named = _ORIGIN.fullmatch(origin)
    if named is None or int(named[2] or 443) > 65535 or named[1].rpartition(".")[2].isdigit():
        raise Malformed(f"an origin is https:// and a host name with a dot, such as {DEFAULT_ORIGIN}")
    if named[2] == ("443" if origin.startswith("https://") else "80"):
        raise Malformed(f"browsers leave out :{named[2]}, which goes without saying: leave it out of the origin")
    return named[1]


def lay_out(staging: Path, origin: ApprovalOrigin, directory: str = DIRECTORY) -> None:
    """Make the process's directory, with a self-signed certificate for https://, which its owner may replace."""
    files.make_directory(staging / directory)
    if origin.origin.startswith("https://"):
        public, private = certificate.self_signed(origin.rp_id, time.time_ns() // 1_000_000)
        files.write(staging / directory / "tls.key", private)
        files.write(staging / directory / "tls.crt", public, mode=0o644)
