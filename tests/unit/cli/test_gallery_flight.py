"""What a manifest may say, and that what it may not is named by its line."""

from pathlib import Path

import pytest

from countenance.cli import gallery_flight
from countenance.errors import Malformed, Unavailable
from countenance.vocabulary.galleries import MOST_SHOTS, reference_of, sequence_of


def written(folder: Path, *lines: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_manifest_gives_check_in_numbers_and_photos_and_nothing_else(tmp_path: Path) -> None:
    path = written(tmp_path, "name,sequence,photo", "SOMEBODY,0025,a.jpg", "SOMEBODY,0025,b.jpg", "ELSE,31,c.jpg")
    assert gallery_flight.read(path) == [
        ("0025", tmp_path / "a.jpg"),
        ("0025", tmp_path / "b.jpg"),
        ("31", tmp_path / "c.jpg"),
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("seq,photo", "0025,a.jpg"), "columns sequence and photo"),
        (("sequence,photo",), "no traveller"),
        (("sequence,photo", "25 B,a.jpg"), "line 2"),
        (("sequence,photo", "0025,a.jpg", "0026,"), "line 3"),
        (("sequence,photo", *["0025,a.jpg"] * (MOST_SHOTS + 1)), f"line {MOST_SHOTS + 2}"),
        (("sequence,photo", *["0025,a.jpg"] * MOST_SHOTS, "25,e.jpg"), f"line {MOST_SHOTS + 2}"),
        (("sequence,photo", "0025"), "line 2"),
        (("",), "columns"),
        (("sequence,photo", "0025," + "a" * 200_000), "no CSV"),
    ],
)
def test_what_is_no_manifest_is_named(tmp_path: Path, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(Malformed, match=said):
        gallery_flight.read(written(tmp_path, *lines))


def test_a_manifest_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        gallery_flight.read(tmp_path / "none.csv")
    (tmp_path / "rubbish.csv").write_bytes(b"sequence,photo\n\xff\xfe,a\n")
    with pytest.raises(Malformed, match="UTF-8"):
        gallery_flight.read(tmp_path / "rubbish.csv")


@pytest.mark.parametrize("sequence", ["0", "25", "0025", "0025A", "9999Z"])
def test_a_reference_says_a_check_in_number_and_comes_back(sequence: str) -> None:
    names = {reference_of(sequence, shot) for shot in range(MOST_SHOTS)}
    assert len(names) == MOST_SHOTS
    assert {len(one) for one in names} == {16}
    assert {sequence_of(one) for one in names} == {sequence}


@pytest.mark.parametrize("reference", ["00aa11bb22cc33dd", "", "303032352000000f", "zz", "3030323520 00000"])
def test_what_is_no_reference_of_a_flights_gallery(reference: str) -> None:
    with pytest.raises(ValueError, match=r"check-in|gallery|hex|base|ascii"):
        sequence_of(reference)
