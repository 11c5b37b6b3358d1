"""A kiosk and its flight's gallery, over a real socket to a real gallery custodian."""

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest

from countenance.channel.server import Server
from countenance.channel.session import Caller, Session
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.faces import Template
from countenance.vocabulary.galleries import Ending, MaskedGallery
from countenance.zones.custodian import edges
from countenance.zones.edge.flight_gallery import FlightGallery
from simulator.gallery import EXTRACTOR, FLIGHT, GALLERY, Watched, stranger
from simulator.people import near, unit
from simulator.zone import Edge

ME, OTHER = unit(7), unit(8)


def template(vector: np.ndarray, extractor: bytes = EXTRACTOR) -> Template:
    return Template(extractor, vector.astype("<f4").tobytes(), 3)


class Remembered:
    """What a kiosk keeps (`gates.calls.Owed`), in memory."""

    def __init__(self) -> None:
        self._open: set[tuple[str, str]] = set()

    def every(self) -> frozenset[tuple[str, str]]:
        return frozenset(self._open)

    def owe(self, flight: str, sequence: str) -> None:
        self._open.add((flight, sequence))

    def paid(self, flight: str, sequence: str) -> None:
        self._open.discard((flight, sequence))


class Gate:
    """A kiosk's deployment, with a gallery custodian behind the socket."""

    def __init__(self, place: Path) -> None:
        self.place, self.gate = place, Edge("gate-a", "gate")
        for name in ("edge", "sockets"):
            (place / name).mkdir()
        self.watched = Watched(place / "gallery")
        self.watched.open()
        self.watched.populate()
        with self.watched.custodian.acting() as opened:
            edges.enrol(opened, self.gate.identity)
        caller = Caller("gate-a", "gate-a", self.gate.signing)
        self.owed = Remembered()
        self.gallery = FlightGallery(place, caller, self.owed, clock=self.watched.clock)

    def published(self) -> None:
        (self.place / "edge" / "gallery.json").write_bytes((self.place / "gallery" / "genesis.json").read_bytes())


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    monkeypatch.setattr("countenance.zones.edge.flight_gallery.ANSWER", 60.0)
    gate, stop = Gate(tmp_path), threading.Event()
    server = Server(tmp_path / "sockets" / "gallery", gate.watched.handlers, log=lambda _: None)
    thread = threading.Thread(target=server.serve_forever, args=(stop,), daemon=True)
    thread.start()
    yield gate
    stop.set()
    gate.gallery._connection.close()
    thread.join()


def test_where_there_is_no_gallery_custodian_or_none_stands_there_is_no_gallery(at: Gate) -> None:
    at.gallery.look()
    at.published()
    at.gallery.look()
    assert at.gallery.basis(FLIGHT) == ""
    for act in (lambda: at.gallery.identify(FLIGHT, template(ME)), lambda: at.gallery.strike(FLIGHT, "25")):
        with pytest.raises(Refused, match="no gallery of this flight"):
            act()


def test_it_says_whose_face_it_is_the_law_and_who_is_struck_out(at: Gate) -> None:
    at.published()
    at.watched.fly(("gate-a",), ("0025", ME), ("0031", OTHER))
    at.gallery.look()
    assert at.gallery.basis(FLIGHT) == "law 3"
    assert at.gallery.basis("AC834-227-YUL-FRA") == ""
    assert at.gallery.identify(FLIGHT, template(near(ME, 0.9, 3))) == "0025"
    assert at.gallery.identify(FLIGHT, template(stranger(1))) is None
    assert at.gallery.strike(FLIGHT, "0025")
    assert not at.gallery.strike(FLIGHT, "0025")
    assert at.gallery.identify(FLIGHT, template(ME)) is None
    at.gallery.look()
    assert at.gallery.identify(FLIGHT, template(OTHER)) == "0031"


def test_another_flights_gallery_is_never_asked(at: Gate) -> None:
    at.published()
    at.watched.fly(("gate-a",), ("0025", ME))
    at.gallery.look()
    with pytest.raises(Refused, match="no gallery of this flight"):
        at.gallery.identify("AC834-227-YUL-FRA", template(ME))


def test_of_another_extractor_nothing_is_sent(at: Gate) -> None:
    at.published()
    at.watched.fly(("gate-a",), ("0025", ME))
    at.gallery.look()
    with pytest.raises(Refused, match="another extractor"):
        at.gallery.identify(FLIGHT, template(ME, bytes(32)))
    assert at.gallery.identify(FLIGHT, template(ME)) == "0025"


def test_when_it_ends_or_is_locked_it_stands_no_more_and_rows_are_dropped(at: Gate) -> None:
    at.published()
    at.watched.fly(("gate-a",), ("0025", ME))
    at.gallery.look()
    at.watched.custodian.close()
    with pytest.raises(CountenanceError):
        at.gallery.identify(FLIGHT, template(ME))
    assert at.gallery.basis(FLIGHT) == ""
    assert at.gallery._held == {}
    with pytest.raises(Unavailable):
        at.gallery.look()
    at.watched.open()
    assert at.gallery.identify(FLIGHT, template(ME)) == "0025"
    at.watched.ask("supervisor-1", Verb.END, Ending(GALLERY, "cancelled"))
    at.gallery.look()
    assert at.gallery.basis(FLIGHT) == ""


def test_what_was_asked_is_overwritten(at: Gate) -> None:
    at.published()
    at.watched.fly(("gate-a",), ("0025", ME))
    at.gallery.look()
    at.gallery.identify(FLIGHT, template(ME))
    assert not any(at.gallery._buffers._plain)
    assert not at.gallery._buffers._products.any()
    assert "ME" not in repr(at.gallery._buffers)


def test_who_could_not_be_struck_out_is_as_soon_as_the_gallery_can_be_asked_again(at: Gate) -> None:
    at.published()
    at.watched.fly(("gate-a",), ("0025", ME), ("0031", OTHER))
    at.gallery.look()
    at.watched.custodian.close()
    for sequence in ("0025", "0099"):
        with pytest.raises(CountenanceError):
            at.gallery.strike(FLIGHT, sequence)
    at.watched.open()
    at.gallery.look()
    assert at.gallery.identify(FLIGHT, template(ME)) == "0025"
    at.gallery.repay()
    assert at.gallery.identify(FLIGHT, template(ME)) is None
    assert at.gallery.identify(FLIGHT, template(OTHER)) == "0031"
    assert not at.owed.every()


def test_while_a_gallery_does_not_stand_it_is_not_asked_and_what_is_owed_stays(at: Gate) -> None:
    at.published()
    at.watched.fly(("gate-a",), ("0025", ME))
    at.gallery.look()
    at.watched.custodian.close()
    with pytest.raises(CountenanceError):
        at.gallery.strike(FLIGHT, "0025")
    at.watched.open()
    with patch.object(FlightGallery, "_of", return_value=None):
        at.gallery.look()
        at.gallery.repay()
    assert at.owed.every() == {(FLIGHT, "0025")}
    at.gallery.look()
    at.gallery.repay()
    assert not at.owed.every()
    assert at.gallery.identify(FLIGHT, template(ME)) is None
    # Of a flight that has none for sure nobody is owed anything.
    with pytest.raises(Refused, match="no gallery of this flight"):
        at.gallery.strike("AC834-227-YUL-FRA", "0025")
    at.watched.ask("supervisor-1", Verb.END, Ending(GALLERY, "cancelled"))
    at.gallery.look()
    with pytest.raises(Refused, match="no gallery of this flight"):
        at.gallery.strike(FLIGHT, "0025")
    assert not at.owed.every()


def test_of_a_flight_without_a_gallery_the_custodian_is_asked_once_however_many_are_owed(at: Gate) -> None:
    at.published()
    at.watched.custodian.close()
    for number in range(20):
        with pytest.raises(CountenanceError):
            at.gallery.strike(FLIGHT, f"{number:04d}")
    at.watched.open()
    with patch.object(at.gallery._connection, "call", wraps=at.gallery._connection.call) as asked:
        at.gallery.look()
        at.gallery.repay()
    assert len(at.owed.every()) == 20
    assert asked.call_count == 2


@pytest.mark.parametrize("said", ["", "nobody", "25\n", "0" * 100_000, "-1"])
def test_what_is_no_check_in_number_is_nobodys(at: Gate, said: str) -> None:
    at.published()
    at.watched.fly(("gate-a",), ("0025", ME))
    at.gallery.look()
    with patch.object(Session, "identify", lambda *_: said), pytest.raises(Malformed, match="no check-in number"):
        at.gallery.identify(FLIGHT, template(ME))


@pytest.mark.parametrize(("rows", "dimension"), [(-1, -128), (0, 128), (1 << 40, 0)])
def test_a_gallery_of_no_size_is_none_and_looking_goes_on(at: Gate, rows: int, dimension: int) -> None:
    listed = MaskedGallery(GALLERY, 1, rows, dimension, EXTRACTOR, bytes(32), FLIGHT, "law 3")
    at.published()
    at.watched.fly(("gate-a",), ("0025", ME))
    with (
        patch.object(Session, "galleries", lambda *_: ((listed,), {bytes(32): bytes(256)})),
        pytest.raises(Malformed, match="no size"),
    ):
        at.gallery.look()
    assert at.gallery.basis(FLIGHT) == ""
    at.gallery.look()
    assert at.gallery.identify(FLIGHT, template(ME)) == "0025"


def test_a_gallery_custodian_that_answers_a_byte_at_a_time_is_given_up(
    at: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("countenance.zones.edge.flight_gallery.ANSWER", 0.5)
    at.published()
    (tmp_path / "sockets" / "gallery").unlink()
    slow = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    slow.bind(str(tmp_path / "sockets" / "gallery"))
    slow.listen()

    def drip() -> None:
        with contextlib.suppress(OSError):
            asked, _ = slow.accept()
            for byte in itertools.chain((1 << 20).to_bytes(4), itertools.repeat(32)):
                asked.sendall(bytes([byte]))
                threading.Event().wait(0.05)

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    caller = Caller("gate-a", "gate-a", at.gate.signing)
    with pytest.raises(Unavailable):
        FlightGallery(tmp_path, caller, at.owed, clock=at.watched.clock).look()
    thread.join()
    slow.close()
