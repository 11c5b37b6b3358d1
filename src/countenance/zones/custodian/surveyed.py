"""Surveyed: results of a survey, as an operator publishes them, kept for the register and never changed.

Invariants:

* Publishing is an entry with the results' digest before they are kept, in the operator's name. What was published
  stays; a correction is published besides.
* The register shows what the entry has the digest of, or the digest alone: where a store was restored from before the
  entry, or changed. The same results can be published once more.

The custodian vouches for who said what, and when; not that it is so: it has no answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.surveyed import LONGEST, Reported, Results
from countenance.vocabulary.warrants import Role
from countenance.zones.custodian import edges, roster
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.requests import Admitted
from countenance.zones.custodian.ticks import CLASS

ALL = 8 * 1024 * 1024
"""Bytes of all that is published: a record of all of them still is one that can be read."""


@dataclass(frozen=True, slots=True)
class SurveyResults:
    """Results that were published (key: their digest, hex)."""

    results: Results


def publish(opened: Opened, admitted: Admitted) -> dict[str, Json]:
    """PUBLISH by an operator. Raises Malformed for results too long, Refused for the same ones again and too many."""
    roster.require(admitted.person, Role.OPERATOR)
    if len(admitted.ask.body) > LONGEST:
        raise Malformed(f"results have at most {LONGEST // 1024} kB: ask fewer questions, or shorter ones")
    given = records.read(Results, admitted.ask.body)
    edges.checked_name(given.survey)
    digest = records.digest(given).hex()
    with opened.lock:
        if opened.store.get(SurveyResults, digest) is not None:
            raise Refused("these very results are published already: the register shows them")
        kept = sum(len(records.write(one.results)) for _, one in opened.store.all(SurveyResults))
        if kept + len(admitted.ask.body) > ALL:
            raise Refused("the register is full, and nothing is ever taken out of it: publish these results elsewhere")
        facts = {
            "survey": given.survey,
            "wave": str(given.method.wave),
            "digest": digest,
            "person": admitted.person.name,
        }
        entry = opened.sequencer.append(Kind.SURVEYED, facts)
        opened.store.put(SurveyResults(given), digest)
        return {"entry": entry, "digest": digest}


def reported(opened: Opened, entries: Mapping[int, Entry]) -> tuple[Reported, ...]:
    """What was published under these entries, oldest first."""
    return tuple(_reported(opened, index, entry) for index, entry in entries.items() if entry.kind is Kind.SURVEYED)


def _reported(opened: Opened, index: int, entry: Entry) -> Reported:
    facts = dict(entry.facts)
    digest = bytes.fromhex(facts["digest"])
    kept = opened.store.get(SurveyResults, facts["digest"])
    results = (kept.results,) if kept is not None and records.digest(kept.results) == digest else ()
    return Reported(digest, results, facts["person"], entry.made, index - index % CLASS)
