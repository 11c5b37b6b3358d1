"""Restoring: from a backup file, its piece and the root's holders to a custodian's directory, or to nothing at all.

The procedure (the numbers are in the code):

1. File, piece and secret open; the backup has not ended.
2. A newer log, if one is brought (the lost custodian's own, or an auditors' export), is signed by the same key and
   begins with the backup's. What lies behind its checkpoint was never told to anybody, and is left.
3. The log is not behind the published one, and is the same.
4. It is not behind what its witnesses cosigned, one of whom must answer if it has any; the clock is before no
   cosignature.
5. What the log says was erased, or restricted, after the backup is erased again; uses spent are spent; the store gets
   another key with a higher number than any erasure in the log names.
6. *Restored* is an entry; then the directory appears, whole.

Without a published copy and without a newer log there is nothing to hold the backup against, and it is refused: the log
of a second or gallery custodian is published nowhere, so a newer one is always brought. What these two repeat besides
is in `second/resuming` and `gallery/ending`. Any step that fails leaves nothing behind. A restored custodian has no
epoch keys, and not the salts of hours that were first leased after the backup: what came in since is lost.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from countenance.durable import files, journal
from countenance.errors import Refused, Tampered, Unavailable
from countenance.log import leaf
from countenance.log import witnesses as of_log
from countenance.log.checkpoint import read_note
from countenance.log.merkle import Tree
from countenance.log.sequencer import Sequencer
from countenance.vocabulary.entries import Checkpoint, Entry, Kind
from countenance.vocabulary.moments import Moment
from countenance.zones.custodian import backup_file, backups, erasure, holding, opening, restricting, witnesses
from countenance.zones.custodian.backup_file import Contents
from countenance.zones.custodian.cases import WarrantState
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.opened import Clock, Opened, Random
from countenance.zones.custodian.records import Place, Restricted, Stage


@dataclass(frozen=True, slots=True, repr=False)
class Brought:
    """What people bring. `file`, `piece`: bytes; `log`: a folder with a newer journal; `published`: a signed note."""

    file: bytes
    piece: bytes
    secret: Secret
    log: Path | None = None
    published: str = ""

    def __repr__(self) -> str:
        return f"Brought({len(self.file)} bytes)"


Also = Callable[[Opened, Sequence[Entry], int], None]


@dataclass(frozen=True, slots=True)
class Which:
    """Which custodian of a deployment. `name`: what its deployment's name ends with; empty for the first.

    `also`: what it repeats besides, of all entries of the log and how many of them the backup had.
    """

    name: str
    also: Also


FIRST = Which("", lambda *_: None)


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it. `entries`: of the log now; `repeated`: sightings erased again; `settings`: as backed up."""

    backup: str
    entries: int
    repeated: int
    settings: str


def restore(directory: Path, brought: Brought, which: Which = FIRST, *, clock: Clock, random: Random) -> Restored:
    """Carry out the procedure above; `directory` is new or empty.

    Raises Refused, Tampered, Malformed, Unavailable: then nothing was made.
    """
    if directory.exists() and any(directory.iterdir()):
        raise Refused("a custodian is restored into an empty directory: move away what is in this one")
    contents = backup_file.read(brought.file, brought.piece, brought.secret)  # (1)
    if contents.header.genesis.deployment.partition("/")[2] != which.name:
        raise Refused("this is a backup of another custodian: give --second, --gallery or neither, as for the backup")
    if clock() >= contents.header.until:
        raise Refused("this backup has ended: it is past its date, and nothing may come back from it")
    if brought.log is None and not brought.published:
        raise Refused("a backup is held against a newer log or the published one: name --log or --published")
    files.make_directory(directory.parent)
    staging = Path(tempfile.mkdtemp(prefix=f".{directory.name}.", suffix=".restore", dir=directory.parent))
    try:
        _lay_out(staging, contents)
        if brought.log is not None:
            _take_over(staging, contents, brought.log)  # (2)
        done = _made_good(staging, contents, brought, which, clock=clock, random=random)
        staging.rename(directory)
        files.sync_directory(directory.parent)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return done


def _lay_out(staging: Path, contents: Contents) -> None:
    for name in ("epochs", "log"):
        files.make_directory(staging / name)
    for name, data in contents.files.items():
        if name != "settings":
            files.make_directory((staging / name).parent)
            files.write(staging / name, data)


def _take_over(staging: Path, contents: Contents, log: Path) -> None:
    """Replace the backup's log by the newer one in `log`, as far as its checkpoint goes."""
    genesis = contents.header.genesis
    try:
        note = (log / "checkpoint").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unavailable(
            "the checkpoint of the log that was brought cannot be read; bring the whole folder"
        ) from error
    head = read_note(note, genesis.log_origin, genesis.log_key)
    newer = [data for _, data in zip(range(head.size), journal.contents(log / "journal"), strict=False)]
    tree = _tree(newer)
    own = _tree(list(journal.contents(staging / "log" / "journal")))
    if head.size < own.size:
        raise Refused("the log that was brought is older than the backup's; bring a newer one, or none")
    if tree.size != head.size or tree.root() != head.root:
        raise Tampered("the log that was brought is not the one its checkpoint was made of; bring another copy")
    if tree.root(own.size) != own.root():
        raise Tampered("the log that was brought does not begin with the backup's: it is another log")
    files.destroy(staging / "log" / "journal")
    copy = journal.Journal(staging / "log" / "journal")
    copy.append_many(newer)
    copy.close()
    files.write(staging / "log" / "checkpoint", note.encode())


def _made_good(
    staging: Path, contents: Contents, brought: Brought, which: Which, *, clock: Clock, random: Random
) -> Restored:
    genesis, header = contents.header.genesis, contents.header
    opened, history = opening.load(staging, brought.secret, clock=clock, random=random)
    sequencer, store = opened.sequencer, opened.store
    try:
        if opened.genesis != genesis or opened.root != contents.root:
            raise Tampered("the keys in this backup are not those of its genesis record")
        if any(dict(one.facts).get("backup") == header.backup for one in history if one.kind is Kind.BACKUP_ENDED):
            raise Refused("this backup has ended: its log says so, and nothing may come back from it")
        if brought.published:
            _check_published(sequencer, read_note(brought.published, genesis.log_origin, genesis.log_key))  # (3)
        _check_witnesses(opened, brought.published, now=clock())  # (4)
        count = repeat(opened, history, header.entries)  # (5)
        which.also(opened, history, header.entries)
        facts = {"backup": header.backup, "had": str(header.entries), "repeated": str(count)}
        sequencer.append(Kind.RESTORED, {**facts, "store_generation": str(store.generation)})  # (6)
        settings = contents.files.get("settings", b"").decode(errors="replace")
        return Restored(header.backup, sequencer.size, count, settings)
    finally:
        store.close()
        sequencer.close()


def _check_published(sequencer: Sequencer, head: Checkpoint) -> None:
    if head.size > sequencer.size:
        raise Refused(
            f"the published log has {head.size} entries and this one {sequencer.size}: bring the lost custodian's log "
            "folder, or what 'countenance audit --export' writes with the auditors' key"
        )
    if sequencer.checkpoint(head.size).root != head.root:
        raise Tampered("the published log is another one than this backup's; it may be forked: ask the monitors")


def _check_witnesses(opened: Opened, note: str, *, now: Moment) -> None:
    """Loading has held log and clock against what witnesses say; here what the published note's lines say is."""
    standing, size = opened.desk.standing, opened.sequencer.size
    for line in of_log.cosignatures(note, standing.witnesses)[0] if note else ():
        witnesses.check_time(line.witness, line.made, now)
    known = dict(opened.store.all(witnesses.Cosigned))
    if standing.witnesses and not any(one.name in known and known[one.name].size == size for one in standing.witnesses):
        raise Unavailable("this log has witnesses and none of them answers: a backup is held against what they saw")


def repeat(opened: Opened, history: Sequence[Entry], had: int) -> int:
    """Erase what `history` says was erased or restricted beyond its first `had` entries; how many sightings.

    Raises Refused if an entry does not say which: an older version made it.
    """
    known = dict(opened.store.all(Restricted))
    orders = {index: entry for index, entry in enumerate(history) if entry.kind is Kind.ERASURE_ORDERED}
    erased = {entry.of: index for index, entry in enumerate(history) if entry.kind is Kind.ERASED}
    asked = {dict(entry.facts).get("request", "") for entry in orders.values()}
    gone = {name for name in asked & set(known) if known[name].stage is not Stage.ERASED}
    named = {sighting for name in gone for sighting in known[name].request.sightings}
    named |= _restricted(opened, history, had, ordered={entry.of for entry in orders.values()})
    with opened.store.together():
        erasure.bury(opened, sorted(named))
        _spend(opened, history[had:])
    backups.enforce(opened, history)
    opened.store.replace_key(1 + max(_generation(entry) for entry in history))
    for index, entry in orders.items():
        facts = dict(entry.facts)
        name = facts.get("request", "")
        if index not in erased and (name in gone or index >= had):
            told = {"request": name, "count": facts.get("count", "0"), "store_generation": str(opened.store.generation)}
            erased[index] = opened.sequencer.append(Kind.ERASED, told, of=index)
        if name in gone and index in erased:
            state = replace(known[name], ordered_entry=index)
            erasure.close(opened, name, state, erased[index])
    return len(named)


def _restricted(opened: Opened, history: Sequence[Entry], had: int, *, ordered: Collection[int]) -> set[str]:
    """Sightings that clerks restricted beyond the first `had` entries; not held ones, unless an erasure was ordered.

    `ordered`: the entries of restrictions whose erasure was.
    """
    due: set[str] = set()
    waiting: set[str] = set()
    for index, entry in enumerate(history[had:], had):
        if entry.kind is Kind.RESTRICTED and "provisional" not in dict(entry.facts):
            facts = dict(entry.facts)
            said = facts.get("sightings", "")
            if not said and facts.get("count") != "0":
                raise Refused("the log restricts sightings after this backup without saying which: bring a later one")
            (due if index in ordered else waiting).update(said.split())
    names = {name: restricting.short_hash(opened, name) for name, _ in opened.store.all(Place)}
    held = holding.held(opened)
    return {name for name, short in names.items() if short in due or (short in waiting and name not in held)}


def _spend(opened: Opened, since: Sequence[Entry]) -> None:
    """Uses that were spent after the backup do not come back."""
    facts = [dict(entry.facts) for entry in since if entry.kind is Kind.AUTHORISED]
    spent = Counter(one["warrant"] for one in facts if one.get("act") == "search" and "warrant" in one)
    for warrant, count in spent.items():
        state = opened.store.get(WarrantState, warrant)
        if state is not None:
            opened.store.put(replace(state, uses_left=max(0, state.uses_left - count)), warrant)


def _generation(entry: Entry) -> int:
    said = dict(entry.facts).get("store_generation", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 9 else 0


def _tree(leaves: Sequence[bytes]) -> Tree:
    return Tree(leaf.leaf_data(leaf.from_bytes(data)) for data in leaves)
