import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.sightings import LeaseRequest
from countenance.zones.custodian import edges, service
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.lifecycle import Custodian
from countenance.zones.custodian.records import ManifestHead, Row
from simulator.people import NOW
from simulator.zone import Edge, Zone, manifest, sighting

HERE = Hour.of(NOW).number


class Relay:
    """The relay socket's verbs, as the server calls them."""

    def __init__(self, zone: Zone) -> None:
        zone.crash()
        self.custodian = Custodian(zone.directory, clock=zone.clock, random=secrets.token_bytes, log=lambda _: None)
        self.handlers = service.handlers(self.custodian, Path("no evidence process"))

    def __call__(self, verb: str, *blobs: bytes, **body: Json) -> Message:
        return self.handlers[verb](Message(verb, body, blobs))


@pytest.fixture
def relay(zone: Zone, edge: Edge) -> Iterator[Relay]:
    relay = Relay(zone)
    relay.custodian.open(Secret(shares=zone.shares))
    yield relay
    relay.custodian.close()


def test_locked_every_verb_but_status_says_so(zone: Zone) -> None:
    relay = Relay(zone)
    assert relay("status").body["state"] == "locked"
    assert "witnessed_by" not in relay("status").body
    for verb in relay.handlers:
        if verb != "status":
            with pytest.raises(Unavailable, match="locked"):
                relay(verb)


def test_an_edges_hour_from_lease_to_manifest(relay: Relay, zone: Zone, edge: Edge) -> None:
    letter = edge.signed(LeaseRequest(edge.name, "hall-1", HERE, HERE + 1, NOW))
    answer = relay("lease", letter)
    assert answer.body == {"hours": [HERE, HERE + 1]}
    assert len(answer.blobs) == 2
    with relay.custodian.acting() as opened:
        zone._opened = opened
        lease = zone.lease(edge, "hall-1", HERE)
        one = sighting(zone, edge, lease)
        listed = edge.signed(manifest(zone, edge, lease, [one]))
        zone._opened = None
        taken = relay("intake.sightings", *one.blobs, b"junk", b"junk", b"junk").body
        assert taken["taken"] == [[one.record.sighting, 0, 0, 0]]
        refused = taken["refused"]
        assert isinstance(refused, list)
        assert str(refused).startswith("[['#1'")
        assert relay("intake.manifest", listed).body == {}
        assert (opened.store.count(Row), opened.store.count(ManifestHead)) == (1, 1)


def test_the_repository_learns_which_edges_there_are(relay: Relay, zone: Zone, edge: Edge) -> None:
    known = {"host-1": edge.signing.public.hex(), "probe": zone.probe.signing.public.hex()}
    assert relay("edges").body == {"edges": known}
    with relay.custodian.acting() as opened:
        edges.revoke(opened, "host-1")
    assert relay("edges").body == {"edges": {"probe": known["probe"]}}


@pytest.mark.parametrize(
    ("verb", "body", "kind"),
    [
        ("lease", {}, Malformed),
        ("intake.manifest", {}, Malformed),
        ("publish", {}, Malformed),
        ("publish", {"have": "0"}, Malformed),
        ("publish", {"have": True}, Malformed),
        ("drained", {"before": -1}, Malformed),
        ("ask", {}, CountenanceError),
        ("search.begin", {}, CountenanceError),
        ("search.finish", {}, CountenanceError),
        ("disclose", {}, CountenanceError),
    ],
)
def test_nonsense_is_answered_with_an_error_of_ours(
    relay: Relay, verb: str, body: dict[str, Json], kind: type[CountenanceError]
) -> None:
    with relay.custodian.acting() as opened:
        before = opened.store.count(Row)
        with pytest.raises(kind):
            relay(verb, **body)
        assert opened.store.count(Row) == before


def test_closing_waits_for_acts_under_way(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("countenance.zones.custodian.lifecycle.PATIENCE", 0.01)
    with relay.custodian.acting(), pytest.raises(Unavailable, match="under way"):
        relay.custodian.close()
    assert relay("status").body["state"] == "open"
    assert (relay("status").body["assurance"], relay("status").body["witnessed_by"]) == ("single-host", [])
    with pytest.raises(Refused):
        relay.custodian.open(Secret())


def test_people_keep_it_open_and_edges_do_not(relay: Relay, zone: Zone) -> None:
    for verb, state in (("publish", "locked"), ("lease", "locked"), ("ask", "open")):
        zone.clock.now += 60_000
        if relay.custodian.status()["state"] == "locked":
            relay.custodian.open(Secret(shares=zone.shares))
        zone.clock.now += 60_000
        with contextlib.suppress(CountenanceError):
            relay(verb)
        relay.custodian.tick(60_000)
        assert relay.custodian.status()["state"] == state, verb
