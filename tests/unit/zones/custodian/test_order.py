"""The order of an act: admitted, frozen or not, authorised, an entry, witnesses, answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from countenance.channel.message import Message
from countenance.errors import Refused, Unavailable
from countenance.formats import records
from countenance.vocabulary.acts import Named, Verb
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import acts, freezing, retrieval, service, witnesses
from countenance.zones.custodian.budgets import Spent
from countenance.zones.custodian.freezing import Cause
from simulator.court import Court, sitting
from simulator.people import SUBJECT, limits
from simulator.witness import admitted, made, serving
from unit.zones.custodian.test_witnesses import Behind


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        court.pass_by(SUBJECT)
        court.tell()
        yield court


def test_who_was_frozen_gets_no_answer_that_witnesses_held_up(court: Court, tmp_path: Path) -> None:
    opened, handlers = court.zone.opened, service.handlers(Behind(court.zone), tmp_path / "evidence")
    text = court.approved(limits=limits(uses=1))
    this = made(tmp_path / "w", "w.example", court.zone.genesis, court.zone.clock)
    with serving(this) as url:
        admitted(opened, this, url)
        witnesses.require(opened, 1)
        letter = court.letter("officer-1", Verb.SEARCH, Named(text.warrant, text.number, records.digest(text)))
        asked = Message("search.begin", {}, (letter.sealed, *court.filed[text.warrant, 1][:2]))
        begun = handlers["search.begin"](asked)
        products = court.products(court.named(begun))
        place = url
    question = Message("search.finish", {"search": begun.body["search"], "missing": []}, (products,))
    with pytest.raises(Unavailable, match="nothing has left"):
        handlers["search.finish"](question)
    freezing.freeze(opened, "officer-1", Cause.BUDGET, {}, of=-1)
    with serving(this, place), pytest.raises(Refused, match="frozen"):
        handlers["search.finish"](question)
    assert Kind.DELIVERED not in court.zone.kinds()


def test_while_witnesses_are_away_nothing_is_counted_and_nobody_frozen(court: Court, tmp_path: Path) -> None:
    opened, handlers = court.zone.opened, service.handlers(Behind(court.zone), tmp_path / "evidence")
    text = court.approved()
    this = made(tmp_path / "w", "w.example", court.zone.genesis, court.zone.clock)
    with serving(this) as url:
        admitted(opened, this, url)
    witnesses.require(opened, 1)
    letter = court.letter("officer-1", Verb.SEARCH, Named(text.warrant, text.number, records.digest(text)))
    asked = Message("search.begin", {}, (letter.sealed, *court.filed[text.warrant, 1][:2]))
    for _ in range(5):
        with pytest.raises(Unavailable, match="cosigned"):
            handlers["search.begin"](asked)
    assert opened.store.count(Spent) == 0
    assert court.frozen() == {}
    assert Kind.AUTHORISED not in court.zone.kinds()


def test_a_frozen_person_is_refused_before_anything_is_looked_at(court: Court) -> None:
    opened = court.zone.opened
    freezing.freeze(opened, "officer-1", Cause.BUDGET, {}, of=-1)
    # A text that no warrant is: whoever is not frozen is told so.
    letter = court.letter("officer-1", Verb.SEARCH, Named("0" * 16, 1, bytes(32)))
    with pytest.raises(Refused, match="frozen"):
        retrieval.begin(opened, Message("search.begin", {}, (letter.sealed,)))
    letter = court.letter("officer-1", Verb.WARRANTS, Named("0" * 16, 1, bytes(32)))
    with pytest.raises(Refused, match="frozen"):
        acts.answer(opened, Message("ask", {}, (letter.sealed,)))
