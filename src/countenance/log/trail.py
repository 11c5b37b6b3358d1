"""Entries that somebody carries with them, proved before they are read. Pure."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from countenance.errors import Tampered
from countenance.formats import records
from countenance.log.checkpoint import read_note
from countenance.log.leaf import leaf_data
from countenance.log.proof import verify_inclusion
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.disclosures import Logged
from countenance.vocabulary.entries import Entry, Kind
from countenance.vocabulary.moments import Moment


@dataclass(frozen=True, slots=True)
class Line:
    """One entry that is in the log. `of`: index of the entry it follows from, or -1."""

    index: int
    kind: Kind
    made: Moment
    of: int
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Trail:
    """Entries in order of the log, every one with a proof that held."""

    entries: tuple[Line, ...]

    @classmethod
    def of(cls, genesis: Genesis, logged: Sequence[Logged]) -> Self:
        """Prove and read `logged`. Raises Tampered for a proof, a signature or an order that does not hold."""
        lines = tuple(_proved(genesis, item) for item in logged)
        for earlier, later in itertools.pairwise(lines):
            if later.index <= earlier.index or later.made < earlier.made:
                raise Tampered("the entries are not in the order of the log, or time goes back in it")
        return cls(lines)

    def all(self, kind: Kind, **facts: str) -> Iterator[Line]:
        """The entries of `kind` that say all of `facts`."""
        for line in self.entries:
            if line.kind is kind and facts.items() <= line.facts.items():
                yield line

    def first(self, kind: Kind, **facts: str) -> Line:
        """The first of `all`. Raises Tampered if there is none."""
        line = next(self.all(kind, **facts), None)
        if line is None:
            raise Tampered(f"the log's entry '{kind.value}' that this needs is not here, or says something else")
        return line

    def last(self, kind: Kind, **facts: str) -> Line:
        """The last of `all`. Raises Tampered if there is none."""
        return [self.first(kind, **facts), *self.all(kind, **facts)][-1]


def _proved(genesis: Genesis, logged: Logged) -> Line:
    checkpoint = read_note(logged.proof.checkpoint, genesis.log_origin, genesis.log_key)
    data = leaf_data(logged.preimage)
    verify_inclusion(data, logged.proof.index, checkpoint.size, logged.proof.hashes, checkpoint.root)
    entry = records.read(Entry, logged.preimage.entry)
    return Line(logged.proof.index, entry.kind, entry.made, entry.of, dict(entry.facts))
