"""The copied login, as far as the console goes: what a session is worth to who has all of it but its key.

What the attacker may have: the signed session, recorded asks, a hostile console, the passkey's assertion over something
else. After every refusal nothing has changed but the log.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from countenance.channel.message import Message
from countenance.crypto import sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.errors import CountenanceError, Refused, Tampered
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Look, Nothing, Verb, Wanted
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Approval, Person, Role
from countenance.zones.custodian import acts, enrolling, requests, roster
from simulator.authenticator import APPROVAL, Authenticator, enrolment
from simulator.browser import CONSOLE, ORIGIN, RP_ID, Browser
from simulator.court import Court, sitting
from simulator.people import NOW

HOUR_NOW = Hour.of(NOW).number


class Town:
    """A court that is no demo; an operator and two officers, one of them for the yard alone, signed in."""

    def __init__(self, court: Court) -> None:
        self.court, self.opened, self.genesis = court, court.zone.opened, court.zone.genesis
        self.browsers: dict[str, Browser] = {}
        for name, role, cameras in (
            ("operator-7", Role.OPERATOR, ()),
            ("officer-7", Role.OFFICER, ()),
            ("officer-8", Role.OFFICER, ("yard",)),
        ):
            own = Authenticator()
            made = own.register(enrolment(self.genesis.deployment, name), origin=ORIGIN, rp_id=RP_ID)
            enrolling.add(self.opened, Person(name, "town", (role,), b"", cameras=cameras), [records.write(made)])
            self.browsers[name] = Browser(self.genesis.deployment, name, court.zone.clock(), own)

    def ask(self, name: str, verb: Verb, body: object, **changed: object) -> Ask:
        self.own = OwnKey.generate()
        nonce, now = secrets.token_bytes(16), self.court.zone.clock()
        made = Ask(self.genesis.deployment, name, verb.value, records.write(body), now, nonce, self.own.public)
        return replace(made, **changed)

    def send(self, signed: Signed) -> dict[str, Json]:
        sealed = seal(self.genesis.custodian_key, binding("ask", self.genesis.deployment), records.write(signed))
        answer = acts.answer(self.opened, Message("ask", {}, (sealed,)))
        ask = records.read(Ask, signed.body)
        plain = self.own.open(binding("answer", self.genesis.deployment, ask.nonce.hex()), answer.blobs[0])
        told = canonical.read(plain)
        assert isinstance(told, dict)
        return told

    def act(self, name: str, verb: Verb, body: object, **changed: object) -> dict[str, Json]:
        return self.send(self.browsers[name].signed(self.ask(name, verb, body, **changed)))


@pytest.fixture
def town() -> Iterator[Town]:
    with sitting(demo=False, approval=APPROVAL, console=CONSOLE) as court:
        yield Town(court)


def refused(town: Town, act: Callable[[], object], kind: type[CountenanceError], match: str) -> None:
    before = roster.members(town.opened)
    with pytest.raises(kind, match=match):
        act()
    assert roster.members(town.opened) == before


def look(camera: str) -> Look:
    return Look(camera, HOUR_NOW, HOUR_NOW, "a patrol")


def test_who_signs_in_is_told_who_they_are_and_it_is_an_entry(town: Town) -> None:
    told = town.act("officer-8", Verb.ENTER, Wanted())
    assert (told["person"], told["roles"], told["cameras"]) == ("officer-8", ["officer"], ["yard"])
    facts = dict(town.court.zone.last(Kind.ENTERED).facts)
    assert facts["person"] == "officer-8"
    assert len(facts["session"]) == 64


def test_a_key_file_does_not_enter(town: Town) -> None:
    with pytest.raises(Refused, match="no session"):
        town.court.ask("officer-1", Verb.ENTER, Wanted())


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (Wanted((Role.OPERATOR, Role.AUDITOR)), "the role operator or auditor on the roster"),
        (Wanted(camera="hall-east"), "the camera hall-east"),
        (Wanted(camera="somebody, born 1980"), "the camera that was never declared"),
        (Wanted((Role.OFFICER,), "hall-east"), "the camera hall-east"),
    ],
)
def test_what_a_page_refused_is_refused_here_and_an_entry(town: Town, wanted: Wanted, reason: str) -> None:
    refused(town, lambda: town.act("officer-8", Verb.ENTER, wanted), Refused, reason)
    facts = dict(town.court.zone.last(Kind.REFUSED).facts)
    assert (facts["verb"], facts["person"]) == ("enter", "officer-8")
    assert reason in facts["reason"]


def test_who_has_been_given_it_meanwhile_is_told_so(town: Town) -> None:
    told = town.act("officer-8", Verb.ENTER, Wanted((Role.OFFICER, Role.OPERATOR), "yard"))
    assert (told["roles"], told["cameras"]) == (["officer"], ["yard"])


def test_a_stolen_session_without_its_key(town: Town) -> None:
    own = town.browsers["operator-7"]
    thief = Browser(town.genesis.deployment, "operator-7", own.made, own.own)
    thief.session = own.session
    signed = thief.signed(town.ask("operator-7", Verb.LOOK, look("hall-east")))
    refused(town, lambda: town.send(signed), Tampered, "session's key did not sign")


def test_a_recorded_ask_of_a_session(town: Town) -> None:
    signed = town.browsers["operator-7"].signed(town.ask("operator-7", Verb.POLICY, Nothing()))
    town.send(signed)
    refused(town, lambda: town.send(signed), Refused, "made before")
    moved = replace(signed, body=records.write(town.ask("operator-7", Verb.LOOK, look("hall-east"))))
    refused(town, lambda: town.send(moved), Tampered, "session's key did not sign")


def test_a_session_is_over_when_it_says_so_and_when_its_passkey_is(town: Town) -> None:
    town.court.zone.clock.now += 10 * 3_600_000 + 1
    refused(town, lambda: town.act("operator-7", Verb.POLICY, Nothing()), Refused, "sign in again")
    own = town.browsers["officer-7"]
    again = Browser(town.genesis.deployment, "officer-7", town.court.zone.clock(), own.own)
    town.send(again.signed(town.ask("officer-7", Verb.POLICY, Nothing())))
    enrolling.revoke(town.opened, "officer-7", "")
    signed = again.signed(town.ask("officer-7", Verb.POLICY, Nothing()))
    with pytest.raises(Tampered, match="not on the roster for this person"):
        town.send(signed)


def test_a_hostile_console_gets_no_approval_out_of_a_sign_in(town: Town) -> None:
    """It shows its own page and has the passkey sign what it likes: asks, approvals, another person's session."""
    own = town.browsers["officer-7"].own
    word = Approval("0" * 16, 1, bytes(32), "officer-7", True, "", town.court.zone.clock())
    ask = town.ask("officer-7", Verb.APPROVE, word)
    refused(town, lambda: town.send(own.signed(ask, origin=ORIGIN, rp_id=RP_ID)), Tampered, "another origin")
    refused(town, lambda: town.act("officer-7", Verb.APPROVE, word), Refused, "your security key itself")
    stolen = Browser(town.genesis.deployment, "operator-7", town.court.zone.clock(), own)
    signed = stolen.signed(town.ask("operator-7", Verb.LOOK, look("hall-east")))
    refused(town, lambda: town.send(signed), Tampered, "not on the roster for this person")


def test_what_a_hostile_console_gets_out_of_one_touch_is_a_session_of_its_own(town: Town) -> None:
    """Its page has the passkey sign for a key of its own, and for a day to come; only revocation ends that."""
    week, own = 7 * 24 * 3_600_000, town.browsers["operator-7"].own
    taken = Browser(town.genesis.deployment, "operator-7", town.court.zone.clock() + week, own)
    early = taken.signed(town.ask("operator-7", Verb.LOOK, look("hall-east")))
    refused(town, lambda: town.send(early), Refused, "sign in again")
    town.court.zone.clock.now += week
    town.send(taken.signed(town.ask("operator-7", Verb.LOOK, look("hall-east"))))
    assert dict(town.court.zone.last(Kind.LOOKED).facts)["person"] == "operator-7"
    enrolling.revoke(town.opened, "operator-7", "")
    with pytest.raises(Tampered, match="not on the roster for this person"):
        town.send(taken.signed(town.ask("operator-7", Verb.LOOK, look("hall-east"))))


def guesses(town: Town, name: str) -> Iterator[Signed]:
    """What somebody without any key of `name` can send in that name."""
    own, key, now = Authenticator(), SigningKey.generate(), town.court.zone.clock()
    ask = town.ask(name, Verb.ENTER, Wanted())
    yield own.signed(ask)
    yield sign.signed(ask, name, key)
    yield Signed(name, records.write(ask), b"{}")
    for begun in (None, lambda session: sign.signed(session, name, key), lambda session: Signed(name, b"{}", b"")):
        yield Browser(town.genesis.deployment, name, now, own, sign=begun).signed(ask)


def test_a_name_is_not_told_from_no_name(town: Town) -> None:
    """Whoever reaches a page may try names."""
    heard = []
    for name in ("officer-7", "nobody-7"):
        for signed in guesses(town, name):
            with pytest.raises(CountenanceError) as refusal:
                town.send(signed)
            heard.append((name, refusal.type, str(refusal.value)))
    known, unknown = ([one[1:] for one in heard if one[0] == name] for name in ("officer-7", "nobody-7"))
    assert known == unknown


def test_a_look_is_for_those_whose_camera_it_is_and_each_is_an_entry(town: Town) -> None:
    refused(town, lambda: town.act("officer-8", Verb.LOOK, look("hall-east")), Refused, "not among those")
    said = dict(town.court.zone.last(Kind.REFUSED).facts)
    assert (said["person"], said["verb"]) == ("officer-8", "look")
    camera = "hall-east"
    told = town.act("officer-7", Verb.LOOK, look(camera))
    assert dict(town.court.zone.last(Kind.LOOKED).facts)["person"] == "officer-7"
    assert told["entry"] == town.opened.sequencer.size - 1


def test_a_credential_of_one_origin_is_none_of_the_other(town: Town) -> None:
    name, deployment = "officer-9", town.genesis.deployment
    at_approvals = Authenticator()
    made = at_approvals.register(enrolment(deployment, name))
    enrolling.add(town.opened, Person(name, "town", (Role.OFFICER,), b""), [records.write(made)])
    browser = Browser(deployment, name, town.court.zone.clock(), at_approvals)
    signed = browser.signed(town.ask(name, Verb.POLICY, Nothing()))
    refused(town, lambda: town.send(signed), Tampered, "another origin")
    assert requests.FRESH_MINUTES == 5
