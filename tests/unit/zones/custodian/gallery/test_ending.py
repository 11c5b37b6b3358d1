"""How a gallery ends, and that it stays ended."""

import shutil
from pathlib import Path

import pytest

from countenance.errors import Refused, Tampered, Unavailable
from countenance.log import rules
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import Ending, Pictured
from countenance.warrants import galleries
from countenance.zones.custodian import present
from countenance.zones.custodian.gallery import ending, masking
from countenance.zones.custodian.gallery.records import (
    GalleryState,
    GalleryText,
    MaskingKeys,
    PhotoKey,
    SealedTemplate,
    masked,
    photos,
)
from simulator.gallery import GALLERY, Watched, masked_rows, probe
from simulator.people import unit

CHILD = unit(7)
GONE = (MaskingKeys, GalleryText, SealedTemplate, PhotoKey)


def left(watched: Watched) -> list[int]:
    with watched.custodian.acting() as opened:
        return [opened.store.count(kind) for kind in GONE]


def regular(watched: Watched) -> None:
    with watched.custodian.acting() as opened:
        found, pending = rules.check(tuple(opened.sequencer.entries()), watched.genesis)
    assert (found, pending) == ((), 0)


def test_masking_drops_the_templates_and_is_two_entries(watched: Watched) -> None:
    watched.stand(CHILD, unit(8))
    assert left(watched) == [1, 1, 0, 2]
    kinds = watched.kinds()
    assert kinds.count(Kind.AUTHORISED) == kinds.count(Kind.DELIVERED) == 1
    regular(watched)


@pytest.mark.parametrize("name", ["officer-1", "supervisor-2"])
def test_withdrawal_by_one_person_destroys_the_key(watched: Watched, name: str) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    rows = masked_rows(session)
    with watched.custodian.acting() as opened:
        before = opened.store.generation
    watched.ask(name, Verb.END, Ending(GALLERY, "the child was found"))
    assert left(watched) == [0, 0, 0, 0]
    with watched.custodian.acting() as opened:
        assert opened.store.generation > before
        assert not masked(opened.directory, GALLERY).exists()
        assert not photos(opened.directory, GALLERY).exists()
        said = [dict(one.facts) for one in opened.sequencer.entries() if one.kind is Kind.GALLERY_ENDED]
    assert [(facts["why"], facts["person"]) for facts in said] == [("withdrawn", name)]
    session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert watched.alerts() == []
    assert session.galleries(()) == ((), {})
    regular(watched)


def test_a_gallery_ends_by_the_clock(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    rows = masked_rows(session)
    watched.clock.now = text.end
    session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert watched.kinds()[-1] is not Kind.ALERTED
    watched.custodian.tick()
    assert watched.kinds()[-1] is Kind.GALLERY_ENDED
    assert left(watched) == [0, 0, 0, 0]
    regular(watched)


def test_one_that_was_never_approved_ends_too(watched: Watched) -> None:
    brought = watched.reference(CHILD)
    watched.refer(brought)
    watched.draft(watched.text((brought[0],)))
    watched.clock.now += 25 * 3_600_000
    watched.custodian.tick()
    assert left(watched) == [0, 0, 0, 0]
    regular(watched)


def test_strangers_to_it_cannot_end_it(watched: Watched) -> None:
    watched.stand(CHILD)
    for name in ("clerk-1", "reviewer-1", "operator-1"):
        with pytest.raises(Refused):
            watched.ask(name, Verb.END, Ending(GALLERY, "no"))
    with pytest.raises(Refused, match="reason"):
        watched.ask("officer-1", Verb.END, Ending(GALLERY, " "))
    assert left(watched)[0] == 1


def test_it_ends_once_and_its_photos_and_text_with_it(watched: Watched) -> None:
    text = watched.stand(CHILD)
    watched.ask("officer-1", Verb.END, Ending(GALLERY, "over"))
    with pytest.raises(Refused, match="ended already"):
        watched.ask("officer-1", Verb.END, Ending(GALLERY, "over"))
    with pytest.raises(Refused, match="ended"):
        watched.ask("officer-1", Verb.PICTURE, Pictured(GALLERY, text.references[0].reference))
    with pytest.raises(Refused, match="ended"):
        watched.word("supervisor-2", text)


@pytest.mark.parametrize("step", ["entry", "dropped"])
def test_a_crash_in_the_middle_is_finished_at_opening(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    watched.stand(CHILD)

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if step == "entry":
            patched.setattr(ending, "_destroy", cut)
        else:
            with watched.custodian.acting() as opened:
                patched.setattr(type(opened.store), "replace_key", cut)
        with pytest.raises(KeyboardInterrupt):
            watched.ask("officer-1", Verb.END, Ending(GALLERY, "over"))
    with watched.custodian.acting() as opened:
        before = opened.store.generation
    watched.crash()
    watched.open()
    assert left(watched) == [0, 0, 0, 0]
    with watched.custodian.acting() as opened:
        assert opened.store.generation > before
        known = opened.store.get(GalleryState, GALLERY)
        assert known is not None
        assert known.destroyed
        assert not photos(opened.directory, GALLERY).exists()
    with pytest.raises(Refused, match="no gallery stands"):
        watched.session()


@pytest.mark.parametrize("killed", [True, False])
def test_an_older_store_does_not_bring_a_gallery_back(watched: Watched, tmp_path: Path, killed: bool) -> None:
    watched.stand(CHILD)
    watched.custodian.close()
    kept = tmp_path / "kept"
    shutil.copytree(watched.directory, kept)
    watched.open()
    watched.ask("officer-1", Verb.END, Ending(GALLERY, "over"))
    if killed:
        watched.crash()
    else:
        watched.custodian.close()
    for path in watched.directory.glob("store-*"):
        path.unlink()
    for path in kept.glob("store-*"):
        shutil.copy(path, watched.directory)
    if killed:
        watched.open()
        assert left(watched) == [0, 0, 0, 0]
    else:
        with pytest.raises(Tampered, match="older than its log"):
            watched.open()


def test_a_crash_while_masking_masks_anew_and_has_an_outcome(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(masking, "_kept", cut)
        with pytest.raises(KeyboardInterrupt):
            watched.stand(CHILD)
    watched.crash()
    watched.open()
    session, _ = watched.session()
    assert len(masked_rows(session)) == 1
    kinds = watched.kinds()
    assert kinds.count(Kind.AUTHORISED) == 2
    assert kinds.count(Kind.OUTCOME_UNKNOWN) == kinds.count(Kind.DELIVERED) == 1
    regular(watched)


def test_an_end_that_failed_after_its_entry_is_taken_up_without_a_second(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = watched.stand(CHILD)

    def full(*_: object) -> None:
        raise Unavailable("the disk is full; make room")

    with monkeypatch.context() as patched:
        patched.setattr(ending, "_destroy", full)
        with pytest.raises(Unavailable):
            watched.ask("officer-1", Verb.END, Ending(GALLERY, "the child was found"))
    watched.clock.now = text.end
    watched.custodian.tick()
    assert watched.kinds().count(Kind.GALLERY_ENDED) == 1
    assert left(watched) == [0, 0, 0, 0]
    regular(watched)


def test_what_ended_between_two_looks_is_not_masked(watched: Watched) -> None:
    watched.stand(CHILD)
    with watched.custodian.acting() as opened:
        known = opened.store.get(GalleryState, GALLERY)
        assert known is not None
        circumstances = present.circumstances(opened, 0)
        permission = galleries.permit(known.standing, known.approvals, circumstances, opened.desk.calibrations)
    watched.ask("officer-1", Verb.END, Ending(GALLERY, "the child was found"))
    size = len(watched.kinds())
    with watched.custodian.acting() as opened, pytest.raises(Refused, match="has ended"):
        masking.keys(opened, permission)
    assert len(watched.kinds()) == size
