"""The register that the custodian signs: from its log, of what is public, the same for whoever asks."""

from dataclasses import replace

import pytest

from countenance.channel.message import Message
from countenance.crypto import verify
from countenance.errors import Malformed, Refused, Tampered, Unavailable
from countenance.formats import records
from countenance.log import checkpoint, note
from countenance.vocabulary.acts import Declaration, Verb, Withdrawal
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.register import LEAST, Register, What
from countenance.vocabulary.requests import Signed
from countenance.warrants import ready
from countenance.warrants.built_in import BUILT_IN
from countenance.web.register import folder
from countenance.zones.custodian import cameras, governing, register, requests, service, ticks
from simulator.people import POLICY
from simulator.zone import Edge, Zone

MONTH = 31 * 24 * 3_600_000


def read(zone: Zone) -> Register:
    signed = records.read(Signed, register.signed(zone.opened))
    assert signed.signer == zone.genesis.log_origin
    return verify.opened(Register, signed, zone.genesis.log_key)


def later(zone: Zone, by: int = MONTH) -> None:
    zone.clock.now += by
    assert ticks.tick(zone.opened)


def refuse(zone: Zone, times: int) -> None:
    """Somebody asks for what is refused, so often: an entry each."""
    for _ in range(times):
        admitted = zone.ask("clerk-1", Verb.WITHDRAW, Withdrawal("hall-1"))
        with pytest.raises(Refused), requests.logged(zone.opened, admitted):
            cameras.withdraw(zone.opened, admitted)


def test_before_anything_is_published_there_is_none(zone: Zone) -> None:
    with pytest.raises(Unavailable, match="quarter of an hour"):
        register.signed(zone.opened)


def test_it_says_cameras_policies_and_errors_as_they_are_published(zone: Zone, edge: Edge) -> None:
    assert ticks.tick(zone.opened)
    said = read(zone)
    (camera,) = said.cameras
    assert (camera.camera.name, camera.until) == ("hall-1", 0)
    declared = [index for index, one in enumerate(zone.opened.sequencer.entries()) if one.kind is Kind.CAMERA]
    assert camera.entry == declared[0] - declared[0] % ticks.CLASS
    assert dict(zone.opened.sequencer.entry(declared[0]).facts)["digest"] == records.digest(camera.camera).hex()
    (ruling,) = said.policies
    assert (ruling.policy, ruling.text) == (POLICY.hash, POLICY.text)
    assert said.calibrations == (BUILT_IN,)
    assert said.genesis == records.digest(zone.genesis)
    head = checkpoint.read_note(said.checkpoint, zone.genesis.log_origin, zone.genesis.log_key)
    assert head.size == zone.opened.sequencer.size
    del edge


def test_what_is_not_published_yet_is_not_said(zone: Zone, edge: Edge) -> None:
    assert ticks.tick(zone.opened)
    before = register.signed(zone.opened)
    zone.declare("hall-2", edge)
    governing.set_policy(zone.opened, ready.text("strict"))
    assert register.signed(zone.opened) == before
    later(zone, ticks.TICK)
    said = read(zone)
    assert [one.camera.name for one in said.cameras] == ["hall-1", "hall-2"]
    assert [one.text for one in said.policies] == [POLICY.text, ready.text("strict")]


def test_a_camera_that_was_withdrawn_stays_with_its_day_and_its_declaration(zone: Zone, edge: Edge) -> None:
    since = read_after(zone).cameras[0].since
    zone.clock.now += MONTH
    cameras.withdraw(zone.opened, zone.ask("operator-1", Verb.WITHDRAW, Withdrawal("hall-1")))
    (camera,) = read_after(zone).cameras
    assert (camera.since, camera.until) == (since, zone.clock.now - ticks.TICK)
    again = replace(camera.camera, place="hall, east")
    cameras.declare(zone.opened, zone.ask("operator-1", Verb.DECLARE, Declaration(again)))
    (camera,) = read_after(zone).cameras
    assert (camera.camera.place, camera.until) == ("hall, east", 0)
    assert camera.since > since
    del edge


def read_after(zone: Zone) -> Register:
    later(zone, ticks.TICK)
    return read(zone)


def test_purposes_are_those_that_policies_name(zone: Zone) -> None:
    assert read_after(zone).series == ()
    later(zone)
    said = read(zone)
    named = {one.purpose for one in said.series if one.what is What.SEARCHES}
    assert named == {"", "danger to life", "missing person", "serious crime", "victim of crime"}


def test_a_month_is_counted_when_it_is_over_and_then_stays(zone: Zone, edge: Edge) -> None:
    refuse(zone, LEAST)
    assert refusals(read_after(zone)) == []
    later(zone)
    assert refusals(read(zone)) == [LEAST]
    refuse(zone, 40)
    later(zone, ticks.TICK)
    assert refusals(read(zone)) == [LEAST]
    later(zone)
    assert refusals(read(zone)) == [LEAST, 40]
    del edge


def refusals(said: Register) -> list[int]:
    return [period.count for one in said.series if one.what is What.REFUSED for period in one.periods]


def test_a_small_count_moves_no_byte_and_no_tree(founded: Zone, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two deployments that differ in one refusal or four: registers and tree sizes are the same, tick by tick."""
    seen = []
    for times in (1, LEAST - 1):
        zone = founded.copied(tmp_path_factory.mktemp("alike"))
        zone.open()
        zone.declare("hall-1", zone.enrol("host-1"))
        assert ticks.tick(zone.opened)
        refuse(zone, times)
        later(zone, ticks.TICK)
        zone.declare("hall-2", zone.enrol("host-2"))
        later(zone, ticks.TICK)
        later(zone)
        said = read(zone)
        size = checkpoint.parsed(said.checkpoint).size
        seen.append((plain(said), size))
        zone.crash()
    assert seen[0] == seen[1]


def plain(said: Register) -> Register:
    """Without what is random: the log's root, and the edges' digests."""
    return replace(said, checkpoint="")


def test_a_signature_over_it_is_none_over_a_checkpoint(zone: Zone) -> None:
    assert ticks.tick(zone.opened)
    signed = records.read(Signed, register.signed(zone.opened))
    with pytest.raises(Malformed):
        checkpoint.parsed(signed.body.decode())
    text, _ = note.split(read(zone).checkpoint)
    with pytest.raises(Malformed):
        records.read(Register, text.encode())


def test_another_key_is_refused(zone: Zone) -> None:
    assert ticks.tick(zone.opened)
    signed = records.read(Signed, register.signed(zone.opened))
    with pytest.raises(Tampered):
        verify.opened(Register, replace(signed, body=signed.body + b" "), zone.genesis.log_key)


def test_a_text_that_the_log_does_not_name_is_not_shown(zone: Zone) -> None:
    zone.opened.store.put(governing.PolicyText("permit (principal, action, resource);", 0), governing.KEY)
    assert ticks.tick(zone.opened)
    assert [one.text for one in read(zone).policies] == [POLICY.text]


def test_it_is_asked_at_the_relay_and_answered_with_one_blob(zone: Zone) -> None:
    assert ticks.tick(zone.opened)
    answer = service._register(zone.opened, Message("register"))
    assert answer.blobs == (register.signed(zone.opened),)


def test_auditors_count_again_and_find_a_custodian_that_lies(zone: Zone, edge: Edge) -> None:
    refuse(zone, 7)
    later(zone)
    said = read(zone)
    sequencer = zone.opened.sequencer
    entries = [sequencer.preimage(index) for index in range(sequencer.size)]
    folder.recount(said, zone.genesis, entries)
    (true,) = (one for one in said.series if one.periods)
    lie = replace(true, periods=(replace(true.periods[0], count=6),))
    lying = replace(said, series=tuple(lie if one is true else one for one in said.series))
    with pytest.raises(Tampered, match="not what the log's entries come to"):
        folder.recount(lying, zone.genesis, entries)
    with pytest.raises(Tampered, match="not the entries"):
        folder.recount(said, zone.genesis, [entries[1], *entries[1:]])
    with pytest.raises(Malformed, match="fewer"):
        folder.recount(said, zone.genesis, entries[:-1])
    del edge
