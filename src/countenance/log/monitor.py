"""Follow a log: does what it shows now extend what it showed before? Needs no key, and keeps less than a kilobyte.

The rules, by the name that a report gives them:

signature   there is a checkpoint, and the log's key signed it.
rollback    it is not smaller than the one seen before.
fork        it extends the one seen before: the same root at the same size, and what is new leads on from there.
tiles       entries and hashes agree with each other, as far as they are new.
preimages   each new entry has its sealed preimage.
witnesses   a named witness's cosignature verifies, and as many as required are there.
time        a cosignature is not of the future, and the log has grown within three ticks.

What breaks `signature`, `rollback`, `fork` or `tiles` is not remembered: the next round compares with what was good.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from countenance.errors import Malformed, Tampered
from countenance.log import tiles, witnesses
from countenance.log.checkpoint import read_note
from countenance.log.merkle import EMPTY_ROOT, Frontier, leaf_hash
from countenance.log.note import VerifierKey
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Checkpoint, Witness
from countenance.vocabulary.moments import Moment

STALE = 3 * 15 * 60 * 1000
"""Milliseconds without growth: three ticks. A custodian that is locked does not tick, and that is worth knowing too."""
AHEAD = 5 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """What a monitor remembers: the newest good checkpoint, the hashes of its subtrees, and when it first saw it."""

    origin: str
    key: bytes
    size: int = 0
    root: bytes = EMPTY_ROOT
    peaks: tuple[bytes, ...] = ()
    note: str = ""
    since: Moment = 0


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that the log breaks."""

    rule: str
    what: str


@dataclass(frozen=True, slots=True)
class Round:
    """One look at the log. `after`: what to remember; `note`: what was shown, evidence if a rule is broken."""

    size: int
    grown: int
    cosigned: tuple[str, ...]
    broken: tuple[Broken, ...]
    after: Seen
    note: str


def begin(genesis: Genesis) -> Seen:
    """What a monitor remembers of a log that it has not seen yet."""
    return Seen(genesis.log_origin, genesis.log_key)


def follow(
    fetch: Callable[[str], bytes | None],
    before: Seen,
    named: Sequence[VerifierKey],
    *,
    required: int,
    now: Moment,
) -> Round:
    """Look at the log once.

    `fetch`: a file of it by path, or None; `named`: witnesses; `required`: how many of them must have cosigned.
    """
    data = fetch("checkpoint") or b""
    note = data.decode("utf-8", errors="replace")
    try:
        head = read_note(note, before.origin, before.key)
    except (Malformed, Tampered) as error:
        what = str(error) if data else "there is no checkpoint"
        return Round(before.size, 0, (), (Broken("signature", what),), before, note)
    broken, after = _extended(fetch, before, head, now)
    cosigned, wrong = _cosigned(note, named, required, now)
    broken += wrong
    if after.size == before.size and before.note and now - before.since > STALE:
        minutes = (now - before.since) // 60_000
        broken.append(
            Broken("time", f"the log has not grown for {minutes} minutes: the custodian is locked or stopped")
        )
    return Round(head.size, max(0, head.size - before.size), cosigned, tuple(broken), after, note)


def _extended(
    fetch: Callable[[str], bytes | None], before: Seen, head: Checkpoint, now: Moment
) -> tuple[list[Broken], Seen]:
    if head.size < before.size:
        return [Broken("rollback", f"the log has {head.size} entries, and had {before.size}")], before
    if head.size == before.size:
        same = head.root == before.root
        return ([] if same else [Broken("fork", f"there are two logs of {head.size} entries")]), before
    broken: list[Broken] = []
    frontier = Frontier(before.size, before.peaks)
    for number in range(before.size // tiles.WIDTH, -(-head.size // tiles.WIDTH)):
        width = min(tiles.WIDTH, head.size - number * tiles.WIDTH)
        leaves = tiles.leaves_in(tiles.piece(fetch, "entries", number, width) or b"", width)
        place = tiles.damage(fetch, head.size, number)
        if place:
            rule = "preimages" if place.startswith("preimages") else "tiles"
            broken.append(Broken(rule, f"{place} is missing or damaged"))
        if leaves is None:
            return broken, before
        for data in leaves[max(0, before.size - number * tiles.WIDTH) :]:
            frontier.append_hash(leaf_hash(data))
    if frontier.root() != head.root:
        return [*broken, Broken("fork", "the log does not extend the one seen before: it was rewritten")], before
    good = not any(one.rule == "tiles" for one in broken)
    after = Seen(before.origin, before.key, head.size, head.root, tuple(frontier.peaks), head.note, now)
    return broken, after if good else before


def _cosigned(
    note: str, named: Sequence[VerifierKey], required: int, now: Moment
) -> tuple[tuple[str, ...], list[Broken]]:
    found, wrong = witnesses.cosignatures(note, [Witness(one.name, one.name, "", one.public) for one in named])
    broken = [Broken("witnesses", f"the cosignature of {name} does not verify") for name in wrong]
    broken += [
        Broken("time", f"the cosignature of {line.witness} is of the future")
        for line in found
        if line.made > now + AHEAD
    ]
    if len(found) < required:
        broken.append(Broken("witnesses", f"{len(found)} of {required} cosignatures are under the checkpoint"))
    return tuple(line.witness for line in found), broken
