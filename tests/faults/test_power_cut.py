"""The power fails at any step between a request and its answer: an answer that left has its entry, erased stays erased,
no use comes back, and the custodian opens again.
"""

import copy
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Warrant
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.records import Row
from simulator.court import Court, evidence_process, sitting
from simulator.people import SUBJECT, unit
from simulator.power import Power, recorded

Answers = list[tuple[int, Kind]]


def test_no_answer_without_its_entry(memory: Path, tmp_path: Path) -> None:
    with sitting() as court:
        candidate, other = court.pass_by(SUBJECT), court.pass_by(unit(5))
        court.tell()
        text = court.text()
        court.file(text)
        court.say("supervisor-1", text)
        court.zone.crash()
        power, answers = Power(court.zone.directory), Answers()
        with recorded(power), evidence_process(tmp_path / "evidence"):
            court.zone.open()
            told = partial(left, power, answers)
            lived(court, text, (candidate, other), tmp_path / "evidence", told)
        assert len(answers) == power.answers == 9
        assert len(power.cuts) > 150, len(power.cuts)
        for number, (disk, had) in enumerate(power.cuts):
            zone = copy.copy(court.zone)
            zone.directory, zone._opened = memory / f"{number}", None
            power.restored(disk, zone.directory)
            zone.open()
            entries = list(zone.opened.sequencer.entries())
            for entry, kind in answers[:had]:
                assert entries[entry].kind is kind, number
            searches = [one for one in entries if one.kind is Kind.AUTHORISED and dict(one.facts)["act"] == "search"]
            state = zone.opened.store.get(WarrantState, text.warrant)
            assert state is not None
            assert state.uses_left <= text.limits.uses - len(searches), number
            erased = had == len(answers) or any(one.kind is Kind.ERASED for one in entries)
            assert not erased or other not in {row.sighting for _, row in zone.opened.store.all(Row)}, number
            zone.crash()
            shutil.rmtree(zone.directory)


def left(power: Power, answers: Answers, entry: int, kind: Kind) -> None:
    answers.append((entry, kind))
    power.answers += 1
    power.cut()


def lived(
    court: Court, text: Warrant, sightings: tuple[str, str], evidence: Path, told: Callable[[int, Kind], None]
) -> None:
    """A warrant's life from its last approval to the disclosure; and an erasure."""
    candidate, other = sightings
    told(court.say("court-b/judge-1", text)["entry"], Kind.APPROVED)
    letter, begun = court.begin(text)
    authorised = court.zone.opened.desk.running[str(begun.body["search"])].entry
    told(authorised, Kind.AUTHORISED)
    told(letter.read(court.finish(begun))["entry"], Kind.DELIVERED)
    for name in ("reviewer-1", "reviewer-2"):
        told(court.look(name, text, candidate)["entry"], Kind.DELIVERED)
        court.judge(name, text, candidate)
    told(court.disclose(text, candidate, evidence)[0]["entry"], Kind.DELIVERED)
    asked = court.ask("clerk-1", Verb.RESTRICT, Restriction((other,), "asked"))
    told(asked["entry"], Kind.RESTRICTED)
    order = Order(asked["request"], bytes.fromhex(asked["request"]))
    court.ask("supervisor-1", Verb.ORDER, order)
    receipt = court.ask("court-b/judge-1", Verb.ORDER, order)["receipt"]
    told(receipt["ordered_entry"], Kind.ERASURE_ORDERED)
    told(receipt["erased_entry"], Kind.ERASED)
