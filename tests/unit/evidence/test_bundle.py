import io
import zipfile
from pathlib import Path

import pytest

from countenance.errors import Malformed, Refused, Tampered
from countenance.evidence import unpacking
from countenance.formats import bundle

FILES = {"index.html": b"<p>", "clip.mp4": bytes(1000), "a-1.json": b"{}"}


def zipped(*names: str, method: int = zipfile.ZIP_STORED, data: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name in names:
            archive.writestr(name, data)
    return out.getvalue()


def test_the_same_folder_has_the_same_bytes_whatever_the_order() -> None:
    turned = dict(reversed(FILES.items()))
    assert bundle.pack(FILES) == bundle.pack(turned)
    assert bundle.read(bundle.pack(FILES)) == FILES


def test_it_is_unpacked_for_its_owner_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert unpacking.unpack(bundle.pack(FILES), out) == tuple(sorted(FILES))
    assert out.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.read_bytes() for path in out.iterdir()} == FILES
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/passwd", "a/b", "..", ".hidden", "A", "a\\b", "c:evil", "x" * 80, "ü", "a b"]
)
def test_names_that_could_leave_the_folder_are_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(Tampered, match="nothing was unpacked"):
        unpacking.unpack(zipped("index.html", name), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_written_as_the_file_it_pretends_to_be(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    unpacking.unpack(out.getvalue(), tmp_path / "out")
    assert not (tmp_path / "out" / "link").is_symlink()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_bombs_twins_and_garbage_are_refused() -> None:
    with pytest.raises(Tampered, match="compressed"):
        bundle.read(zipped("a", method=zipfile.ZIP_DEFLATED, data=bytes(100_000)))
    with pytest.raises(Tampered, match="one name"):
        bundle.read(zipped("a", "a"))
    with pytest.raises(Tampered, match="larger"):
        bundle.read(zipped(*(f"a{number}" for number in range(bundle.MAXIMUM_FILES + 1))))
    for data in (b"", b"PK", bundle.pack(FILES)[:-30], b"\0" * 100):
        with pytest.raises(Malformed):
            bundle.read(data)


def test_a_flipped_byte_in_a_file_is_malformed() -> None:
    data = bytearray(zipped("a", data=b"0123456789"))
    data[data.index(b"0123456789")] ^= 1
    with pytest.raises(Malformed):
        bundle.read(bytes(data))


def test_a_folder_that_holds_anything_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_bytes(b"mine")
    with pytest.raises(Refused):
        unpacking.unpack(bundle.pack(FILES), out)
    assert [path.name for path in out.iterdir()] == ["mine"]
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(Refused):
        unpacking.unpack(bundle.pack(FILES), tmp_path / "link")


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    unpacking.unpack(bundle.pack(FILES), tmp_path)
    assert len(list(tmp_path.iterdir())) == len(FILES)
