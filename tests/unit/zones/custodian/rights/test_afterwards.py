"""Afterwards: who was searched for is told when it is no secret any more, and until then nothing at all."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.formats import records
from countenance.log import rules
from countenance.rights import telling
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.afterwards import KEPT, Document, DocumentKind, Shown, Told
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.warrants import Verdict, Warrant
from countenance.zones.custodian import retention
from countenance.zones.custodian.rights import afterwards, questions
from countenance.zones.custodian.rights.afterwards import CLERK_CAP, DAILY_CAP, MOST_DOCUMENTS, Later
from simulator.court import Court, sitting
from simulator.named import DAY, MINE, OTHERS, naming, sealed, shown
from simulator.people import SUBJECT, near, unit

CLERK = "clerk-1"


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        yield court


def name(court: Court, text: Warrant, who: str = "officer-1", document: Document = MINE) -> dict[str, Any]:
    return court.ask(who, Verb.NAME, naming(court.zone.opened, who, text.warrant, document))


def put(court: Court, document: Document = MINE, who: str = CLERK, skip: int = 0) -> dict[str, Any]:
    return court.ask(who, Verb.AFTERWARDS, shown(court.zone.opened, who, document, skip))


def told(court: Court, document: Document = MINE, skip: int = 0) -> Told:
    said, _ = telling.check(put(court, document, skip=skip)["told"].strip().encode(), court.zone.genesis)
    return said


def searched(court: Court) -> Warrant:
    """A warrant whose person was stated and searched for once: found, and confirmed."""
    found = court.pass_by(near(SUBJECT, 0.8, 99))
    court.tell()
    text = court.approved()
    name(court, text)
    court.search(text)
    court.confirm(text, found)
    return text


def over(court: Court, text: Warrant, more: int = 0) -> None:
    """The secrecy ends, and the clock's part is done."""
    court.zone.clock.now = text.limits.secrecy_end + more
    afterwards.settle(court.zone.opened)


def kept(court: Court) -> list[Later]:
    return [one for _, one in court.zone.opened.store.all(Later)]


def test_who_was_searched_for_is_told_after_the_secrecy_and_can_prove_it(court: Court) -> None:
    text = searched(court)
    over(court, text)
    said, proved = telling.check(put(court)["told"].strip().encode(), court.zone.genesis)
    (one,) = proved
    assert (said.document, said.left) == (MINE, 0)
    assert (one.matter.matter, one.matter.listed, one.matter.ground) == (text.warrant, False, text.purpose)
    assert (one.searches, one.found, one.matter.confirmed, one.matter.whole) == (1, (1,), 1, True)
    entries = tuple(court.zone.opened.sequencer.entries())
    assert [entries[logged.proof.index].kind for logged in one.matter.entries] == [
        Kind.DRAFTED,
        Kind.AUTHORISED,
        Kind.DELIVERED,
    ]
    assert rules.check(entries, court.zone.genesis)[0] == ()


def test_searches_that_found_nobody_or_somebody_else_are_in_it(court: Court) -> None:
    court.tell()
    text = court.approved()
    name(court, text)
    court.search(text)
    stranger = court.pass_by(near(SUBJECT, 0.7, 5))
    court.tell()
    court.search(text)
    for reviewer in ("reviewer-1", "reviewer-2"):
        court.look(reviewer, text, stranger)
        court.judge(reviewer, text, stranger, Verdict.DIFFERENT)
    over(court, text)
    answer = put(court)["told"].strip().encode()
    (one,) = telling.check(answer, court.zone.genesis)[1]
    assert (one.searches, one.found, one.matter.confirmed) == (2, (0, 1), 0)
    # Of whom the machine took for them, nothing is told.
    assert stranger.encode() not in b"".join(logged.preimage.entry for logged in one.matter.entries)


def test_while_it_is_a_secret_the_answer_is_that_of_a_stranger(court: Court) -> None:
    text = searched(court)
    court.zone.clock.now = text.limits.secrecy_end - 1
    afterwards.settle(court.zone.opened)
    mine, nobodys = put(court), put(court, OTHERS)
    assert len(mine["told"]) == len(nobodys["told"]) == afterwards.WIDTH
    saids = [records.read(Told, records.read(Signed, one["told"].strip().encode()).body) for one in (mine, nobodys)]
    assert replace(saids[0], document=OTHERS) == saids[1]
    assert (saids[0].matters, saids[0].left) == ((), 0)
    over(court, text)
    assert len(put(court)["told"]) == afterwards.WIDTH


def test_the_same_work_is_done_whoever_asks(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    text = searched(court)
    over(court, text)
    proofs: list[int] = []
    real = questions.logged
    monkeypatch.setattr(questions, "logged", lambda opened, index: proofs.append(index) or real(opened, index))
    assert len(told(court).matters) == 1
    first = len(proofs)
    assert told(court, OTHERS).matters == ()
    assert (first, len(proofs) - first) == (afterwards.MOST_ENTRIES, afterwards.MOST_ENTRIES)
    # Proofs of old entries cost more than of the newest: so the others are of entries from all over the log.
    assert len(set(proofs[first:])) > 10


def test_no_answer_is_longer_than_the_others(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    text = searched(court)
    over(court, text)
    monkeypatch.setattr(afterwards, "WIDTH", 4096)
    answer = put(court)
    assert len(answer["told"]) == 4096
    said = records.read(Told, records.read(Signed, answer["told"].strip().encode()).body)
    assert (said.matters, said.left) == ((), 1)


def test_an_ask_is_an_entry_that_says_who_asked_and_nothing_of_the_document(court: Court) -> None:
    text = searched(court)
    over(court, text)
    entry = court.zone.opened.sequencer.entry(put(court)["entry"])
    assert (entry.kind, entry.of, dict(entry.facts)) == (Kind.READ, -1, {"person": CLERK, "what": "afterwards"})
    assert put(court)["entry"] == court.zone.opened.sequencer.size - 1


def test_the_document_is_kept_nowhere(court: Court) -> None:
    text = searched(court)
    number = MINE.number.encode()
    (one,) = kept(court)
    assert number not in records.write(one)
    assert MINE.number not in repr((one, MINE, told(court)))
    assert all(MINE.number not in str(entry) for entry in court.zone.opened.sequencer.entries())
    assert dict(court.zone.last(Kind.NAMED).facts) == {"warrant": text.warrant, "person": "officer-1"}


def test_two_marks_of_one_document_have_nothing_in_common(court: Court) -> None:
    text = court.approved()
    name(court, text)
    name(court, text)
    one, other = kept(court)
    assert one.mark != other.mark
    assert one.key != other.key


def test_after_twelve_months_it_is_gone(court: Court) -> None:
    text = searched(court)
    over(court, text, KEPT - 1)
    assert len(told(court).matters) == 1
    generation = court.zone.opened.store.generation
    over(court, text, KEPT)
    assert kept(court) == []
    assert court.zone.opened.store.generation > generation
    assert told(court).matters == ()


def test_a_crash_before_the_key_is_replaced_is_made_good(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    text = searched(court)
    store = type(court.zone.opened.store)
    with monkeypatch.context() as patch:
        patch.setattr(store, "replace_key", lambda _: (_ for _ in ()).throw(Refused("the power went")))
        with pytest.raises(Refused):
            over(court, text, KEPT)
    generation = court.zone.opened.store.generation
    assert [(one.mark, one.key) for one in kept(court)] == [(b"", b"")]
    afterwards.settle(court.zone.opened)
    assert kept(court) == []
    assert court.zone.opened.store.generation > generation


def test_the_clock_makes_it_ready(court: Court) -> None:
    text = searched(court)
    court.zone.clock.now = text.limits.secrecy_end
    retention.tick(court.zone.opened)
    assert len(told(court).matters) == 1


def test_of_a_warrant_that_nobody_used_nothing_is_told_and_nothing_kept(court: Court) -> None:
    text = court.approved()
    name(court, text)
    over(court, text)
    assert kept(court) == []
    assert told(court).matters == ()


def test_a_secrecy_that_was_narrowed_ends_earlier(court: Court) -> None:
    text = court.approved()
    name(court, text)
    limits = replace(text.limits, secrecy_end=text.limits.expires)
    narrow = replace(text, number=2, narrowed_from=records.digest(text), limits=limits)
    court.file(narrow)
    court.say("supervisor-1", narrow)
    court.say("court-b/judge-1", narrow)
    court.tell()
    court.search(narrow)
    over(court, narrow)
    assert [one.matter for one in told(court).matters] == [text.warrant]


def test_what_does_not_fit_is_told_when_it_is_asked_for(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    court.tell()
    text = court.approved()
    name(court, text)
    court.search(text)
    monkeypatch.setattr(afterwards, "MOST_ENTRIES", 3)
    over(court, text)
    (one,) = told(court).matters
    assert (len(one.entries), one.whole, told(court).left, told(court, skip=1).matters) == (3, True, 0, ())


def refused(court: Court, reason: str, act: Any, kind: type[CountenanceError] = Refused) -> None:
    before = kept(court)
    with pytest.raises(kind, match=reason):
        act()
    assert kept(court) == before


def test_only_its_requester_states_whom_a_warrant_looks_for(court: Court) -> None:
    text = court.approved()
    for who in ("officer-2", "supervisor-1", CLERK):
        refused(court, "by nobody else", lambda who=who: name(court, text, who))


def test_at_most_four_documents_and_none_once_it_is_over(court: Court) -> None:
    text = court.approved()
    for _ in range(MOST_DOCUMENTS):
        name(court, text)
    refused(court, "no more are kept", lambda: name(court, text))
    court.zone.clock.now = text.limits.secrecy_end
    refused(court, "no secret any more", lambda: name(court, text))


def test_only_clerks_ask(court: Court) -> None:
    for who in ("officer-1", "supervisor-1", "reviewer-1", "operator-1"):
        refused(court, "clerk", lambda who=who: put(court, who=who))


def test_a_document_is_sealed_by_who_asks_and_spelled_in_one_way(court: Court) -> None:
    opened = court.zone.opened
    foreign = sealed(opened, "clerk-2", MINE)
    refused(court, "for somebody", lambda: court.ask(CLERK, Verb.AFTERWARDS, Shown(*foreign)))
    loose = Document(DocumentKind.PASSPORT, "UTO", "l898902c3")
    refused(court, "spelled", lambda: put(court, loose))
    nothing = Document(DocumentKind.PASSPORT, "", "")
    refused(court, "name a passport", lambda: put(court, nothing), Malformed)


def test_the_key_of_an_hour_opens_it_two_days_and_no_longer(court: Court) -> None:
    opened = court.zone.opened
    recorded = shown(opened, CLERK)
    court.zone.clock.now += 50 * MILLISECONDS_AN_HOUR
    retention.tick(opened)
    refused(court, "destroyed", lambda: court.ask(CLERK, Verb.AFTERWARDS, recorded))


def test_a_clerk_and_a_day_have_so_many_asks(court: Court) -> None:
    for _ in range(CLERK_CAP):
        put(court, OTHERS)
    refused(court, "as a day allows", lambda: put(court, OTHERS))
    # Refused is an entry, too, and a made-up number is no way round the cap.
    assert court.zone.last(Kind.REFUSED).facts
    for _ in range(DAILY_CAP - CLERK_CAP):
        questions.spent(court.zone.opened, "afterwards", DAILY_CAP)
    refused(court, "as a day allows", lambda: put(court, OTHERS, "clerk-2"))
    court.zone.clock.now += DAY
    assert told(court, OTHERS).matters == ()


@pytest.mark.parametrize("what", ["word", "deployment", "entry", "other"])
def test_what_was_told_cannot_be_changed(court: Court, what: str) -> None:
    text = searched(court)
    over(court, text)
    word = records.read(Signed, put(court)["told"].strip().encode())
    said = records.read(Told, word.body)
    (one,) = said.matters
    changed = {
        "word": replace(said, document=OTHERS),
        "deployment": replace(said, deployment="another"),
        "entry": replace(said, matters=(replace(one, entries=one.entries[1:]),)),
        "other": replace(said, matters=(replace(one, matter="0" * 16),)),
    }[what]
    with pytest.raises(Tampered):
        telling.check(records.write(replace(word, body=records.write(changed))), court.zone.genesis)
    signing = court.zone.opened.signing
    if what != "word":
        # Not even where the custodian's own key signed it.
        again = replace(word, body=records.write(changed), signature=signing.sign(records.write(changed)))
        with pytest.raises(Tampered):
            telling.check(records.write(again), court.zone.genesis)


def test_somebody_else_walks_past_all_the_same(court: Court) -> None:
    court.pass_by(unit(3))
    text = searched(court)
    over(court, text)
    assert told(court, OTHERS).matters == ()
