"""sequencer: what it returned for is in the log for ever; whatever differs from its checkpoint keeps it shut."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from countenance.crypto.sign import SigningKey
from countenance.durable.journal import Journal
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.log import leaf, proof
from countenance.log.checkpoint import read_note
from countenance.log.sequencer import Sequencer
from countenance.vocabulary.entries import Entry, Kind

KEY = SigningKey.generate()
ORIGIN = "example/log"


def started(folder: Path, clock: Callable[[], int] = lambda: 1000) -> Sequencer:
    return Sequencer(folder / "journal", ORIGIN, KEY, clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A log of five entries."""
    sequencer = started(tmp_path)
    for number in range(5):
        assert sequencer.append(Kind.READ, {"warrant": "ab", "number": str(number)}) == number
    sequencer.close()
    return tmp_path


def test_entries_come_back_and_prove_themselves(folder: Path) -> None:
    sequencer = started(folder)
    assert sequencer.size == 5
    assert sequencer.append(Kind.DELIVERED, {"b": "2", "a": "1"}, of=4) == 5
    assert sequencer.entry(5) == Entry(Kind.DELIVERED, 1000, 4, (("a", "1"), ("b", "2")))
    assert [entry.kind for entry in sequencer.entries()] == [Kind.READ] * 5 + [Kind.DELIVERED]
    head = read_note(sequencer.checkpoint().note, ORIGIN, KEY.public)
    assert head == sequencer.checkpoint()
    for index in range(6):
        shown = sequencer.prove(index)
        assert shown.checkpoint == head.note
        data = leaf.leaf_data(sequencer.preimage(index))
        proof.verify_inclusion(data, index, head.size, shown.hashes, head.root)
    nonces = {sequencer.preimage(index).nonce for index in range(6)}
    assert len(nonces) == 6
    sequencer.close()


def test_time_never_goes_back(folder: Path) -> None:
    now = [5000]
    sequencer = started(folder, lambda: now[0])
    sequencer.append(Kind.OPENED, {})
    now[0] = 4000
    assert sequencer.entry(sequencer.append(Kind.CLOSED, {})).made == 5000
    sequencer.close()
    with pytest.raises(Unavailable, match="clock"):
        started(folder, lambda: 4999)
    started(folder, lambda: 5000).close()


def test_bad_entries_change_nothing(folder: Path) -> None:
    sequencer, before = started(folder), (folder / "journal").read_bytes()
    for call in (
        lambda: sequencer.append(Kind.DELIVERED, {}, of=5),
        lambda: sequencer.append(Kind.DELIVERED, {}, of=-2),
        lambda: sequencer.append(Kind.DELIVERED, {"long": "x" * 60_000}),
    ):
        with pytest.raises(Malformed):
            call()
    assert sequencer.size == 5
    assert (folder / "journal").read_bytes() == before
    sequencer.close()


def test_a_crash_before_the_checkpoint_goes_on(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = tmp_path_factory.mktemp("copy") / "log"
    shutil.copytree(folder, copy)
    sequencer = started(folder)
    sequencer.append(Kind.OPENED, {})
    sequencer.append(Kind.CLOSED, {})
    sequencer.close()
    shutil.copy(folder / "journal", copy / "journal")
    again = started(copy)
    assert again.size == 7
    assert read_note((copy / "checkpoint").read_text(), ORIGIN, KEY.public).size == 7
    again.close()


def test_every_torn_append_leaves_the_entry_whole_or_away(folder: Path) -> None:
    old = {name: (folder / name).read_bytes() for name in ("journal", "checkpoint")}
    sequencer = started(folder)
    sequencer.append(Kind.OPENED, {})
    sequencer.close()
    whole = (folder / "journal").read_bytes()
    for length in range(len(old["journal"]), len(whole) + 1, 7):
        (folder / "journal").write_bytes(whole[:length])
        (folder / "checkpoint").write_bytes(old["checkpoint"])
        sequencer = started(folder)
        assert sequencer.size == 5 + (length == len(whole))
        assert sequencer.append(Kind.CLOSED, {}) == sequencer.size - 1
        sequencer.close()


def truncated(folder: Path) -> None:
    data = (folder / "journal").read_bytes()
    (folder / "journal").write_bytes(data[:-1])


def emptied(folder: Path) -> None:
    (folder / "journal").write_bytes(b"")


def journal_gone(folder: Path) -> None:
    (folder / "journal").unlink()


def checkpoint_gone(folder: Path) -> None:
    (folder / "checkpoint").unlink()


def checkpoint_damaged(folder: Path) -> None:
    (folder / "checkpoint").write_bytes(b"\xff\xfe")


def checkpoint_of_another_key(folder: Path) -> None:
    other = folder / "other"
    other.mkdir()
    sequencer = Sequencer(other / "journal", ORIGIN, SigningKey.generate(), lambda: 0)
    sequencer.close()
    shutil.copy(other / "checkpoint", folder / "checkpoint")


def rewritten(folder: Path) -> None:
    """Same number of entries, valid checksums, one entry changed: what an intruder without the log's key can do."""
    old = Journal(folder / "journal")
    entries = list(old)
    old.close()
    (folder / "journal").unlink()
    new = Journal(folder / "journal")
    new.append_many([*entries[:2], entries[2].replace(b'"ab"', b'"cd"'), *entries[3:]])
    new.close()


def flipped_in_last(folder: Path) -> None:
    data = bytearray((folder / "journal").read_bytes())
    data[-3] ^= 1
    (folder / "journal").write_bytes(bytes(data))


def flipped_in_first(folder: Path) -> None:
    data = bytearray((folder / "journal").read_bytes())
    data[30] ^= 1
    (folder / "journal").write_bytes(bytes(data))


def no_entry_behind(folder: Path) -> None:
    journal = Journal(folder / "journal")
    journal.append(bytes(32) + b"{}")
    journal.close()


def earlier_entry_behind(folder: Path) -> None:
    journal = Journal(folder / "journal")
    journal.append(bytes(32) + records.write(Entry(Kind.OPENED, 999, -1, ())))
    journal.close()


@pytest.mark.parametrize(
    "fault",
    [
        truncated,
        emptied,
        journal_gone,
        checkpoint_gone,
        checkpoint_damaged,
        checkpoint_of_another_key,
        rewritten,
        flipped_in_last,
        flipped_in_first,
        no_entry_behind,
        earlier_entry_behind,
    ],
)
def test_a_log_that_is_not_its_checkpoints_stays_shut(folder: Path, fault: Callable[[Path], None]) -> None:
    fault(folder)
    with pytest.raises(Tampered):
        started(folder)


def test_a_full_disk_at_the_checkpoint_keeps_the_entry(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sequencer = started(folder)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(Unavailable):
            sequencer.append(Kind.OPENED, {})
    assert sequencer.append(Kind.CLOSED, {}) == 6
    sequencer.close()
    again = started(folder)
    assert [entry.kind for entry in again.entries()][5:] == [Kind.OPENED, Kind.CLOSED]
    again.close()


def test_a_full_disk_at_the_journal_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sequencer = started(folder)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(Unavailable):
            sequencer.append(Kind.OPENED, {})
    assert sequencer.size == 5
    assert sequencer.append(Kind.CLOSED, {}) == 5
    sequencer.close()
    started(folder).close()
