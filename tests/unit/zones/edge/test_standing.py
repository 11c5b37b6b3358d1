"""The edge's part of standing galleries: it sends what it must, waits for nobody, and learns nothing."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from countenance.channel.server import Server
from countenance.channel.session import Caller
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.faces import Template
from countenance.vocabulary.galleries import Ending
from countenance.vocabulary.sightings import SightingRecord
from countenance.zones.edge import standing
from countenance.zones.edge.standing import LONGEST_WAITING, MOST_WAITING, Standing, genesis
from simulator.gallery import EXTRACTOR, GALLERY, Watched, camera, stranger
from simulator.people import near, unit

CHILD = unit(7)


class Host:
    """A camera host's deployment, with a gallery custodian behind the socket while it serves."""

    def __init__(self, place: Path) -> None:
        self.place = place
        for name in ("edge", "sockets"):
            (place / name).mkdir()
        self.watched = Watched(place / "gallery")
        self.watched.open()
        self.watched.populate()
        self.now = self.watched.clock
        self.standing = Standing(place, Caller("host-1", "hall", self.watched.edge.signing), clock=lambda: self.now.now)
        self.said: list[str] = []

    def published(self) -> None:
        (self.place / "edge" / "gallery.json").write_bytes((self.place / "gallery" / "genesis.json").read_bytes())

    def pass_by(self, vector: np.ndarray, name: str = "ab" * 16, extractor: bytes = EXTRACTOR) -> None:
        self.standing.offer(record(name), Template(extractor, vector.astype("<f4").tobytes(), 3))

    @property
    def waiting(self) -> int:
        return len(self.standing._queue)


def record(name: str) -> SightingRecord:
    none = bytes(32)
    return SightingRecord(name, "host-1", "hall", 1, 5, 9, 800, 3, 128, EXTRACTOR, none, none, none, none)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture
def serving(host: Host) -> Iterator[Callable[[], None]]:
    """Serves from when it is called."""
    stop, threads = threading.Event(), list[threading.Thread]()

    def start() -> None:
        server = Server(host.place / "sockets" / "gallery", host.watched.handlers, log=lambda _: None)
        threads.append(threading.Thread(target=server.serve_forever, args=(stop,), daemon=True))
        threads[-1].start()

    yield start
    stop.set()
    host.standing._connection.close()
    for thread in threads:
        thread.join()


def test_a_track_of_a_reference_becomes_an_alert_and_a_strangers_does_not(
    host: Host, serving: Callable[[], None]
) -> None:
    host.published()
    serving()
    host.watched.stand(unit(5), CHILD)
    host.pass_by(near(CHILD, 0.8, 2), "cd" * 16)
    host.pass_by(stranger(1))
    assert host.standing.step()
    assert (host.standing.compared, host.standing.missed, host.waiting) == (2, 0, 0)
    host.watched.compare()
    (alert,) = host.watched.alerts()
    assert (alert["sighting"], alert["moment"], alert["camera"]) == ("cd" * 16, 9, "hall")


def test_every_gallery_of_the_camera_gets_the_probe(host: Host, serving: Callable[[], None]) -> None:
    host.published()
    serving()
    host.watched.stand(CHILD)
    host.watched.stand(near(CHILD, 0.9, 1), gallery="22" * 8)
    host.watched.stand(CHILD, gallery="33" * 8, cameras=(camera("elsewhere"),))
    host.pass_by(CHILD)
    host.standing.step()
    host.watched.compare()
    assert {alert["gallery"] for alert in host.watched.alerts()} == {GALLERY, "22" * 8}


def test_the_edge_holds_masked_rows_and_drops_them_when_they_stand_no_more(
    host: Host, serving: Callable[[], None]
) -> None:
    host.published()
    serving()
    host.watched.stand(CHILD)
    host.standing.step()
    assert [len(held.rows) for held in host.standing._held.values()] == [1]
    host.watched.ask("officer-1", Verb.END, Ending(GALLERY, "found"))
    host.now.now += 6000
    host.standing.step()
    assert host.standing._held == {}
    host.pass_by(CHILD)
    host.standing.step()
    assert (host.standing.compared, host.standing.missed) == (0, 0)


def test_without_a_gallery_custodian_nothing_is_kept_or_missed(host: Host) -> None:
    host.pass_by(CHILD)
    assert not host.standing.step()
    assert (host.waiting, host.standing.missed) == (0, 0)


def test_where_nothing_stands_nothing_is_missed(host: Host, serving: Callable[[], None]) -> None:
    host.published()
    serving()
    host.pass_by(CHILD)
    assert host.standing.step()
    assert (host.waiting, host.standing.missed, host.standing.compared) == (0, 0, 0)


def test_a_custodian_that_does_not_answer_costs_what_waited_too_long(host: Host) -> None:
    host.published()
    host.pass_by(CHILD)
    with pytest.raises(Unavailable):
        host.standing.step()
    host.standing._sweep()
    assert (host.waiting, host.standing.missed) == (1, 0)
    host.now.now += LONGEST_WAITING
    host.standing._sweep()
    assert (host.waiting, host.standing.missed) == (0, 1)


def test_the_queue_is_bounded_and_the_recorder_never_waits(host: Host) -> None:
    for _ in range(MOST_WAITING + 5):
        host.pass_by(CHILD)
    assert (host.waiting, host.standing.missed) == (MOST_WAITING, 5)


def test_what_waited_is_sent_when_it_answers_again(host: Host, serving: Callable[[], None]) -> None:
    host.published()
    host.watched.stand(CHILD)
    host.pass_by(CHILD)
    with pytest.raises(Unavailable):
        host.standing.step()
    serving()
    host.standing.step()
    host.watched.compare()
    assert len(host.watched.alerts()) == 1


def test_a_session_that_is_over_is_begun_again(host: Host, serving: Callable[[], None]) -> None:
    host.published()
    serving()
    host.watched.stand(CHILD)
    host.standing.step()
    host.watched.custodian.sessions.close()
    host.pass_by(CHILD)
    with pytest.raises(Unavailable):
        host.standing.step()
    host.standing._session = None
    host.standing.step()
    host.watched.compare()
    assert len(host.watched.alerts()) == 1


def test_a_template_of_another_extractor_is_not_sent_but_counted_and_said_once(
    host: Host, serving: Callable[[], None]
) -> None:
    """A gallery that stands and compares nobody, since the host's extractor was changed, is no silent one."""
    host.published()
    serving()
    host.watched.stand(CHILD)
    host.pass_by(CHILD, extractor=bytes(32))
    host.pass_by(unit(1, 64))
    stop = threading.Event()
    stop.set()
    host.standing.run(stop, host.said.append)
    assert (host.standing.compared, host.standing.missed) == (0, 2)
    assert host.watched.compare() == 0
    assert host.said == [f"nobody is compared with gallery {GALLERY}: it is of another extractor; draft it again"]


def test_the_thread_says_once_that_nobody_answers_and_once_that_somebody_does(
    host: Host, serving: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(standing, "LONGEST_WAIT", 0.02)
    host.published()
    host.watched.stand(CHILD)
    stop, tried, answered = threading.Event(), threading.Semaphore(0), threading.Event()
    step = host.standing.step

    def counted() -> bool:
        tried.release()
        return step()

    def say(sentence: str) -> None:
        host.said.append(sentence)
        if "answers again" in sentence:
            answered.set()

    monkeypatch.setattr(host.standing, "step", counted)
    thread = threading.Thread(target=host.standing.run, args=(stop, say), daemon=True)
    thread.start()
    for _ in range(4):
        assert tried.acquire(timeout=60)
    serving()
    assert answered.wait(60)
    host.pass_by(CHILD)
    stop.set()
    thread.join(60)
    assert not thread.is_alive()
    assert [said.partition(":")[0] for said in host.said] == [
        "standing galleries are not compared with, recording goes on",
        "the gallery custodian answers again",
    ]
    assert host.standing.compared == 1


def test_probes_that_were_sent_or_given_up_are_overwritten(host: Host, serving: Callable[[], None]) -> None:
    host.published()
    serving()
    host.watched.stand(CHILD)
    host.pass_by(CHILD)
    q = host.standing._queue[0].q
    host.standing.step()
    assert not q.any()
    assert not any(host.standing._buffers._plain)
    assert not host.standing._buffers._products.any()
    host.pass_by(CHILD)
    q = host.standing._queue[0].q
    host.now.now += LONGEST_WAITING
    host.standing._sweep()
    assert not q.any()


def test_the_genesis_record_is_what_it_should_be(host: Host) -> None:
    assert genesis(host.place) is None
    host.published()
    assert genesis(host.place) == host.watched.genesis
    (host.place / "edge" / "gallery.json").write_bytes(b"{}")
    with pytest.raises(Malformed):
        genesis(host.place)


def test_an_edge_that_is_not_enrolled_there_is_a_failure_that_is_said(host: Host, serving: Callable[[], None]) -> None:
    host.published()
    serving()
    host.watched.stand(CHILD)
    host.standing._caller = Caller("host-2", "hall", host.watched.edge.signing)
    host.pass_by(CHILD)
    with pytest.raises(Refused, match="not enrolled"):
        host.standing.step()
    assert host.waiting == 1


def test_another_gallery_custodian_behind_the_socket_is_not_believed(
    host: Host, serving: Callable[[], None], tmp_path: Path
) -> None:
    host.watched.stand(CHILD)
    other = Watched(tmp_path / "other" / "gallery")
    (host.place / "edge" / "gallery.json").write_bytes((other.directory / "genesis.json").read_bytes())
    serving()
    host.pass_by(CHILD)
    with pytest.raises(Tampered):
        host.standing.step()
    assert host.watched.custodian.sessions.counts.received == 0
