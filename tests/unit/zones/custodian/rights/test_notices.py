"""Notices: what is confirmed of cameras, to anybody, and that no sighting or search shows in it."""

import secrets
from dataclasses import replace

import pytest

from countenance.channel.message import Message
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Verb, Withdrawal
from countenance.vocabulary.calibration import Calibration, Source
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.notices import Confirmation, Confirmed, NoticesAsked
from countenance.warrants import threshold as thresholds
from countenance.warrants.built_in import BUILT_IN
from countenance.zones.custodian import calibrating, cameras, intake
from countenance.zones.custodian.records import CameraState
from countenance.zones.custodian.rights import notices
from simulator.people import NOW
from simulator.zone import Edge, Zone, presented, sighting


def asked(zone: Zone, *, name: str = "notices", **other: object) -> Confirmation:
    own, deployment = OwnKey.generate(), zone.genesis.deployment
    said = NoticesAsked(deployment, zone.clock(), secrets.token_bytes(16), own.public)
    said = replace(said, **other)  # type: ignore[arg-type] - what a test makes different
    sealed = seal(zone.genesis.custodian_key, binding(name, deployment), records.write(said))
    answer = notices.confirm(zone.opened, Message("door.notices", {}, (sealed,)))
    return records.read(Confirmation, own.open(binding("answer", deployment, said.nonce.hex()), answer.blobs[0]))


def one(zone: Zone, name: str = "hall-1") -> Confirmed:
    (found,) = [said for said in asked(zone).cameras if said.camera == name]
    return found


def declared(zone: Zone, name: str = "hall-1") -> Camera:
    state = zone.opened.store.get(CameraState, name)
    assert state is not None
    return state.camera


def test_a_declaration_is_confirmed_by_its_digest_and_entry(zone: Zone, edge: Edge) -> None:
    said = one(zone)
    assert said.digest == records.digest(declared(zone))
    entry = zone.opened.sequencer.entry(said.entry)
    assert (entry.kind, dict(entry.facts)["digest"], entry.made) == (Kind.CAMERA, said.digest.hex(), said.since)
    assert said.digest != records.digest(replace(declared(zone), purpose="other"))


def test_what_is_withdrawn_is_confirmed_no_more_and_asking_changes_nothing(zone: Zone, edge: Edge) -> None:
    zone.declare("hall-2", edge)
    before = zone.kinds()
    assert [said.camera for said in asked(zone).cameras] == ["hall-1", "hall-2"]
    assert zone.kinds() == before
    cameras.withdraw(zone.opened, zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("hall-1")))
    assert [said.camera for said in asked(zone).cameras] == ["hall-2"]


def test_who_passes_changes_no_byte_of_it(zone: Zone, edge: Edge) -> None:
    before = asked(zone)
    lease = zone.lease(edge, "hall-1", Hour.of(NOW).number)
    intake.sightings(zone.opened, presented(*(sighting(zone, edge, lease) for _ in range(3))))
    assert asked(zone) == before


def test_rates_are_those_of_the_calibration_that_stands(zone: Zone, edge: Edge) -> None:
    (rate,) = one(zone).rates
    of = (BUILT_IN,)
    assert (rate.source, rate.extractor, rate.rows) == (Source.BUILT_IN, BUILT_IN.extractor, 1000)
    assert rate.threshold == thresholds.for_rows(of, 1000)
    assert rate.false_most == round(thresholds.fmr(of, rate.threshold) * 10**9)
    assert rate.missed == thresholds.missed(of, rate.threshold)
    assert rate.rows * rate.false_most <= thresholds.EXPECTED_FALSE * 10**9
    # A site's own figures take the place of the built-in ones, at its cameras alone.
    points = tuple(thresholds.point(at, false, 20_000) for at, false in ((500, 4), (600, 0)))
    own = Calibration(BUILT_IN.extractor, "halls", ("hall-1",), Source.EVALUATION, "a test", NOW, points)
    calibrating.set_file(zone.opened, records.write(own).decode())
    zone.declare("hall-2", edge)
    (rate,) = one(zone).rates
    assert (rate.source, rate.made, rate.missed) == (Source.EVALUATION, NOW, -1)
    assert rate.rows < 1000
    assert rate.rows * rate.false_most <= thresholds.EXPECTED_FALSE * 10**9
    assert one(zone, "hall-2").rates[0].source is Source.BUILT_IN


def test_a_camera_that_makes_no_templates_has_no_rates(zone: Zone, edge: Edge) -> None:
    zone.declare("square", edge, public=True)
    assert one(zone, "square").rates == ()


@pytest.mark.parametrize(
    ("other", "kind"),
    [
        ({"deployment": "another"}, Malformed),
        ({"nonce": b"short"}, Malformed),
        ({"made": NOW - 3_600_000}, Refused),
        ({"name": "question"}, CountenanceError),
    ],
)
def test_what_is_not_asked_here_and_now_is_not_answered(
    zone: Zone, edge: Edge, other: dict[str, object], kind: type[CountenanceError]
) -> None:
    before = zone.kinds()
    with pytest.raises(kind):
        asked(zone, **other)  # type: ignore[arg-type]
    with pytest.raises(Malformed):
        notices.confirm(zone.opened, Message("door.notices", {}, ()))
    assert zone.kinds() == before
