"""monitor: a log that grows is followed; each thing that can be wrong is named by its rule and not remembered."""

from collections.abc import Callable
from pathlib import Path

import pytest

from countenance.crypto.sign import SigningKey
from countenance.log import leaf, monitor, note, tiles
from countenance.log.checkpoint import write_note
from countenance.log.cosignature import cosign, joined
from countenance.log.merkle import Tree
from countenance.log.monitor import Round, Seen, follow
from countenance.log.note import VerifierKey
from countenance.vocabulary.entries import Kind

from .stories import GENESIS, LOG_KEY, entry, fetching, preimages, published

MANY = preimages([entry(Kind.MALFORMED, 1_000 + number, count=str(number)) for number in range(600)])
WITNESS = SigningKey.generate()
NAMED = [VerifierKey("w.example", note.COSIGNATURE, WITNESS.public)]
NOW = 10_000_000


def look(folder: Path, before: Seen, *, now: int = NOW, required: int = 0) -> Round:
    return follow(fetching(folder), before, NAMED, required=required, now=now)


def rules(done: Round) -> list[str]:
    return [one.rule for one in done.broken]


@pytest.fixture
def seen(tmp_path: Path) -> Seen:
    published(tmp_path, MANY[:300])
    done = look(tmp_path, monitor.begin(GENESIS))
    assert (done.size, done.grown, done.broken) == (300, 300, ())
    return done.after


def test_growth_is_followed_from_where_it_was(tmp_path: Path, seen: Seen) -> None:
    for size in (301, 512, 600):
        published(tmp_path, MANY[:size])
        # What lies before is not read again: a monitor costs what is new.
        done = look(tmp_path, seen)
        assert (done.size, done.broken) == (size, ())
        assert done.after.root == Tree(map(leaf.leaf_data, MANY[:size])).root()
        seen = done.after
    assert look(tmp_path, seen).after == seen


def flip(place: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        data = bytearray((folder / place).read_bytes())
        data[len(data) // 2] ^= 1
        (folder / place).write_bytes(data)

    return act


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        ("signature", flip("checkpoint")),
        ("signature", lambda folder: (folder / "checkpoint").unlink()),
        ("tiles", flip("tile/0/001.p/144")),
        ("tiles", flip("tile/entries/001.p/144")),
        ("preimages", lambda folder: (folder / "preimages/399").unlink()),
        ("rollback", lambda folder: published(folder, MANY[:200])),
        ("fork", lambda folder: published(folder, MANY[100:400])),
        ("fork", lambda folder: published(folder, MANY[100:520])),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, seen: Seen, rule: str, spoil: Callable[[Path], None]) -> None:
    published(tmp_path, MANY[:400])
    spoil(tmp_path)
    done = look(tmp_path, seen)
    assert rule in rules(done)
    assert (done.after == seen) == (rule != "preimages")


def test_cosignatures_count_when_they_verify(tmp_path: Path, seen: Seen) -> None:
    published(tmp_path, MANY[:400])
    head = (tmp_path / "checkpoint").read_text()
    assert rules(look(tmp_path, seen, required=1)) == ["witnesses"]
    (tmp_path / "checkpoint").write_text(joined(head, [cosign(head, "w.example", WITNESS, NOW // 1000)]))
    done = look(tmp_path, seen, required=1)
    assert (done.broken, done.cosigned) == ((), ("w.example",))
    (tmp_path / "checkpoint").write_text(joined(head, [cosign(head, "w.example", WITNESS, NOW // 1000 + 900)]))
    assert rules(look(tmp_path, seen, required=1)) == ["time"]
    other = write_note(GENESIS.log_origin, 7, bytes(32), LOG_KEY)
    (tmp_path / "checkpoint").write_text(joined(head, [cosign(other, "w.example", WITNESS, NOW // 1000)]))
    assert rules(look(tmp_path, seen, required=1)) == ["witnesses", "witnesses"]


def test_a_log_that_stands_still_is_said(tmp_path: Path, seen: Seen) -> None:
    assert look(tmp_path, seen, now=NOW + monitor.STALE).broken == ()
    assert rules(look(tmp_path, seen, now=NOW + monitor.STALE + 1)) == ["time"]


def test_a_full_tile_in_place_of_a_partial_one(tmp_path: Path, seen: Seen) -> None:
    published(tmp_path, MANY[:400])
    old = (tmp_path / "checkpoint").read_bytes()
    published(tmp_path, MANY)
    (tmp_path / "checkpoint").write_bytes(old)
    assert look(tmp_path, seen).broken == ()
    assert tiles.published_size(tmp_path) == 400
