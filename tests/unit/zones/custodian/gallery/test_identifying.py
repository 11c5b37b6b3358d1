"""A flight's gallery: whom it names to its own kiosks and to nobody else, and that who is struck out is gone."""

import threading
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from countenance.channel import session as wire
from countenance.channel.session import Session
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.log import rules
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import Ending, GalleryLimits, StandingGallery
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.zones.custodian import edges
from countenance.zones.custodian.gallery import identifying
from countenance.zones.custodian.gallery.records import GalleryState, Identifications, MaskingKeys, PhotoKey, photos
from countenance.zones.custodian.gallery.scoring import Workspace
from countenance.zones.custodian.gallery.standing import Galleries
from simulator.gallery import FLIGHT, GALLERY, Watched, camera, masked_rows, probe, stranger
from simulator.people import near, unit
from simulator.zone import Edge

ME, OTHER = unit(7), unit(8)


@pytest.fixture
def gate(watched: Watched) -> Edge:
    gate = Edge("gate-a", "gate")
    with watched.custodian.acting() as opened:
        edges.enrol(opened, gate.identity)
    return gate


@pytest.fixture
def flight(watched: Watched, gate: Edge) -> StandingGallery:
    return watched.fly(("gate-a",), ("0025", ME), ("0025", near(ME, 0.8, 9)), ("0031", OTHER))


def begun(watched: Watched, gate: Edge) -> tuple[Session, np.ndarray]:
    session, _ = watched.session("gate-a", gate)
    return session, masked_rows(session)


def regular(watched: Watched) -> None:
    with watched.custodian.acting() as opened:
        found, pending = rules.check(tuple(opened.sequencer.entries()), watched.genesis)
    assert (found, pending) == ((), 0)


def test_who_stands_at_the_gate_is_named_by_check_in_number_and_each_time_is_an_entry(
    watched: Watched, gate: Edge, flight: StandingGallery
) -> None:
    session, rows = begun(watched, gate)
    assert session.galleries(())[0][0].flight == FLIGHT
    before = watched.kinds().count(Kind.IDENTIFIED)
    assert session.identify(probe(flight, rows, near(ME, 0.9, 3))) == "0025"
    assert session.identify(probe(flight, rows, OTHER)) == "0031"
    assert session.identify(probe(flight, rows, stranger(1))) is None
    assert watched.kinds().count(Kind.IDENTIFIED) == before + 3
    assert watched.alerts() == []
    regular(watched)


def test_of_two_travellers_alike_neither_is_named(watched: Watched, gate: Edge) -> None:
    text = watched.fly(("gate-a",), ("0025", ME), ("0031", near(ME, 0.9, 5)))
    session, rows = begun(watched, gate)
    assert session.identify(probe(text, rows, near(ME, 0.95, 6))) is None


def test_without_two_signatures_or_after_its_end_nothing_is_named(
    watched: Watched, gate: Edge, flight: StandingGallery
) -> None:
    session, rows = begun(watched, gate)
    watched.ask("supervisor-1", Verb.END, Ending(GALLERY, "the flight was cancelled"))
    with pytest.raises(Refused, match="no gallery of a flight"):
        session.identify(probe(flight, rows, ME))
    with watched.custodian.acting() as opened:
        assert [opened.store.count(kind) for kind in (MaskingKeys, PhotoKey)] == [0, 0]
    regular(watched)


def test_it_dies_with_its_time(watched: Watched, gate: Edge, flight: StandingGallery) -> None:
    session, rows = begun(watched, gate)
    watched.clock.now += 4 * HOUR
    with pytest.raises(Refused):
        session.identify(probe(flight, rows, ME))
    watched.custodian.tick()
    with watched.custodian.acting() as opened:
        assert opened.store.get(MaskingKeys, GALLERY) is None
        state = opened.store.get(GalleryState, GALLERY)
        assert state is not None
        assert state.ended
    assert watched.kinds()[-1] is Kind.GALLERY_ENDED
    regular(watched)


def test_it_is_asked_as_often_as_its_text_says_also_after_a_new_start(watched: Watched, gate: Edge) -> None:
    limits = GalleryLimits(10, 2, watched.clock() + HOUR, 10)
    text = watched.fly(("gate-a",), ("0025", ME), limits=limits)
    session, rows = begun(watched, gate)
    assert session.identify(probe(text, rows, ME)) == "0025"
    watched.crash()
    watched.open()
    session, rows = begun(watched, gate)
    assert session.identify(probe(text, rows, ME)) == "0025"
    with pytest.raises(Refused, match="as often"):
        session.identify(probe(text, rows, ME))


def test_who_is_struck_out_is_named_no_more_and_their_photos_and_nonces_are_gone(
    watched: Watched, gate: Edge, flight: StandingGallery
) -> None:
    session, rows = begun(watched, gate)
    with watched.custodian.acting() as opened:
        before, generation = opened.store.get(MaskingKeys, GALLERY), opened.store.generation
    assert session.strike(GALLERY, "25")
    with watched.custodian.acting() as opened:
        after = opened.store.get(MaskingKeys, GALLERY)
        assert before is not None
        assert after is not None
        assert after.nonces[:32] != before.nonces[:32]
        assert after.nonces[32:] == before.nonces[32:]
        assert after.references[:2] == ("", "")
        assert (opened.store.count(PhotoKey), len(list(photos(opened.directory, GALLERY).iterdir()))) == (1, 1)
        assert opened.store.generation > generation
    for seed in range(50, 70):
        assert session.identify(probe(flight, rows, near(ME, 0.99, seed))) is None
    assert session.identify(probe(flight, rows, OTHER)) == "0031"
    assert not session.strike(GALLERY, "25")
    watched.crash()
    watched.open()
    session, rows = begun(watched, gate)
    assert session.identify(probe(flight, rows, ME)) is None
    assert watched.kinds().count(Kind.STRUCK) == 1
    regular(watched)


def test_a_standing_gallery_names_nobody_to_anybody(watched: Watched, gate: Edge) -> None:
    text = watched.stand(ME)
    session, _ = watched.session()
    rows = masked_rows(session)
    for act in (lambda: session.identify(probe(text, rows, ME)), lambda: session.strike(GALLERY, "25")):
        with pytest.raises(Refused, match="no gallery of a flight"):
            act()
    assert Kind.IDENTIFIED not in watched.kinds()


def test_a_flights_gallery_alerts_nobody(watched: Watched, gate: Edge, flight: StandingGallery) -> None:
    session, rows = begun(watched, gate)
    session.probe(probe(flight, rows, ME))
    watched.compare()
    assert watched.custodian.sessions.counts.rejected == 1
    assert watched.alerts() == []


def test_another_gates_kiosk_and_a_revoked_one_are_told_nothing(
    watched: Watched, gate: Edge, flight: StandingGallery
) -> None:
    session, rows = begun(watched, gate)
    other = Edge("gate-b", "gate")
    with watched.custodian.acting() as opened:
        edges.enrol(opened, other.identity)
    with pytest.raises(Refused, match="no gallery stands"):
        watched.session("gate-b", other)
    with pytest.raises(CountenanceError):
        watched.session("gate-a", other)
    with watched.custodian.acting() as opened:
        edges.revoke(opened, "gate-a")
        watched.custodian.galleries.look()
    with pytest.raises(Refused):
        session.identify(probe(flight, rows, ME))


def test_a_camera_is_no_kiosk_of_a_flight(watched: Watched) -> None:
    with pytest.raises(Refused, match="not enrolled"):
        watched.fly(("host-1",), ("0025", ME))
    with watched.custodian.acting() as opened:
        assert opened.store.get(GalleryState, GALLERY) is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cameras": (camera("hall", edge="gate-a"),)}, "no camera"),
        ({"end": 40 * HOUR}, "at most 36 hours"),
        ({"limits": (2, 30, HOUR, 10)}, "looks at 10"),
        ({"limits": (10, 30, 48 * HOUR, 10)}, "no secret"),
        ({"flight": "nowhere"}, "named as"),
    ],
)
def test_texts_that_are_none_of_a_flights_gallery(
    watched: Watched, gate: Edge, changed: dict[str, object], said: str
) -> None:
    now = watched.clock()
    if "end" in changed:
        changed = {"end": now + int(str(changed["end"]))}
    if "limits" in changed:
        candidates, alerts, secrecy, one_in = changed["limits"]  # type: ignore[misc]
        changed = {"limits": GalleryLimits(candidates, alerts, now + secrecy, one_in)}
    with pytest.raises((Refused, Malformed), match=said):
        watched.fly(("gate-a",), ("0025", ME), **changed)
    with watched.custodian.acting() as opened:
        assert opened.store.get(GalleryState, GALLERY) is None


def test_references_of_a_flights_gallery_are_check_in_numbers(watched: Watched, gate: Edge) -> None:
    reference, parts = watched.reference(ME)
    text = watched.text(
        (reference,),
        cameras=(camera("gate-a", edge="gate-a"),),
        end=watched.clock() + HOUR,
        limits=GalleryLimits(10, 30, watched.clock() + HOUR, 10),
        flight=FLIGHT,
    )
    watched.refer((reference, parts))
    with pytest.raises(Malformed, match="check-in numbers"):
        watched.draft(text)


def test_rubbish_and_a_session_that_is_over_name_nobody(watched: Watched, gate: Edge, flight: StandingGallery) -> None:
    session, line = watched.session("gate-a", gate)
    name = {"session": next(iter(watched.custodian.sessions._by_name))}
    for verb in (wire.IDENTIFY, wire.STRIKE):
        for blobs in ((), (b"x",), (bytes(200_000),), (b"a", b"b")):
            with pytest.raises(CountenanceError):
                line.call(verb, name, blobs)
    with pytest.raises(CountenanceError):
        session.identify(bytearray(10))
    watched.custodian.close()
    with pytest.raises(Unavailable):
        session.strike(GALLERY, "25")


class Killed(BaseException):
    """The process ends here."""


def killed(*_: object, **__: object) -> None:
    raise Killed


def struck_out(watched: Watched, gate: Edge, flight: StandingGallery) -> None:
    """After a new start, who has 0025 is out, without a second entry, and the other is not."""
    watched.crash()
    watched.open()
    session, rows = begun(watched, gate)
    assert session.identify(probe(flight, rows, ME)) is None
    assert session.identify(probe(flight, rows, OTHER)) == "0031"
    with watched.custodian.acting() as opened:
        assert (opened.store.count(PhotoKey), len(list(photos(opened.directory, GALLERY).iterdir()))) == (1, 1)
    assert watched.kinds().count(Kind.STRUCK) == 1
    regular(watched)


@pytest.mark.parametrize("where", ["_strike", "files.destroy"])
def test_a_strike_that_a_power_cut_ended_is_finished_at_the_next_opening(
    watched: Watched, gate: Edge, flight: StandingGallery, where: str
) -> None:
    session, _ = begun(watched, gate)
    with patch(f"{identifying.__name__}.{where}", killed), pytest.raises(Killed):
        session.strike(GALLERY, "25")
    struck_out(watched, gate, flight)


def test_a_store_from_before_a_strike_brings_nobody_back(watched: Watched, gate: Edge, flight: StandingGallery) -> None:
    session, _ = begun(watched, gate)
    with watched.custodian.acting() as opened:
        keys = opened.store.get(MaskingKeys, GALLERY)
        photo_keys = list(opened.store.all(PhotoKey))
    assert session.strike(GALLERY, "0025")
    with watched.custodian.acting() as opened:
        opened.store.put(keys, GALLERY)
        for name, key in photo_keys:
            opened.store.put(key, name)
    struck_out(watched, gate, flight)


def test_a_photo_that_cannot_be_destroyed_keeps_nobody_in(
    watched: Watched, gate: Edge, flight: StandingGallery
) -> None:
    session, rows = begun(watched, gate)

    def full(_: object) -> None:
        raise Unavailable("the disk does not answer")

    with patch(f"{identifying.__name__}.files.destroy", full), pytest.raises(Unavailable):
        session.strike(GALLERY, "25")
    assert session.identify(probe(flight, rows, ME)) is None


def test_what_was_asked_is_counted_by_the_log_whatever_the_store_says(watched: Watched, gate: Edge) -> None:
    text = watched.fly(("gate-a",), ("0025", ME), limits=GalleryLimits(10, 1, watched.clock() + HOUR, 10))
    session, rows = begun(watched, gate)
    session.identify(probe(text, rows, ME))
    with watched.custodian.acting() as opened:
        opened.store.put(Identifications(0), GALLERY)
    watched.crash()
    watched.open()
    session, rows = begun(watched, gate)
    with pytest.raises(Refused, match="as often"):
        session.identify(probe(text, rows, ME))
    assert watched.kinds().count(Kind.IDENTIFIED) == 1


def test_whoever_looks_what_stands_waits_for_no_strike_that_waits_for_them(
    watched: Watched, gate: Edge, flight: StandingGallery
) -> None:
    session, _ = begun(watched, gate)
    free = list[bool]()

    def of_others(act: Callable[..., Any]) -> Callable[..., Any]:
        """Whether another thread gets the store's lock where `act` takes the galleries' turn."""

        def looked(*given: object) -> object:
            with watched.custodian.acting() as opened:

                def tried() -> None:
                    free.append(opened.lock.acquire(blocking=False))
                    if free[-1]:
                        opened.lock.release()

                other = threading.Thread(target=tried)
                other.start()
                other.join()
            return act(*given)

        return looked

    with (
        patch.object(Galleries, "may", of_others(Galleries.may)),
        patch.object(Galleries, "again", of_others(Galleries.again)),
    ):
        assert session.strike(GALLERY, "25")
    assert free == [True, True]


def test_a_number_of_zeros_strikes_out_nobody_who_is_out_already(
    watched: Watched, gate: Edge, flight: StandingGallery
) -> None:
    session, _ = begun(watched, gate)
    session.strike(GALLERY, "25")
    with watched.custodian.acting() as opened:
        before = opened.store.get(MaskingKeys, GALLERY)
    for zeros in ("", "0", "0000"):
        assert not session.strike(GALLERY, zeros)
    with watched.custodian.acting() as opened:
        assert opened.store.get(MaskingKeys, GALLERY) == before
    assert watched.kinds().count(Kind.STRUCK) == 1


def test_one_number_in_two_spellings_is_one_traveller(watched: Watched, gate: Edge) -> None:
    text = watched.fly(("gate-a",), ("25", ME), ("0025", near(ME, 0.9, 9)), ("0031", OTHER))
    session, rows = begun(watched, gate)
    assert str(session.identify(probe(text, rows, near(ME, 0.95, 6)))).lstrip("0") == "25"
    assert session.strike(GALLERY, "025")
    assert session.identify(probe(text, rows, ME)) is None


def test_of_a_gallery_that_goes_while_it_is_compared_nobody_is_named(
    watched: Watched, gate: Edge, flight: StandingGallery
) -> None:
    session, rows = begun(watched, gate)
    candidates = Workspace.candidates

    def cancelled(*given: Any) -> list[int]:
        watched.ask("supervisor-1", Verb.END, Ending(GALLERY, "the flight was cancelled"))
        candidates(*given)
        return [2]

    with patch.object(Workspace, "candidates", cancelled), pytest.raises(Refused, match="no gallery of a flight"):
        session.identify(probe(flight, rows, stranger(3)))


def test_a_standing_gallery_that_goes_while_it_is_compared_alerts_nobody(watched: Watched) -> None:
    text = watched.stand(ME)
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), stranger(3)))

    def cancelled(*_: object) -> list[int]:
        watched.ask("supervisor-1", Verb.END, Ending(GALLERY, "found"))
        return [0]

    with patch.object(Workspace, "candidates", cancelled):
        watched.compare()
    assert watched.custodian.sessions.counts.rejected == 1
    assert watched.alerts() == []


def test_an_act_under_way_when_it_locks_brings_no_pads_back(watched: Watched, flight: StandingGallery) -> None:
    galleries = watched.custodian.galleries
    assert len(galleries.now()) == 1
    galleries.close()
    galleries.look()
    watched.clock.now += 2000
    assert galleries.now() == {}


def test_a_store_from_before_the_gallery_was_masked_ends_it_rather_than_bring_anybody_back(
    watched: Watched, gate: Edge, flight: StandingGallery
) -> None:
    session, _ = begun(watched, gate)
    session.strike(GALLERY, "25")
    with watched.custodian.acting() as opened:
        opened.store.drop(MaskingKeys, GALLERY)
    watched.crash()
    watched.open()
    with pytest.raises(Refused, match="no gallery stands"):
        watched.session("gate-a", gate)
    assert watched.kinds().count(Kind.GALLERY_ENDED) == 1
    regular(watched)


def test_a_flight_has_one_gallery_at_a_time(watched: Watched, gate: Edge, flight: StandingGallery) -> None:
    with pytest.raises(Refused, match="has a gallery"):
        watched.fly(("gate-a",), ("0031", OTHER), gallery="1" * 16)
    with watched.custodian.acting() as opened:
        assert opened.store.get(GalleryState, "1" * 16) is None
    watched.ask("supervisor-1", Verb.END, Ending(GALLERY, "with a wrong photo"))
    text = watched.fly(("gate-a",), ("0031", OTHER), gallery="2" * 16)
    session, rows = begun(watched, gate)
    assert session.identify(probe(text, rows, OTHER)) == "0031"
