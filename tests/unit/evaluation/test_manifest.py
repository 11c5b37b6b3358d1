from pathlib import Path

import pytest

from countenance.errors import Malformed
from countenance.evaluation import manifest


def read(tmp_path: Path, text: str, **options: int) -> manifest.Manifest:
    path = tmp_path / "m.csv"
    path.write_bytes(text.encode("utf-8"))
    return manifest.read(path, **options)


def test_rows_columns_and_groups(tmp_path: Path) -> None:
    found = read(tmp_path, "image,subject,aligned,tone\na.jpg,one,yes,I\nb.jpg,two,,\nc.jpg,two,no,VI\n")
    assert found.columns == ("tone",)
    assert [row.aligned for row in found.rows] == [True, None, False]
    assert [row.groups for row in found.rows] == [("I",), ("",), ("VI",)]
    assert not found.left_out


def test_a_byte_order_mark_blank_lines_spaces_and_unicode(tmp_path: Path) -> None:
    found = read(tmp_path, "\ufeffImage, Subject \r\n照片/一.jpg,Жанна\r\n\r\n b.jpg , Żółć \r\n")
    assert [(row.image, row.subject) for row in found.rows] == [("照片/一.jpg", "Жанна"), ("b.jpg", "Żółć")]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "first line"),
        ("picture,person\na,b\n", "first line"),
        ("image;subject\na;b\n", "with commas"),
        ("image,subject\n", "no rows"),
        ("image,subject,image\na,b,c\n", "same name"),
        ("image,subject,\na,b,c\n", "same name"),
        ("image,subject\na.jpg\n", "line 2 of the manifest has 1"),
        ("image,subject\na.jpg,one\n,two\n", "line 3 of the manifest names no image"),
        ("image,subject\na.jpg,\n", "no subject"),
        ("image,subject,aligned\na.jpg,one,perhaps\n", "yes, no or empty"),
        ("image,subject\na\0.jpg,one\n", "names no image|not CSV"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_named(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(Malformed, match=word):
        read(tmp_path, text)


def test_other_encodings_and_missing_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes("image,subject\nä.jpg,one\n".encode("latin-1"))
    with pytest.raises(Malformed, match="UTF-8"):
        manifest.read(path)
    with pytest.raises(Malformed, match="cannot be read"):
        manifest.read(tmp_path / "none.csv")
    with pytest.raises(Malformed, match="is no file"):
        manifest.read(tmp_path)
    with pytest.raises(Malformed, match="is no file"):
        manifest.read(Path("/dev/zero"))
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(manifest.MOST_BYTES + 1)
    with pytest.raises(Malformed, match="at most 1024 MiB"):
        manifest.read(tmp_path / "huge.csv")


def test_an_image_listed_twice_counts_once_and_under_two_subjects_not_at_all(tmp_path: Path) -> None:
    found = read(tmp_path, "image,subject\na,one\na,one\nb,one\nb,two\nc,two\n")
    assert [row.image for row in found.rows] == ["a", "c"]
    assert found.left_out == {"image listed twice": 1, "image listed under two subjects": 2}


def test_a_subject_may_stand_in_rows_that_are_apart(tmp_path: Path) -> None:
    found = read(tmp_path, "image,subject\na,one\nb,two\nc,one\n")
    assert [row.subject for row in found.rows] == ["one", "two", "one"]


def test_a_column_of_numbers_is_no_group(tmp_path: Path) -> None:
    lines = "".join(f"{number}.jpg,s{number},{'ab'[number % 2]},{number}\n" for number in range(100))
    found = read(tmp_path, "image,subject,half,number\n" + lines)
    assert found.columns == ("half",)
    assert found.ignored == ("number",)
    assert all(len(row.groups) == 1 for row in found.rows)


def test_one_subject_is_cut_and_the_cut_is_counted(tmp_path: Path) -> None:
    lines = "".join(f"{number}.jpg,one\n" for number in range(manifest.MOST_OF_ONE + 7))
    found = read(tmp_path, "image,subject\nx,two\n" + lines)
    assert len(found.rows) == manifest.MOST_OF_ONE + 1
    assert list(found.left_out.values()) == [7]


def test_of_too_many_the_same_subjects_are_drawn_whole_every_time(tmp_path: Path) -> None:
    lines = [f"{subject}-{image}.jpg,s{subject}\n" for subject in range(200) for image in range(3)]
    first = read(tmp_path, "image,subject\n" + "".join(lines), most_images=90)
    again = read(tmp_path, "image,subject\n" + "".join(reversed(lines)), most_images=90)
    assert len(first.rows) == 90
    assert {row.image for row in first.rows} == {row.image for row in again.rows}
    assert sum(first.left_out.values()) == 510
