"""Shares on paper: a page each, nobody else's words on it, and nowhere else."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from countenance.cli import share_pages
from countenance.errors import Unavailable

Say = Callable[..., tuple[int, dict[str, Any]]]


def words(page: Path) -> str:
    text = page.read_text()
    return " ".join(part.partition("</li>")[0] for part in text.split("<li>")[1:])


def test_a_page_a_holder_and_none_shown(tmp_path: Path, say: Say) -> None:
    pages = tmp_path / "pages"
    code, told = say("init", tmp_path / "d", "--shares", "2/3", "--print-shares", pages)
    assert (code, told["shares"], told["pages"]) == (0, [], 3)
    found = sorted(pages.iterdir())
    assert [stat.S_IMODE(path.stat().st_mode) for path in (pages, *found)] == [0o700, 0o600, 0o600, 0o600]
    shares = [words(path) for path in found]
    assert len({share for share in shares if len(share.split()) == 33}) == 3
    for path in found:
        assert sum(share in words(path) for share in shares) == 1
        assert "http" not in path.read_text()
        assert path.read_text().count("of 3") >= 1


def test_both_root_keys_of_two_custodians(tmp_path: Path, say: Say) -> None:
    pages = tmp_path / "pages"
    both = ("--custodians", 2, "--shares", "2/3", "--second-shares", "2/2")
    code, told = say("init", tmp_path / "d", *both, "--print-shares", pages)
    assert (code, told["shares"], told["second_shares"], told["pages"]) == (0, [], [], 5)
    found = sorted(pages.iterdir())
    assert len({words(path) for path in found}) == 5
    seconds = [path for path in found if "second" in path.name]
    assert len(seconds) == 2
    assert all("second custodian" in path.read_text() and "of 2" in path.read_text() for path in seconds)


def test_only_the_second_s_are_shares(tmp_path: Path, say: Say) -> None:
    (tmp_path / "secret").write_text("correct horse battery staple\n")
    both = ("--custodians", 2, "--passphrase-file", tmp_path / "secret", "--second-shares", "2/3")
    code, told = say("init", tmp_path / "d", *both, "--print-shares", tmp_path / "pages")
    assert (code, told["second_shares"], told["pages"]) == (0, [], 3)


def test_refused_before_anything_is_made(tmp_path: Path, say: Say) -> None:
    (tmp_path / "secret").write_text("correct horse battery staple\n")
    given = ("--passphrase-file", tmp_path / "secret", "--print-shares", tmp_path / "pages")
    assert say("init", tmp_path / "d", *given)[0] == 2
    assert say("init", tmp_path / "d", "--shares", "2/3", "--print-shares", tmp_path)[0] == 1
    assert not (tmp_path / "d").exists()


def test_shares_are_shown_where_pages_cannot_be_written(
    tmp_path: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(share_pages, "write", full)
    code, told = say("init", tmp_path / "d", "--shares", "2/3", "--print-shares", tmp_path / "pages")
    assert (code, len(told["shares"]), told["pages"]) == (0, 3, 0)
