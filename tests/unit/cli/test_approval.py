"""What init founds for approvals, and what roster takes from the page."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from countenance.cli import approval, roster
from countenance.errors import Malformed, Refused, Unavailable
from simulator.authenticator import MAKER


@pytest.fixture
def root(tmp_path: Path) -> Path:
    path = tmp_path / "root.pem"
    path.write_bytes(x509.load_der_x509_certificate(MAKER.root).public_bytes(Encoding.PEM) * 2)
    return path


def test_an_origin_has_its_host_as_rp_id_and_lists_each_maker_once(root: Path) -> None:
    made = approval.founded("https://approve.station.example:8443", [root], demo=False)
    assert (made.rp_id, made.origin) == ("approve.station.example", "https://approve.station.example:8443")
    assert made.roots == (MAKER.root,)


def test_only_a_demo_lists_the_virtual_authenticator(root: Path) -> None:
    assert approval.founded(approval.DEFAULT_ORIGIN, [], demo=False).roots == ()
    (virtual,) = approval.founded(approval.DEFAULT_ORIGIN, [], demo=True).roots
    assert b"Chromium" in virtual


@pytest.mark.parametrize(
    "origin",
    [
        "approve.localhost",
        "http://approve.localhost",
        "https://localhost",
        "https://127.0.0.1:8443",
        "https://Approve.localhost",
        "https://approve.localhost/",
        "https://approve.localhost:0",
        "https://approve.localhost:65536",
        "https://user@approve.localhost",
        "https://approve.localhost:443",
        "https://-a.localhost",
        "",
    ],
)
def test_what_is_no_origin(origin: str) -> None:
    with pytest.raises(Malformed):
        approval.founded(origin, [], demo=True)


@pytest.mark.parametrize("origin", ["https://console.example:443", "http://console.localhost:80"])
def test_a_port_that_browsers_leave_out_is_left_out(origin: str) -> None:
    approvals = approval.founded(approval.DEFAULT_ORIGIN, [], demo=False)
    with pytest.raises(Malformed, match="leave it out of the origin"):
        approval.founded_console(origin, approvals)
    made = approval.founded_console(origin.rpartition(":")[0], approvals)
    assert made.origin == origin.rpartition(":")[0]


def test_a_file_without_certificates(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text("no certificate")
    with pytest.raises(Malformed):
        approval.founded(approval.DEFAULT_ORIGIN, [tmp_path / "root.pem"], demo=False)
    with pytest.raises(Unavailable):
        approval.founded(approval.DEFAULT_ORIGIN, [tmp_path / "none.pem"], demo=False)


def test_the_tls_key_is_its_owners_alone(tmp_path: Path) -> None:
    approval.lay_out(tmp_path, approval.founded(approval.DEFAULT_ORIGIN, [], demo=True))
    assert stat.S_IMODE((tmp_path / "approve").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "approve" / "tls.key").stat().st_mode) == 0o600


def test_a_fingerprint_that_is_not_the_files_is_refused() -> None:
    roster.check_fingerprints([b"file\n"], [])
    roster.check_fingerprints([b"file\n"], ["3B9C 358F 36F0 A31B 6AD3"])
    with pytest.raises(Refused, match="exchanged"):
        roster.check_fingerprints([b"file"], ["0000 0000 0000 0000 0000"])
    with pytest.raises(Refused, match="exchanged"):
        roster.check_fingerprints([b"file", b"other"], ["3b9c 358f 36f0 a31b 6ad3"])
