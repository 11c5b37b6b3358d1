"""A kiosk and its flight's gallery, over a real socket to a real gallery custodian."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from countenance.channel.server import Server
from countenance.channel.session import Caller
from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.faces import Template
from countenance.vocabulary.galleries import Ending
from countenance.zones.custodian import edges
from countenance.zones.edge.flight_gallery import FlightGallery
from simulator.gallery import EXTRACTOR, FLIGHT, GALLERY, Watched, stranger
from simulator.people import near, unit
from simulator.zone import Edge

ME, OTHER = unit(7), unit(8)


def template(vector: np.ndarray, extractor: bytes = EXTRACTOR) -> Template:
    return Template(extractor, vector.astype("<f4").tobytes(), 3)


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
        self.gallery = FlightGallery(place, caller, clock=self.watched.clock)

    def published(self) -> None:
        (self.place / "edge" / "gallery.json").write_bytes((self.place / "gallery" / "genesis.json").read_bytes())


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Gate]:
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
