"""Witnesses: outsiders who are shown checkpoints, and without whom, where the deployment says so, no answer leaves.

Invariants:

* Who is a witness, and how many are required, is an entry before it counts. Nothing else says so.
* Nobody is asked under the store's lock; one round at a time, a thread a witness, a few seconds at most.
* A cosignature is kept before it is counted. Two witnesses of one organisation count once.
* A custodian stays locked if its log does not extend one that was cosigned, or if its clock is before a cosignature's.

Witnesses learn origin, size, root and the times at which they are asked. A witness can withhold, and so stop answers
where it is required, and can claim a longer log, and so keep a custodian locked while it is connected: never more.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.log import asking, note
from countenance.log.cosignature import joined
from countenance.log.sequencer import Sequencer
from countenance.log.witnesses import Standing, organisations
from countenance.vocabulary.assurance import Assurance, level
from countenance.vocabulary.entries import Checkpoint, Cosignature, Kind, Proof, Witness
from countenance.vocabulary.moments import Moment
from countenance.vocabulary.warrants import Role
from countenance.zones.custodian import roster
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.store import Store

MOST_WITNESSES = 8
AHEAD = 5 * 60 * 1000
"""Milliseconds by which a witness's clock may be ahead of the custodian's."""
PATIENCE = 3 * asking.TIMEOUT_SECONDS


Said = tuple[Witness, Cosignature | CountenanceError]


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The newest checkpoint that a witness (the key) cosigned. `made`: by its clock; `line`: of the note."""

    size: int
    root: bytes
    made: Moment
    line: str


MOST_ALARMS = 100
"""Alarms of one sort between two openings."""


def add(opened: Opened, witness: Witness) -> int:
    """Accept a witness; the entry. Raises Malformed for what cannot be one, Refused for one that is not an outsider."""
    note.check_name(witness.name)
    asking.check_url(witness.url)
    if (
        len(witness.key) != note.KEY
        or not witness.organisation.strip()
        or len(witness.organisation) > note.LONGEST_NAME
    ):
        raise Malformed("a witness has an organisation and a key of 32 bytes: give what 'witness init' printed")
    with opened.lock:
        standing = opened.desk.standing
        if standing.named(witness.name) or any(one.key == witness.key for one in standing.witnesses):
            raise Refused("there is a witness of that name or key: remove it first")
        if len(standing.witnesses) >= MOST_WITNESSES:
            raise Refused(f"a log has at most {MOST_WITNESSES} witnesses: remove one first")
        own = {
            one.person.organisation
            for one in roster.members(opened)
            if not one.revoked and Role.OFFICER in one.person.roles
        }
        if witness.organisation in own:
            raise Refused("a witness is of another organisation than those who search: ask an outsider")
        facts = {
            "witness": witness.name,
            "organisation": witness.organisation,
            "url": witness.url,
            "key": witness.key.hex(),
            "change": "added",
        }
        # What another key said under this name is not this witness's word.
        opened.store.drop(Cosigned, witness.name)
        return _say(opened, Kind.WITNESS, facts)


def remove(opened: Opened, name: str) -> int:
    """Ask this witness no more; the entry. Raises Refused if there is none, or if too few would be left."""
    with opened.lock:
        standing = opened.desk.standing
        if standing.named(name) is None:
            raise Refused("there is no witness of that name: 'countenance log witness list' shows them")
        left = {one.organisation for one in standing.witnesses if one.name != name}
        if len(left) < standing.required:
            raise Refused("fewer witnesses would be left than are required: add another, or require fewer first")
        opened.store.drop(Cosigned, name)
        return _say(opened, Kind.WITNESS, {"witness": name, "change": "removed"})


def require(opened: Opened, required: int) -> int:
    """How many organisations must have cosigned before an answer leaves; the entry. Raises Refused if fewer stand."""
    with opened.lock:
        if not 0 <= required <= len({one.organisation for one in opened.desk.standing.witnesses}):
            raise Refused("fewer organisations witness this log: add witnesses first")
        return _say(opened, Kind.WITNESSES_REQUIRED, {"required": str(required)})


def kept(opened: Opened) -> list[tuple[Witness, Cosigned | None]]:
    """Every witness that stands, and what it cosigned last."""
    return [(one, opened.store.get(Cosigned, one.name)) for one in opened.desk.standing.witnesses]


def cover(opened: Opened, entry: int) -> None:
    """Return when enough witnesses have cosigned a log that holds `entry`; else raise Unavailable. Not under a lock."""
    if _enough(opened, entry):
        return
    with opened.desk.asking:
        if not _enough(opened, entry):
            gather(opened, opened.sequencer.checkpoint(), least=opened.desk.standing.required)
    if not _enough(opened, entry):
        raise Unavailable(
            f"fewer than {opened.desk.standing.required} organisations' witnesses have cosigned the log: "
            "nothing has left; try again when they answer"
        )


def proof(opened: Opened, entry: int) -> Proof:
    """That `entry` is in the log, by the checkpoint over it that most witnesses cosigned, with their lines."""
    sizes = [one.size for _, one in kept(opened) if one is not None and one.size > entry]
    if not sizes:
        return opened.sequencer.prove(entry)
    size = max(sizes, key=lambda one: (sizes.count(one), one))
    bare = opened.sequencer.prove(entry, size)
    return Proof(bare.index, bare.hashes, with_lines(opened, bare.checkpoint, size))


def with_lines(opened: Opened, text: str, size: int) -> str:
    """The note over `size` entries with the cosignatures that are kept of just that size."""
    return joined(text, [one.line for _, one in kept(opened) if one is not None and one.size == size])


def show(opened: Opened) -> None:
    """Show the newest checkpoint to whom it is new. Not under a lock."""
    with opened.desk.asking:
        gather(opened, opened.sequencer.checkpoint())


def assurance(opened: Opened, published: int) -> tuple[Assurance, tuple[str, ...]]:
    """The deployment's level, and the witnesses that have cosigned all that is `published`."""
    lines = [
        Cosignature(one.name, had.made, had.line) for one, had in kept(opened) if had and had.size >= published > 0
    ]
    homes = organisations(lines, opened.desk.standing.witnesses)
    return level(opened.genesis.assurance, len(homes)), tuple(line.witness for line in lines)


def gather(opened: Opened, head: Checkpoint, *, least: int = MOST_WITNESSES) -> None:
    """Ask every witness that has not cosigned `head` yet, and keep what they say. Hold `desk.asking`, no other lock.

    `least`: organisations after which nobody is waited for: a witness that is slow holds up no answer.
    """
    asked = [(one, had) for one, had in kept(opened) if had is None or had.size < head.size]
    if not asked:
        return
    standing = opened.desk.standing.witnesses

    def enough(said: Sequence[Said]) -> bool:
        return len(organisations([one for _, one in said if isinstance(one, Cosignature)], standing)) >= least

    said = _round(opened.sequencer, head, asked, enough)
    now = opened.clock()
    for witness, answer in said:
        if isinstance(answer, Tampered):
            alarm(opened, f"witness {witness.name}", str(answer))
        elif isinstance(answer, Cosignature):
            if answer.made > now + AHEAD:
                alarm(opened, f"witness {witness.name}", "its clock is ahead of the custodian's")
            else:
                _keep(opened, witness, Cosigned(head.size, head.root, answer.made, answer.line))


def check_start(store: Store, sequencer: Sequencer, standing: Standing, now: Moment) -> None:
    """Raise Tampered if the log does not extend what was cosigned, Unavailable if the clock is before a cosignature.

    What was kept counts, and what witnesses that can be reached say now.
    """
    head = sequencer.checkpoint()
    # All that were kept: a log cut back to before a witness was added does not name it any more.
    before = dict(store.all(Cosigned))
    for name, had in before.items():
        if had.size > head.size or sequencer.checkpoint(had.size).root != had.root:
            raise Tampered(f"the log is not the one that witness {name} cosigned; restore the newest copy")
        check_time(name, had.made, now)
    for witness, answer in _round(sequencer, head, [(one, before.get(one.name)) for one in standing.witnesses]):
        if isinstance(answer, Tampered):
            raise answer
        if isinstance(answer, Cosignature):
            check_time(witness.name, answer.made, now)
            store.put(Cosigned(head.size, head.root, answer.made, answer.line), witness.name)


def alarm(opened: Opened, about: str, what: str) -> None:
    """An entry that something outside is wrong with the log; once an opening about the same.

    At most MOST_ALARMS an opening of one sort, the first word of `about`: whoever reaches the relay socket can say that
    the public copy is damaged, and must leave room for what witnesses say.
    """
    with opened.lock:
        sort = about.split(" ", 1)[0]
        same = sum(one.split(" ", 1)[0] == sort for one in opened.desk.accused)
        if about not in opened.desk.accused and same < MOST_ALARMS:
            opened.desk.accused.add(about)
            opened.sequencer.append(Kind.LOG_ALARMED, {"about": about, "what": what[:500]})


def _keep(opened: Opened, witness: Witness, said: Cosigned) -> None:
    with opened.lock:
        # It may have been removed, or another added under its name, while it was asked.
        if opened.desk.standing.named(witness.name) == witness:
            opened.store.put(said, witness.name)


def _say(opened: Opened, kind: Kind, facts: dict[str, str]) -> int:
    entry = opened.sequencer.append(kind, facts)
    opened.desk.standing = opened.desk.standing.after(opened.sequencer.entry(entry))
    return entry


def _enough(opened: Opened, entry: int) -> bool:
    standing = opened.desk.standing
    if not standing.required:
        return True
    covering = [Cosignature(one.name, had.made, had.line) for one, had in kept(opened) if had and had.size > entry]
    return len(organisations(covering, standing.witnesses)) >= standing.required


def check_time(name: str, made: Moment, now: Moment) -> None:
    """Raise Unavailable if `now` is before what a witness says."""
    if now + AHEAD < made:
        raise Unavailable(
            f"the clock is behind what witness {name} says; set it, or disconnect that witness if it is wrong"
        )


def _round(
    sequencer: Sequencer,
    head: Checkpoint,
    asked: Sequence[tuple[Witness, Cosigned | None]],
    enough: Callable[[Sequence[Said]], bool] = lambda _: False,
) -> list[Said]:
    """Ask all at once and wait until all have answered, or `enough` have, or a while has passed."""
    answers: SimpleQueue[Said] = SimpleQueue()

    def one(witness: Witness, old: int) -> None:
        try:
            prove = partial(_proved, sequencer, head)
            answers.put((witness, asking.cosigned(witness, head, old, prove)))
        except CountenanceError as error:
            answers.put((witness, error))

    for witness, had in asked:
        old = min(had.size, head.size) if had else 0
        threading.Thread(target=one, args=(witness, old), name="witness", daemon=True).start()
    said: list[Said] = []
    until = time.monotonic() + PATIENCE
    while len(said) < len(asked) and not enough(said):
        try:
            said.append(answers.get(timeout=max(0.0, until - time.monotonic())))
        except Empty:
            break
    return said


def _proved(sequencer: Sequencer, head: Checkpoint, old: int) -> tuple[bytes, ...]:
    return sequencer.consistency(old, head.size)
