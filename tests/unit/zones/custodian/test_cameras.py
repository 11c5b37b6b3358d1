from dataclasses import replace

import pytest

from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Declaration, Look, Verb, Withdrawal
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Hour
from countenance.zones.custodian import cameras
from countenance.zones.custodian.records import CameraState
from simulator.people import NOW
from simulator.zone import Edge, Zone

HERE = Hour.of(NOW).number


def test_a_declaration_is_an_entry_with_its_digest(zone: Zone, edge: Edge) -> None:
    camera = cameras.camera(zone.opened, "hall-1")
    assert camera.edge == edge.name
    facts = dict(zone.last(Kind.CAMERA).facts)
    assert facts == {
        "camera": "hall-1",
        "change": "declared",
        "digest": records.digest(camera).hex(),
        "publicly_accessible": "false",
    }


def test_only_an_operator_declares_withdraws_and_looks(zone: Zone, edge: Edge) -> None:
    camera = replace(cameras.camera(zone.opened, "hall-1"), name="hall-2")
    size = zone.opened.sequencer.size
    with pytest.raises(Refused):
        cameras.declare(zone.opened, zone.ask("clerk-1", Verb.DECLARE, Declaration(camera)))
    with pytest.raises(Refused):
        cameras.withdraw(zone.opened, zone.ask("clerk-1", Verb.WITHDRAW, Withdrawal("hall-1")))
    with pytest.raises(Refused):
        cameras.look(zone.opened, zone.ask("clerk-1", Verb.LOOK, Look("hall-1", HERE, HERE, "why")))
    assert zone.opened.sequencer.size == size
    assert zone.opened.store.count(CameraState) == 1


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"name": "hall/2"}, Malformed),
        ({"name": "hall-1"}, Refused),
        ({"edge": "host-9"}, Refused),
        ({"edge": "probe"}, Refused),
        ({"purpose": " "}, Malformed),
        ({"legal_basis": ""}, Malformed),
        ({"dpia": ""}, Malformed),
        ({"notice": "x" * 4001}, Malformed),
        ({"retention_hours": 0}, Malformed),
        ({"retention_hours": 73}, Malformed),
    ],
)
def test_what_the_law_asks_must_be_there(
    zone: Zone, edge: Edge, changes: dict[str, object], kind: type[CountenanceError]
) -> None:
    camera = replace(cameras.camera(zone.opened, "hall-1"), **({"name": "hall-2"} | changes))
    size = zone.opened.sequencer.size
    with pytest.raises(kind):
        cameras.declare(zone.opened, zone.ask("operator-1", Verb.DECLARE, Declaration(camera)))
    assert zone.opened.sequencer.size == size
    assert zone.opened.store.count(CameraState) == 1


def test_a_withdrawn_camera_may_be_declared_anew(zone: Zone, edge: Edge) -> None:
    cameras.withdraw(zone.opened, zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("hall-1")))
    with pytest.raises(Refused):
        cameras.camera(zone.opened, "hall-1")
    with pytest.raises(Refused):
        cameras.withdraw(zone.opened, zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("hall-1")))
    zone.declare("hall-1", edge)
    assert cameras.camera(zone.opened, "hall-1").name == "hall-1"


def test_a_look_yields_footage_keys_of_hours_that_were_recorded_and_is_an_entry(zone: Zone, edge: Edge) -> None:
    lease = zone.lease(edge, "hall-1", HERE)
    done = cameras.look(zone.opened, zone.ask("operator-1", Verb.LOOK, Look("hall-1", HERE - 1, HERE + 1, "covered?")))
    assert done["keys"] == {str(HERE): lease.footage_key.hex()}
    assert done["entry"] == zone.opened.sequencer.size - 1
    assert dict(zone.last(Kind.LOOKED).facts)["person"] == "operator-1"


@pytest.mark.parametrize(
    ("look", "kind"),
    [
        (Look("hall-1", HERE, HERE + 24, "why"), Malformed),
        (Look("hall-1", HERE, HERE - 1, "why"), Malformed),
        (Look("hall-1", HERE, HERE, " "), Malformed),
        (Look("hall-9", HERE, HERE, "why"), Refused),
    ],
)
def test_a_look_needs_a_reason_a_camera_and_bounds(
    zone: Zone, edge: Edge, look: Look, kind: type[CountenanceError]
) -> None:
    size = zone.opened.sequencer.size
    with pytest.raises(kind):
        cameras.look(zone.opened, zone.ask("operator-1", Verb.LOOK, look))
    assert zone.opened.sequencer.size == size
