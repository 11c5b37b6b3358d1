"""What `countenance init` founds for approvals: the origin, the attestation allow-list, a TLS key."""

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
DIRECTORY = "approve"
VIRTUAL = "virtual-authenticator.pem"
"""The certificate of Chromium's virtual authenticators: listed in demo deployments, where nobody is safe."""

_ORIGIN = re.compile(
    r"https://([a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+)(?::([1-9][0-9]{0,4}))?"
)
_LARGEST = 1024 * 1024


def founded(origin: str, roots: Sequence[Path], *, demo: bool) -> ApprovalOrigin:
    """The approval origin of a new deployment. Raises Malformed for an origin or a certificate file that is none."""
    named = _ORIGIN.fullmatch(origin)
    if named is None or int(named[2] or 443) > 65535 or named[1].rpartition(".")[2].isdigit():
        raise Malformed(f"an approval origin is https:// and a host name with a dot, such as {DEFAULT_ORIGIN}")
    what = "certificates in PEM, from the authenticators' maker"
    listed = [one for path in roots for one in certificates(contents(path, most=_LARGEST, what=what))]
    if demo:
        listed += certificates((resources.files("countenance.cli") / VIRTUAL).read_bytes())
    return ApprovalOrigin(named[1], origin, tuple(dict.fromkeys(listed)))


def lay_out(staging: Path, origin: ApprovalOrigin) -> None:
    """Make the approval process's directory with a self-signed certificate, which its owner may replace."""
    public, private = certificate.self_signed(origin.rp_id, time.time_ns() // 1_000_000)
    files.make_directory(staging / DIRECTORY)
    files.write(staging / DIRECTORY / "tls.key", private)
    files.write(staging / DIRECTORY / "tls.crt", public, mode=0o644)
