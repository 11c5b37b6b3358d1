from pathlib import Path

import pytest

from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats import canonical
from countenance.zones.edge import identity


def test_an_identity_is_made_once_kept_private_and_read_back(tmp_path: Path) -> None:
    made = identity.create(tmp_path, "host-1")
    path = tmp_path / "edge" / "host-1" / "identity"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    read = identity.load(tmp_path, "host-1")
    assert (read.signing.to_bytes(), read.own.to_bytes()) == (made.signing.to_bytes(), made.own.to_bytes())
    before = path.read_bytes()
    with pytest.raises(Refused):
        identity.create(tmp_path, "host-1")
    assert path.read_bytes() == before
    assert identity.names(tmp_path) == ("host-1",)


def test_it_does_not_show_its_keys(tmp_path: Path) -> None:
    made = identity.create(tmp_path, "host-1")
    assert made.signing.to_bytes().hex() not in repr(made)


@pytest.mark.parametrize("name", ["", "Host", "../x", "a/b", "-a", "a" * 65])
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(Malformed):
        identity.create(tmp_path, name)
    assert not list(tmp_path.iterdir())


def test_what_is_no_identity_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="enrol"):
        identity.load(tmp_path, "host-1")
    identity.create(tmp_path, "host-1")
    path = tmp_path / "edge" / "host-1" / "identity"
    fields = canonical.read(path.read_bytes())
    assert isinstance(fields, dict)
    for changed in ({"name": "host-2"}, {"type": "FileKey"}, {"own": 5}, {"signing": "xx"}, {"signing": "00"}):
        path.write_bytes(canonical.write(fields | changed))
        with pytest.raises(Malformed):
            identity.load(tmp_path, "host-1")
