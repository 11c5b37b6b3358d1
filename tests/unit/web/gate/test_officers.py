"""The officer page opens to officers of this kiosk, with their own passkey made at it, and to nobody else."""

from dataclasses import replace
from pathlib import Path

import pytest

from countenance.crypto.sign import SigningKey, signed
from countenance.errors import CountenanceError, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.requests import Session, Signed
from countenance.web.gate.officers import Officers
from countenance.web.kit.sessions import FRESH
from simulator.at_gate_page import OFFICER, ORIGIN, RP_ID, AtDesk, GatePage
from simulator.authenticator import Authenticator, enrolment
from simulator.browser import CONSOLE
from simulator.people import genesis


@pytest.fixture
def at(tmp_path: Path) -> GatePage:
    return GatePage(tmp_path)


def test_an_officer_signs_in_and_everything_of_theirs_needs_a_proof(at: GatePage) -> None:
    desk = at.officer()
    assert "AC834-226-YUL-FRA" in desk.board()
    assert at.page.get("/officer/board").status == 401
    bearer = {"authorization": f"DPoP {desk.browser.token}"}
    assert at.page.get("/officer/board", bearer).status == 401
    shell = at.page.get("/officer/", {"accept": "text/html"})
    assert shell.status == 401
    assert "AC834" not in shell.text
    assert at.page.post("/officer/act/stop", b"{}", {"origin": ORIGIN}).status == 401


def test_a_stranger_and_an_officers_name_with_another_passkey_stay_outside(at: GatePage) -> None:
    at.officer()
    for person in (OFFICER, "officer-9"):
        assert AtDesk(at, person).enter().status == 403


@pytest.mark.parametrize(
    "lies",
    [{"origin": CONSOLE.origin, "rp_id": CONSOLE.rp_id}, {"origin": "http://gate.localhost:9999"}, {"flags": 1}],
)
def test_a_passkey_used_elsewhere_or_without_its_person_does_not_count(at: GatePage, lies: dict[str, object]) -> None:
    desk = at.officer()
    desk.letter(**lies)
    assert desk.enter().status == 409


def test_a_session_of_another_time_deployment_or_key_file_is_none(at: GatePage) -> None:
    desk = at.officer()
    for hours in (13, -1):
        assert AtDesk(at, OFFICER, desk.own, hours=hours).enter().status == 403
    session = records.read(Session, records.read(Signed, desk.browser.session).body)
    desk.browser.session = records.write(signed(session, OFFICER, SigningKey.generate()))
    assert desk.enter().status == 409
    elsewhere = AtDesk(at, OFFICER, desk.own)
    elsewhere.browser.deployment = "0" * 32
    elsewhere.browser.__post_init__()
    elsewhere.letter()
    assert elsewhere.enter().status == 409


def test_who_is_taken_off_is_out_when_the_session_is_asked_anew(at: GatePage) -> None:
    desk = at.officer()
    assert at.officers.remove(OFFICER) == 1
    assert at.officers.remove(OFFICER) == 0
    at.time.on(FRESH)
    assert desk.sent("GET", "/officer/board").status == 401
    assert desk.enter().status == 403


def test_only_what_the_allow_list_vouches_for_is_taken_on(at: GatePage, tmp_path: Path) -> None:
    deployment = at.genesis.deployment
    good = Authenticator().register(enrolment(deployment, OFFICER), origin=ORIGIN, rp_id=RP_ID)
    without = Officers(tmp_path / "none", genesis(), ORIGIN)
    for known, person, brought in (
        (without, OFFICER, good),
        (at.officers, "officer-2", good),
        (at.officers, OFFICER, Authenticator().register(enrolment("0" * 32, OFFICER), origin=ORIGIN, rp_id=RP_ID)),
        (at.officers, OFFICER, Authenticator().register(enrolment(deployment, OFFICER))),
        (
            at.officers,
            OFFICER,
            Authenticator().register(enrolment(deployment, OFFICER), origin=ORIGIN, rp_id=RP_ID, chain=()),
        ),
    ):
        with pytest.raises(CountenanceError):
            known.add(person, records.write(brought))
    assert not list(tmp_path.glob("*/*.json"))


def test_a_file_that_cannot_be_read_lets_nobody_in(at: GatePage) -> None:
    desk = at.officer()
    (path,) = (at.folder / "officers").glob("*.json")
    path.write_bytes(b"{}")
    with pytest.raises(Refused):
        at.officers.entered(desk.browser.session, lambda: at.time.now)


def test_in_a_demo_a_key_file_that_was_named_signs_its_session_and_elsewhere_none(at: GatePage, tmp_path: Path) -> None:
    own, other = SigningKey.generate(), SigningKey.generate()
    with pytest.raises(Refused, match="make a passkey"):
        at.officers.play(OFFICER, own.public)
    assert not (at.folder / "officers").exists()
    demo = Officers(tmp_path / "demo", replace(at.genesis, demo=True), ORIGIN)
    demo.play(OFFICER, own.public)
    session = records.read(Session, records.read(Signed, at.officer().browser.session).body)

    def letter(person: str, key: SigningKey) -> bytes:
        return records.write(signed(replace(session, person=person), person, key))

    assert demo.entered(letter(OFFICER, own), lambda: at.time.now)[0].person == OFFICER
    for who, key, fault in (
        (OFFICER, other, Tampered),
        ("officer-2", own, Refused),
        ("officer-2", other, Refused),
    ):
        with pytest.raises(fault):
            demo.entered(letter(who, key), lambda: at.time.now)
    # The same folder where the deployment is no demo's lets nobody in by a key file.
    with pytest.raises(Tampered, match="key file"):
        Officers(tmp_path / "demo", at.genesis, ORIGIN).entered(letter(OFFICER, own), lambda: at.time.now)
    assert demo.remove(OFFICER) == 1
    with pytest.raises(Refused):
        demo.entered(letter(OFFICER, own), lambda: at.time.now)


@pytest.mark.parametrize("played", [True, False])
def test_the_way_from_the_demos_desk_is_in_a_demo_alone(tmp_path: Path, played: bool) -> None:
    at = GatePage(tmp_path, demo=played)
    answer = at.page.get("/officer/play", {"accept": "text/html"})
    assert answer.status == (200 if played else 401)
    assert ("play.js" in answer.text) is played
    assert at.page.get("/officer/configuration").json()["desk"] == ""
