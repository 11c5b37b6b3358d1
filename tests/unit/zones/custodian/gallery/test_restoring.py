"""The gallery custodian lost and restored: what stood stands, and what ended stays ended."""

from pathlib import Path

import pytest

from countenance.errors import CountenanceError, Refused
from countenance.log import rules
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import Ending
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.zones.custodian import backups, keys
from countenance.zones.custodian.gallery import ending
from countenance.zones.custodian.gallery.records import GalleryState, MaskingKeys, PhotoKey, masked, photos
from countenance.zones.custodian.restoring import Which
from countenance.zones.custodian.store import Store
from simulator.backing import Backing
from simulator.gallery import GALLERY, Watched, masked_rows, probe
from simulator.people import unit

CHILD = unit(7)


def backed_up(watched: Watched, place: Path, days: int = backups.DEFAULT_DAYS) -> Backing:
    with watched.custodian.acting() as opened:
        which = Which("gallery", ending.repeat)
        return Backing(opened, watched.directory, watched.shares, which, place / "kept", days)


def restored(watched: Watched, backing: Backing) -> None:
    log = backing.copied_log()
    watched.crash()
    backing.lose()
    backing.restore(watched.clock, log)


def end(watched: Watched) -> None:
    watched.ask("supervisor-1", Verb.END, Ending(GALLERY, "found"))


def test_lost_and_restored_it_compares_again(watched: Watched, tmp_path: Path) -> None:
    text = watched.stand(CHILD, unit(8))
    backing = backed_up(watched, tmp_path)
    restored(watched, backing)
    watched.custodian = watched.process()
    watched.open()
    assert len(list(photos(watched.directory, GALLERY).iterdir())) == 2
    session, _ = watched.session()
    rows = masked_rows(session)
    session.probe(probe(text, rows, CHILD))
    assert watched.compare() == 1
    assert len(watched.alerts()) == 1
    with watched.custodian.acting() as opened:
        assert rules.check(tuple(opened.sequencer.entries()), watched.genesis) == ((), 0)


def test_a_gallery_that_ended_after_the_backup_has_no_key_before_it_is_opened(watched: Watched, tmp_path: Path) -> None:
    watched.stand(CHILD)
    backing = backed_up(watched, tmp_path)
    end(watched)
    restored(watched, backing)
    root, _ = keys.unlock(watched.directory, backing.secret)
    store = Store.open(watched.directory, root, bytes)
    state = store.get(GalleryState, GALLERY)
    assert state is not None
    assert (state.destroyed, state.why) == (True, "withdrawn")
    assert (store.count(MaskingKeys), store.count(PhotoKey)) == (0, 0)
    store.close()
    assert not masked(watched.directory, GALLERY).exists()
    assert not photos(watched.directory, GALLERY).exists()
    watched.custodian = watched.process()
    watched.open()
    with pytest.raises(Refused):
        watched.session()
    assert watched.kinds().count(Kind.GALLERY_ENDED) == 1


def test_one_whose_time_is_over_meanwhile_ends_when_it_opens(watched: Watched, tmp_path: Path) -> None:
    watched.stand(CHILD)
    backing = backed_up(watched, tmp_path)
    restored(watched, backing)
    watched.clock.now += 25 * MILLISECONDS_AN_HOUR
    watched.custodian = watched.process()
    watched.open()
    assert watched.kinds().count(Kind.GALLERY_ENDED) == 1
    with pytest.raises(Refused):
        watched.session()


def test_a_word_taken_back_after_the_backup_is_void(watched: Watched, tmp_path: Path) -> None:
    text = watched.stand(CHILD)
    backing = backed_up(watched, tmp_path)
    watched.word("supervisor-1", text, approves=False)
    restored(watched, backing)
    watched.custodian = watched.process()
    watched.open()
    with pytest.raises(Refused):
        watched.session()


def test_flipped_bits_and_no_log_leave_nothing_and_a_backup_ends(watched: Watched, tmp_path: Path) -> None:
    watched.stand(CHILD)
    backing = backed_up(watched, tmp_path, days=1)
    log, into, file = backing.copied_log(), tmp_path / "new" / "gallery", backing.brought.file
    with pytest.raises(Refused, match="newer log"):
        backing.restore(watched.clock, None, directory=into)
    for at in range(0, len(file), max(1, len(file) // 40)):
        flipped = file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]
        with pytest.raises(CountenanceError):
            backing.restore(watched.clock, log, directory=into, file=flipped)
    watched.clock.now += 24 * MILLISECONDS_AN_HOUR
    watched.custodian.tick()
    assert not backing.piece.exists()
    with pytest.raises(Refused, match="ended"):
        backing.restore(watched.clock, backing.copied_log("late"), directory=into)
    assert not into.parent.exists() or not list(into.parent.iterdir())
