"""Which witnesses a log has, and how many must cosign before an answer leaves: as its own entries say, and only so.

The custodian and the auditors read the same entries: there is no other list that could say something else.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from countenance.errors import Malformed, Tampered
from countenance.log.cosignature import of_witness
from countenance.vocabulary.entries import Cosignature, Entry, Kind, Witness


@dataclass(frozen=True, slots=True)
class Standing:
    """Witnesses now, by name, and how many of their organisations must have cosigned. All of the log so far."""

    witnesses: tuple[Witness, ...] = ()
    required: int = 0

    def named(self, name: str) -> Witness | None:
        """The witness of that name, if it stands."""
        return next((one for one in self.witnesses if one.name == name), None)

    def after(self, entry: Entry) -> "Standing":
        """What stands after `entry`. One that says nothing of witnesses changes nothing."""
        facts = dict(entry.facts)
        if entry.kind is Kind.WITNESSES_REQUIRED:
            return Standing(self.witnesses, _whole(facts.get("required", "")))
        if entry.kind is not Kind.WITNESS:
            return self
        others = tuple(one for one in self.witnesses if one.name != facts.get("witness"))
        if facts.get("change") != "added":
            return Standing(others, self.required)
        new = Witness(
            facts.get("witness", ""), facts.get("organisation", ""), facts.get("url", ""), _hex(facts.get("key", ""))
        )
        return Standing((*others, new), self.required)


def standing(entries: Iterable[Entry]) -> Standing:
    """What the entries of a log, from the first on, leave standing."""
    now = Standing()
    for entry in entries:
        now = now.after(entry)
    return now


def cosignatures(note: str, witnesses: Iterable[Witness]) -> tuple[tuple[Cosignature, ...], tuple[str, ...]]:
    """Those of `witnesses` that stand in `note`, and the names of those whose line there does not verify."""
    found, wrong = [], []
    for witness in witnesses:
        try:
            if (line := of_witness(note, witness.name, witness.key)) is not None:
                found.append(line)
        except (Malformed, Tampered):
            wrong.append(witness.name)
    return tuple(found), tuple(wrong)


def organisations(found: Iterable[Cosignature], witnesses: Iterable[Witness]) -> frozenset[str]:
    """Of which organisations the cosignatures are: two witnesses of one organisation are one witness."""
    homes = {one.name: one.organisation for one in witnesses}
    return frozenset(homes[line.witness] for line in found if line.witness in homes)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
