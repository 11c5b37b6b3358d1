"""What the log's entries about one warrant say, as events a reader can follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from countenance.formats import records
from countenance.vocabulary.disclosures import Instructions
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.warrants import Warrant


@dataclass(frozen=True, slots=True)
class Event:
    """One entry in plain words. `index`: its place in the log; `who`: a person and organisation, or the system."""

    made: Moment
    index: int
    who: str
    what: str


def events(told: Instructions, warrant: Warrant) -> tuple[Event, ...]:
    """The entries in order of the log; `warrant` says who narrowed. Raises Malformed for an entry that is none."""
    homes = {person.name: person.organisation for person in told.persons}
    found = []
    for logged in told.entries:
        entry = records.read(Entry, logged.preimage.entry)
        facts = dict(entry.facts)
        name = facts.get("person") or facts.get("requester", "")
        if entry.kind is Kind.NARROWED and facts.get("number") == str(warrant.number):
            name = warrant.narrowed_by or name
        who = f"{name} ({homes[name]})" if name in homes else name or "the custodian"
        found.append(Event(entry.made, logged.proof.index, who, _what(entry.kind, facts)))
    return tuple(sorted(found, key=lambda event: event.index))


def _what(kind: Kind, facts: Mapping[str, str]) -> str:
    words = _WORDS.get(kind)
    return words(facts) if words else kind.value.replace("-", " ")


def _authorised(facts: Mapping[str, str]) -> str:
    acts = {
        "search": "was allowed to search under the warrant",
        "still": "was allowed to look at a candidate",
        "disclosure": "was allowed this disclosure",
    }
    return acts.get(facts.get("act", ""), "was authorised")


def _delivered(facts: Mapping[str, str]) -> str:
    if facts.get("act") != "search":
        return "delivered what was authorised"
    missing = facts.get("incomplete", "0")
    rest = "" if missing in ("", "0") else f"; {missing} parts of the scope could not be searched"
    return f"compared {facts.get('rows', '?')} sightings, found {facts.get('candidates', '?')} candidates{rest}"


def _reviewed(facts: Mapping[str, str]) -> str:
    outcome = facts.get("outcome", "")
    return f"the verdicts are in: {outcome}" if outcome else "gave a verdict, sealed until all were in"


_WORDS: Mapping[Kind, Callable[[Mapping[str, str]], str]] = {
    Kind.GENESIS: lambda _: "the deployment was founded",
    Kind.DRAFTED: lambda facts: f"asked for the search (version {facts.get('number', '1')} of the warrant)",
    Kind.NARROWED: lambda facts: f"narrowed the warrant to version {facts.get('number', '?')}",
    Kind.APPROVED: lambda _: "read the warrant and approved it",
    Kind.DECLINED: lambda _: "read the warrant and declined",
    Kind.READ: lambda _: "read the warrant",
    Kind.AUTHORISED: _authorised,
    Kind.DELIVERED: _delivered,
    Kind.REVIEWED: _reviewed,
    Kind.MIGRATED: lambda facts: f"made templates of {facts.get('camera', '?')} anew by another extractor",
    Kind.CALIBRATION: lambda _: "how often strangers reach a threshold was set: see the known errors",
    Kind.OUTCOME_UNKNOWN: lambda _: "the process stopped before it could say what became of this",
}
