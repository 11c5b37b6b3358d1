"""`countenance gate home`: a picture that opens with the letters that are said. SYNTHETIC portraits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from countenance.errors import Tampered
from countenance.gates import at_home
from countenance.web.gate import scanning
from countenance.web.kit import codes
from simulator import desk as people

Say = Callable[..., tuple[int, dict[str, Any]]]


def pictures(folder: Path, *names: str) -> list[Path]:
    paths = [folder / f"{number}.jpg" for number, _ in enumerate(names)]
    for path, name in zip(paths, names, strict=True):
        path.write_bytes(people.jpeg(people.shown(name, "head", 0, 0)))
    return paths


def test_the_code_is_for_its_owner_alone_and_opens_with_its_letters(tmp_path: Path, say: Say) -> None:
    out = tmp_path / "code.png"
    code, said = say("gate", "home", *pictures(tmp_path, "d", "d"), "--out", out)
    assert (code, said["file"], said["bytes"]) == (0, str(out), 165)
    assert out.stat().st_mode & 0o777 == 0o600
    carried = scanning.token(scanning.read(out.read_bytes()))
    assert len(at_home.opened(carried, codes.read(said["letters"])).code) == 128
    with pytest.raises(Tampered):
        at_home.opened(carried, bytes(16))


def test_of_two_people_or_into_no_picture_nothing_is_written(tmp_path: Path, say: Say) -> None:
    same, other = pictures(tmp_path, "d", "b")
    for live, out in ((other, "code.png"), (same, "code.txt"), (tmp_path / "none.jpg", "code.png")):
        code, _ = say("gate", "home", same, live, "--out", tmp_path / out)
        assert code != 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["0.jpg", "1.jpg"]
