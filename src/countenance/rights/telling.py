"""Telling: what the custodian told somebody who was searched or watched for, checked by anybody, offline.

The procedure (the numbers are in the code):

1. The deployment's log key signed it, for this deployment.
2. Every entry of every matter is in that log, in order, and is of that matter and no other.
3. A matter begins with its draft, and somebody was searched or watched for: it was authorised.

From when until when, how many searches there were and how many candidates, is what the entries say. Whose document it
is about, the ground, and how many candidates were confirmed, is the custodian's word.
"""

from dataclasses import dataclass

from countenance.crypto import verify
from countenance.errors import Tampered
from countenance.formats import records
from countenance.log.trail import Line, Trail
from countenance.vocabulary.afterwards import Matter, Told
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.requests import Signed

_BEGINS = (Kind.DRAFTED, Kind.NARROWED)


@dataclass(frozen=True, slots=True)
class Shown:
    """One matter, proved. `start`, `end`: from its first search or the list's begin to the last that is said of it.

    `found`: how many candidates, a search.
    """

    matter: Matter
    start: Moment
    end: Moment
    searches: int
    found: tuple[int, ...]


def check(data: bytes, genesis: Genesis) -> tuple[Told, tuple[Shown, ...]]:
    """What was told, and each matter as its entries say. Raises Tampered, with what does not hold; Malformed."""
    word = records.read(Signed, data)
    verify.verify(genesis.log_key, word.body, word.signature)  # (1)
    said = records.read(Told, word.body)
    if said.deployment != genesis.deployment:
        raise Tampered("this was told by another deployment: take its own genesis record")
    return said, tuple(_shown(one, genesis) for one in said.matters)


def _shown(one: Matter, genesis: Genesis) -> Shown:
    trail = Trail.of(genesis, one.entries)  # (2)
    if any(line.facts.get("warrant") != one.matter for line in trail.entries):
        raise Tampered("an entry beside this matter is another's")
    if not trail.entries or trail.entries[0].kind not in _BEGINS:  # (3)
        raise Tampered("this matter does not begin with its draft")
    begun = trail.first(Kind.AUTHORISED)
    done = tuple(line for line in trail.entries if line.kind is Kind.DELIVERED)
    return Shown(
        matter=one,
        start=begun.made,
        end=trail.entries[-1].made,
        searches=0 if one.listed else sum(1 for _ in trail.all(Kind.AUTHORISED)),
        found=() if one.listed else tuple(_candidates(line) for line in done),
    )


def _candidates(line: Line) -> int:
    said = line.facts.get("candidates", "")
    return int(said) if said.isdigit() else 0
