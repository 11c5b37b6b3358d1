"""Who may begin a session, what it answers, and that an answer to a probe is always the same."""

import hashlib
import threading

import pytest

from countenance.channel import session as wire
from countenance.channel.message import Message
from countenance.crypto import sign
from countenance.crypto.seal import seal
from countenance.errors import Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import SessionOffer
from countenance.zones.custodian import edges
from countenance.zones.custodian.gallery import sessions
from simulator.gallery import Watched, Wire, camera, masked_rows, probe, stranger
from simulator.people import unit
from simulator.zone import Edge

CHILD = unit(7)


def test_an_edge_gets_the_masked_rows_once_and_each_time_is_an_entry(watched: Watched) -> None:
    text = watched.stand(CHILD, unit(8))
    session, _ = watched.session()
    (listed,), rows = session.galleries(())
    assert (listed.gallery, listed.number, listed.rows, listed.dimension) == (text.gallery, 1, 2, 128)
    assert len(rows[listed.digest]) == 2 * 256
    assert watched.kinds()[-1] is Kind.READ
    size = len(watched.kinds())
    assert session.galleries((listed.digest,)) == ((listed,), {})
    assert len(watched.kinds()) == size


def test_masked_rows_are_not_the_templates(watched: Watched) -> None:
    watched.stand(CHILD)
    session, _ = watched.session()
    rows = masked_rows(session)
    assert int(abs(rows.astype(int)).max()) > 2000


@pytest.mark.parametrize("name", ["other-camera", "hall"])
def test_no_session_where_nothing_stands(watched: Watched, name: str) -> None:
    with pytest.raises(Refused, match="no gallery stands"):
        watched.session(name)
    if name != "hall":
        watched.stand(CHILD)
        with pytest.raises(Refused, match="no gallery stands"):
            watched.session(name)


def test_no_session_for_a_stranger_nor_for_another_edges_camera(watched: Watched) -> None:
    watched.stand(CHILD)
    with pytest.raises(Refused, match="not enrolled"):
        watched.session(edge=Edge("host-2"))
    with pytest.raises(Tampered):
        watched.session(edge=Edge("host-1"))
    other = Edge("host-2")
    with watched.custodian.acting() as opened:
        edges.enrol(opened, other.identity)
    with pytest.raises(Refused, match="no gallery stands"):
        watched.session(edge=other)
    assert watched.custodian.sessions.open_now == 0


def test_an_offer_is_for_this_custodian_now_and_over_this_secret(watched: Watched) -> None:
    watched.stand(CHILD)
    info = wire.secret_binding(watched.genesis.deployment, "host-1", "hall")
    sealed = seal(watched.genesis.custodian_key, info, bytes(32))
    begin = watched.handlers[wire.BEGIN]
    now, digest = watched.clock(), hashlib.sha256(sealed).digest()
    good = SessionOffer(watched.genesis.deployment, "host-1", "hall", now, digest)
    for changed, error in (
        ({"deployment": "another"}, Tampered),
        ({"edge": "host-2"}, Tampered),
        ({"sealed_digest": bytes(32)}, Tampered),
        ({"made": now - 10 * 60_000}, Refused),
    ):
        offer = SessionOffer(**({name: getattr(good, name) for name in good.__slots__} | changed))
        letter = records.write(sign.signed(offer, "host-1", watched.edge.signing))
        with pytest.raises(error):
            begin(Message(wire.BEGIN, {}, (letter, sealed)))
    assert watched.custodian.sessions.open_now == 0


def test_a_replayed_offer_gives_no_key(watched: Watched) -> None:
    """Who recorded a session's beginning and replays it gets a session whose keys they cannot derive."""
    text = watched.stand(CHILD)
    session, line = watched.session()
    rows = masked_rows(session)
    recorded: list[Message] = []
    handle = watched.custodian.sessions.probe

    def listening(message: Message) -> Message:
        recorded.append(message)
        return handle(message)

    line.handlers[wire.PROBE] = listening
    session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert len(watched.alerts()) == 1
    handle(recorded[0])
    watched.compare()
    assert watched.custodian.sessions.counts.rejected == 1
    assert len(watched.alerts()) == 1


def test_a_replayed_offer_ends_nobodys_session(watched: Watched) -> None:
    watched.stand(CHILD)
    handlers, recorded = watched.handlers, list[Message]()

    def listening(message: Message) -> Message:
        recorded.append(message)
        return handlers[message.verb](message)

    caller = wire.Caller("host-1", "hall", watched.edge.signing)
    line = Wire(dict.fromkeys(handlers, listening))
    session = wire.begin(line, watched.genesis, caller, watched.clock())
    assert session is not None
    with pytest.raises(Refused, match="offered before"):
        handlers[wire.BEGIN](recorded[0])
    session.galleries(())


def test_every_probe_is_acknowledged_with_the_same_bytes(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, line = watched.session()
    rows = masked_rows(session)
    del line.answers[:]
    session.probe(probe(text, rows, CHILD))
    session.probe(probe(text, rows, stranger(1)))
    session.probe(bytearray(10))
    name = {"session": next(iter(watched.custodian.sessions._by_name))}
    for blobs in ((), (b"x",), (bytes(200_000),), (b"a", b"b")):
        line.call(wire.PROBE, name, blobs)
    for _ in range(sessions.WAITING + 5):
        session.probe(probe(text, rows, stranger(2)))
    assert all(answer == wire.ACKNOWLEDGED for answer in line.answers)
    counts = watched.custodian.sessions.counts
    assert (counts.received, counts.rejected) == (len(line.answers), 3)
    assert counts.dropped == counts.received - counts.rejected - sessions.WAITING
    watched.compare()
    assert len(watched.alerts()) == 1


def test_an_acknowledgement_waits_for_nothing_that_an_alert_holds(watched: Watched) -> None:
    """The store's lock and the galleries' are held as by an alert being written; the probe is acknowledged."""
    text = watched.stand(CHILD)
    session, _ = watched.session()
    plain = probe(text, masked_rows(session), CHILD)
    standing = watched.custodian.galleries
    with watched.custodian.acting() as opened, opened.lock, standing._turn:
        sender = threading.Thread(target=session.probe, args=(plain,), daemon=True)
        sender.start()
        sender.join(30)
        assert not sender.is_alive()
    assert watched.custodian.sessions.counts.received == 1


def test_overflow_is_told_to_the_log_and_the_operator_only(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    plain = probe(text, masked_rows(session), stranger(1))
    for _ in range(sessions.WAITING + 7):
        session.probe(plain)
    watched.custodian.tick()
    with watched.custodian.acting() as opened:
        last = opened.sequencer.entry(opened.sequencer.size - 1)
    assert (last.kind, dict(last.facts)) == (Kind.OVERFLOWED, {"probes": "7"})
    assert watched.custodian.status()["dropped"] == 7
    size = len(watched.kinds())
    watched.custodian.tick()
    assert len(watched.kinds()) == size


def test_a_new_session_of_a_camera_ends_the_old_one(watched: Watched) -> None:
    watched.stand(CHILD)
    old, _ = watched.session()
    watched.session()
    assert watched.custodian.sessions.open_now == 1
    with pytest.raises(Unavailable, match="begin another"):
        old.galleries(())


def test_a_locked_custodian_ends_sessions_and_forgets_what_waits(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), CHILD))
    watched.custodian.close()
    with pytest.raises(Unavailable, match="begin another"):
        session.probe(bytearray(10))
    with pytest.raises(Unavailable, match="gallery open"):
        watched.session()
    watched.open()
    assert watched.compare() == 0
    assert watched.alerts() == []


def test_a_revoked_edge_is_compared_no_more(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    rows = masked_rows(session)
    with watched.custodian.acting() as opened:
        edges.revoke(opened, "host-1")
    watched.clock.now += 1000
    session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert watched.alerts() == []
    with pytest.raises(Refused):
        session.galleries(())


def test_a_probe_counts_only_before_the_camera_of_its_session(watched: Watched) -> None:
    text = watched.stand(CHILD)
    other = watched.stand(unit(9), gallery="11" * 8, cameras=(camera("door"),))
    session, _ = watched.session("door")
    rows = masked_rows(session)
    session.probe(probe(text, rows, CHILD))
    session.probe(probe(other, rows, unit(9)))
    watched.compare()
    assert [alert["gallery"] for alert in watched.alerts()] == [other.gallery]
