import secrets
from collections.abc import Iterator

import pytest

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Refused, Unavailable
from countenance.formats.canonical import Json
from countenance.zones.custodian import terminal
from countenance.zones.custodian.lifecycle import Custodian
from simulator.people import key_of
from simulator.zone import Edge, Zone


class Terminal:
    """The terminal's verbs, as the server calls them."""

    def __init__(self, zone: Zone) -> None:
        zone.crash()
        self.zone = zone
        self.custodian = Custodian(zone.directory, clock=zone.clock, random=secrets.token_bytes, log=lambda _: None)
        self.handlers = terminal.handlers(self.custodian)

    def __call__(self, verb: str, **body: Json) -> dict[str, Json]:
        return dict(self.handlers[verb](Message(verb, body)).body)


@pytest.fixture
def at(zone: Zone) -> Iterator[Terminal]:
    at = Terminal(zone)
    yield at
    at.custodian.close()


def test_locked_it_shows_its_state_and_nothing_else(at: Terminal) -> None:
    assert at("status")["state"] == "locked"
    for verb in ("roster.list", "edge.list"):
        with pytest.raises(Unavailable):
            at(verb)
    assert at("close")["state"] == "locked"


def test_people_come_and_go(at: Terminal) -> None:
    assert at("open", shares=list(at.zone.shares))["state"] == "open"
    key = key_of("officer-9").public.hex()
    done = at("roster.add", name="officer-9", organisation="police", roles=["officer", "approver"], key=key)
    assert done["name"] == "officer-9"
    persons = at("roster.list")["persons"]
    assert isinstance(persons, list)
    assert {
        "name": "officer-9",
        "organisation": "police",
        "roles": ["officer", "approver"],
        "key": key,
    }.items() <= dict(persons[-1]).items()
    at("roster.revoke", name="officer-9")
    with pytest.raises(Refused):
        at("roster.revoke", name="officer-9")


def test_edges_come_and_go(at: Terminal) -> None:
    at("open", shares=list(at.zone.shares))
    edge = Edge("host-1").identity
    keys: dict[str, Json] = {"signing_key": edge.signing_key.hex(), "sealing_key": edge.sealing_key.hex()}
    at("edge.enrol", name="host-1", kind="edge", **keys)
    with pytest.raises(Refused):
        at("edge.enrol", name="host-1", kind="edge", **keys)
    at("edge.revoke", name="host-1")
    edges = at("edge.list")["edges"]
    assert isinstance(edges, list)
    assert [(dict(one)["name"], dict(one)["revoked"]) for one in edges] == [("host-1", True), ("probe", False)]


@pytest.mark.parametrize(
    ("verb", "body", "kind"),
    [
        ("open", {"shares": "one"}, Malformed),
        ("open", {"passphrase": 7}, Malformed),
        ("roster.add", {}, Malformed),
        ("roster.add", {"name": "a", "organisation": "b", "roles": ["king"], "key": "00"}, Malformed),
        ("roster.add", {"name": "a", "organisation": "b", "roles": ["clerk"], "key": "zz"}, Malformed),
        ("roster.revoke", {"name": ["a"]}, Malformed),
        ("edge.enrol", {"name": "a", "kind": "edge", "signing_key": "00"}, Malformed),
        ("edge.revoke", {"name": "nobody"}, Refused),
    ],
)
def test_nonsense_is_told_from_refusals(
    at: Terminal, verb: str, body: dict[str, Json], kind: type[CountenanceError]
) -> None:
    if verb != "open":
        at("open", shares=list(at.zone.shares))
    with pytest.raises(kind):
        at(verb, **body)
