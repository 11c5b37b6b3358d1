"""Enrolment by consent: what the code shows and ends, and that nothing else does."""

import secrets
import threading
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.errors import CountenanceError, Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.consents import BY_CONSENT, Held, number_of
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import Alert, Ending, Pictured, StandingGallery
from countenance.vocabulary.rights import Enquiry
from countenance.zones.custodian import backups
from countenance.zones.custodian.gallery import alerts
from countenance.zones.custodian.gallery.records import MaskingKeys, PhotoKey
from countenance.zones.custodian.gallery.standing import Galleries
from simulator.gallery import GALLERY, Watched, masked_rows, probe
from simulator.people import unit

PERSON, CODE = unit(7), bytes(range(16))
NUMBER = number_of(CODE)


def enrolled(watched: Watched, **changed: object) -> StandingGallery:
    facts: dict[str, object] = {"purpose": "alone at night", "legal_basis": BY_CONSENT, "consent": NUMBER}
    return watched.stand(PERSON, unit(8), **(facts | changed))


def asked(watched: Watched, verb: str, code: bytes = CODE, *, purpose: str = "", made: int = 0) -> Held:
    deployment, nonce, reply = watched.genesis.deployment, secrets.token_bytes(16), OwnKey.generate()
    enquiry = Enquiry(deployment, code, made or watched.clock(), nonce, reply.public)
    bound = binding(purpose or verb.partition(".")[2], deployment)
    sealed = seal(watched.genesis.custodian_key, bound, records.write(enquiry))
    answer = watched.handlers[verb](Message(verb, {}, (sealed,)))
    return records.read(Held, reply.open(binding("answer", deployment, nonce.hex()), answer.blobs[0]))


def whats(held: Held) -> list[str]:
    return [use.what for use in held.uses]


def test_the_code_shows_what_is_held_and_each_use(watched: Watched) -> None:
    text = enrolled(watched)
    held = asked(watched, "door.held")
    assert (held.gallery, held.state, held.gone_by, held.uses) == (GALLERY, "standing", 0, ())
    assert records.read(StandingGallery, held.text.encode()) == text
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), PERSON))
    watched.compare()
    watched.alerts()
    watched.ask("officer-1", Verb.PICTURE, Pictured(GALLERY, text.references[0].reference))
    held = asked(watched, "door.held")
    assert whats(held) == ["masked gallery", "alerted", "alerts", "photo"]
    with watched.custodian.acting() as opened:
        assert all(opened.sequencer.entry(use.index).made == use.made for use in held.uses)


def test_looking_is_in_no_way_a_use_and_changes_nothing(watched: Watched) -> None:
    enrolled(watched)
    before = watched.kinds()
    asked(watched, "door.held")
    assert watched.kinds() == before


def test_one_enquiry_ends_it_and_its_key_is_gone(watched: Watched, tmp_path: Path) -> None:
    text = enrolled(watched)
    session, _ = watched.session()
    rows = masked_rows(session)
    piece = tmp_path / "elsewhere"
    piece.mkdir()
    with watched.custodian.acting() as opened:
        until = backups.make(opened, tmp_path / "backup", piece / "piece", days=3).until
    session.probe(probe(text, rows, PERSON))
    watched.compare()
    held = asked(watched, "door.withdraw")
    assert (held.state, held.text) == ("withdrawn by its subject", "")
    assert held.gone_by == until > watched.clock()
    with watched.custodian.acting() as opened:
        assert [opened.store.count(kind) for kind in (MaskingKeys, PhotoKey, Alert)] == [0, 0, 0]
    assert watched.kinds().count(Kind.ALERTED) == 1
    session.probe(probe(text, rows, PERSON))
    watched.compare()
    assert watched.kinds().count(Kind.ALERTED) == 1


def test_withdrawing_twice_is_one_entry_and_the_same_answer(watched: Watched) -> None:
    enrolled(watched)
    first = asked(watched, "door.withdraw")
    watched.clock.now += 60_000
    again = asked(watched, "door.withdraw")
    assert (again.gone_by, again.state) == (first.gone_by, first.state)
    assert watched.kinds().count(Kind.GALLERY_ENDED) == 1


def test_an_officer_may_end_it_too_and_the_code_says_so(watched: Watched) -> None:
    enrolled(watched)
    watched.ask("officer-1", Verb.END, Ending(GALLERY, "moved on"))
    assert asked(watched, "door.held").state == "withdrawn"


@pytest.mark.parametrize("verb", ["door.held", "door.withdraw"])
@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"code": bytes(16)}, Refused),
        ({"code": NUMBER}, Refused),
        ({"code": b"short"}, Malformed),
        ({"purpose": "enquiry"}, CountenanceError),
        ({"made": 1}, Refused),
    ],
)
def test_without_the_code_nothing_is_told_and_nothing_ends(
    watched: Watched, verb: str, changed: dict[str, object], kind: type[CountenanceError]
) -> None:
    enrolled(watched)
    before = watched.kinds()
    with pytest.raises(kind):
        asked(watched, verb, **changed)
    assert watched.kinds() == before
    assert asked(watched, "door.held").state == "standing"


def test_what_was_sealed_to_look_does_not_end_it(watched: Watched) -> None:
    enrolled(watched)
    with pytest.raises(CountenanceError):
        asked(watched, "door.withdraw", purpose="held")
    assert asked(watched, "door.held").state == "standing"


def test_a_gallery_without_consent_is_reached_by_no_code(watched: Watched) -> None:
    watched.stand(PERSON)
    with pytest.raises(Refused, match="nobody is enrolled"):
        asked(watched, "door.withdraw")


@pytest.mark.parametrize(
    "changed",
    [
        {"legal_basis": "law 3"},
        {"consent": b""},
        {"consent": b"short"},
    ],
)
def test_consent_is_a_number_and_its_legal_basis(watched: Watched, changed: dict[str, object]) -> None:
    with pytest.raises(CountenanceError, match="consent"):
        enrolled(watched, **changed)


def test_a_gallery_by_consent_is_one_persons(watched: Watched) -> None:
    with pytest.raises(Refused, match="one person"):
        watched.stand(*(unit(seed) for seed in range(11)), legal_basis=BY_CONSENT, consent=NUMBER)


def test_a_consent_is_given_for_one_gallery_for_good(watched: Watched) -> None:
    enrolled(watched)
    asked(watched, "door.withdraw")
    with pytest.raises(Refused, match="another gallery"):
        enrolled(watched, gallery="11aa11bb22cc33dd")


def test_a_crash_in_the_middle_of_withdrawing_is_finished_at_opening(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled(watched)

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("countenance.zones.custodian.gallery.ending._destroy", cut)
        with pytest.raises(KeyboardInterrupt):
            asked(watched, "door.withdraw")
    watched.crash()
    watched.open()
    assert asked(watched, "door.held").state == "withdrawn by its subject"
    with watched.custodian.acting() as opened:
        assert opened.store.count(MaskingKeys) == 0


def test_who_withdraws_keeps_nobody_waiting_who_compares(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    # Who compares has the galleries' turn and waits for the store: whoever has the store must not wait for the turn.
    enrolled(watched)
    free: list[bool] = []
    real = Galleries.look

    def try_it() -> None:
        with watched.custodian.acting() as opened:
            free.append(opened.lock.acquire(blocking=False))
            if free[-1]:
                opened.lock.release()

    def look(galleries: Galleries) -> None:
        other = threading.Thread(target=try_it)
        other.start()
        other.join()
        real(galleries)

    monkeypatch.setattr(Galleries, "look", look)
    asked(watched, "door.withdraw")
    assert free == [True]


def test_an_alert_that_was_being_made_when_it_ended_is_not_kept(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = enrolled(watched)
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), PERSON))
    real = alerts.record

    def late(*args: object) -> int:
        asked(watched, "door.withdraw")
        return real(*args)

    monkeypatch.setattr(alerts, "record", late)
    watched.compare()
    with watched.custodian.acting() as opened:
        assert opened.store.count(Alert) == 0
    assert Kind.ALERTED not in watched.kinds()
