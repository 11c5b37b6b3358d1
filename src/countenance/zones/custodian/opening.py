"""Opening: from a locked directory and a secret to an `Opened`, or to nothing at all.

The procedure (the numbers are in the code):

1. The secret opens the root; the root opens the keys; they are the keys of the genesis record.
2. The log verifies against its own last checkpoint, and entry 0 is this genesis. Where a token gave the root, the log
   says that this one may.
3. The store opens and is no older than the log says. The log extends what witnesses cosigned, as far as that is kept
   or a witness can be reached, and the clock is not before a cosignature.
4. *Opened* is an entry, with the kind of secret that did it, and the digest of the approval page that belongs to this
   version.
5. What was authorised and not delivered when the process ended gets *outcome unknown*.
6. What the log says has ended has ended in the store; what shows too many strangers is stopped.
7. Erasures that were ordered and not finished are finished.
8. What is due by retention is dropped.

Where there are two custodians, the first holds `second.json` against what it read there when it was opened first.

If any step fails the custodian stays locked; what the steps before wrote is true and may be repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from countenance.crypto import keypair
from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Tampered, Unavailable
from countenance.formats import records
from countenance.log import calibrations
from countenance.log import witnesses as of_log
from countenance.log.sequencer import Sequencer
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Entry, Kind
from countenance.zones.custodian import (
    backups,
    ended,
    erasure,
    freezing,
    governing,
    holding,
    hsm,
    keys,
    measuring,
    migration,
    retention,
    strangers,
    urgency,
    witnesses,
)
from countenance.zones.custodian.approval_page.page import PINNED
from countenance.zones.custodian.calling import Caller, Line, Own
from countenance.zones.custodian.desk import Desk
from countenance.zones.custodian.genesis import journal_path
from countenance.zones.custodian.keys import CustodianKeys, Secret
from countenance.zones.custodian.opened import Clock, Onward, Opened
from countenance.zones.custodian.pads import Pads
from countenance.zones.custodian.records import OTHER_KEY
from countenance.zones.custodian.store import Random, Store


def genesis_of(directory: Path) -> Genesis:
    """The genesis record in a zone's directory. Raises Unavailable if there is none."""
    try:
        return records.read(Genesis, (directory / "genesis.json").read_bytes())
    except OSError as error:
        raise Unavailable("there is no custodian in this directory: 'countenance init' makes one") from error


@dataclass(frozen=True, slots=True)
class Tools:
    """What an open custodian works with. `pads`: what holds pads; `line`: to the second custodian, if there is one."""

    pads: Pads
    line: Line | None = None


def open_custodian(
    directory: Path, secret: Secret, *, clock: Clock, random: Random, failed: int = 0, tools: "Tools | None" = None
) -> Opened:
    """Carry out the procedure above. `failed`: wrong secrets since the last opening, for the entry.

    `tools`: what it works with; pads of the usual size and no second custodian if not given.

    Raises Refused for a wrong secret, Tampered if anything on disk is not what it should be.
    """
    opened, history = load(directory, secret, clock=clock, random=random, tools=tools or Tools(Pads()))
    try:
        _check_not_older(history, opened.store)
        told = {"failed": str(failed), "by": secret.kind, "page": PINNED}
        opened.sequencer.append(Kind.OPENED, {**told, **opened.store.stand})  # (4)
        _mark_unknown(opened.sequencer, history)  # (5)
        ended.enforce(opened, history)  # (6)
        hsm.enforce(opened, history)
        migration.enforce(opened, history)
        holding.enforce(opened, history)
        governing.enforce(opened, history)
        measuring.enforce(opened, history)
        freezing.enforce(opened, history)
        strangers.enforce(opened, history)
        urgency.settle(opened)
        backups.enforce(opened, history)
        erasure.finish_ordered(opened, history)  # (7)
        retention.tick(opened)  # (8)
    except BaseException:
        opened.store.close()
        opened.sequencer.close()
        raise
    return opened


def load(
    directory: Path, secret: Secret, *, clock: Clock, random: Random, tools: Tools | None = None
) -> tuple[Opened, tuple[Entry, ...]]:
    """Steps 1 to 3, but for the store's age: the custodian, to which nothing was written yet, and its log's entries.

    `tools`: None for one that asks nobody, because it is being restored. Raises Refused, Tampered, Unavailable.
    """
    genesis = genesis_of(directory)
    root, kept = keys.unlock(directory, secret)  # (1)
    signing = _own(genesis, kept)
    sequencer = Sequencer(journal_path(directory), genesis.log_origin, signing, clock, random)  # (2)
    store: Store | None = None
    try:
        history = tuple(sequencer.entries())
        _check_begins(history, genesis)
        if secret.agreed:
            hsm.check(directory, history)
        store = Store.open(directory, root, random)  # (3)
        standing = of_log.standing(history)
        witnesses.check_start(store, sequencer, standing, clock())
        onward, second = Onward(clock, history[-1].made), None
        if tools is not None:
            own = Own(signing, kept.sealing)
            second = _caller(directory, genesis, store, tools=tools, own=own, clock=onward)
        opened = Opened(
            genesis=genesis,
            directory=directory,
            root=root,
            sealing_private=kept.sealing,
            store=store,
            sequencer=sequencer,
            clock=onward,
            random=random,
            lock=store.lock,
            since=onward(),
            signing=signing,
            desk=Desk(standing=standing, calibrations=calibrations.standing(history)),
            pads=Pads() if tools is None else tools.pads,
            second=second,
        )
    except BaseException:
        if store is not None:
            store.close()
        sequencer.close()
        raise
    return opened, history


def _caller(directory: Path, genesis: Genesis, store: Store, *, tools: Tools, own: Own, clock: Clock) -> Caller | None:
    """What asks the second custodian, which is the same as at the first opening; None where there is one custodian."""
    if genesis.custodians == 1:
        return None
    if tools.line is None:
        raise Unavailable("this custodian is one of two: name the second custodian's socket when it is opened")
    try:
        found = records.read(Genesis, (directory / "second.json").read_bytes())
    except OSError as error:
        raise Unavailable("second.json is missing in the custodian's directory; restore it") from error
    known = store.get(Genesis, OTHER_KEY)
    if known is None:
        store.put(found, OTHER_KEY)
    elif known != found:
        raise Tampered("second.json names another second custodian than before; restore the custodian's directory")
    return Caller(found, tools.line, own, clock)


def _own(genesis: Genesis, kept: CustodianKeys) -> SigningKey:
    signing = SigningKey.from_bytes(kept.signing)
    if signing.public != genesis.log_key or keypair.from_private(kept.sealing).public != genesis.custodian_key:
        raise Tampered("the custodian's keys are not those of its genesis record; restore genesis.json")
    return signing


def _check_begins(history: Sequence[Entry], genesis: Genesis) -> None:
    if not history:
        raise Tampered("the custodian's log is empty; restore the custodian's directory")
    first = history[0]
    if first.kind is not Kind.GENESIS or dict(first.facts).get("digest") != records.digest(genesis).hex():
        raise Tampered("the log begins with another genesis than genesis.json; restore the custodian's directory")


def _check_not_older(history: Sequence[Entry], store: Store) -> None:
    """A store put back must not bring back what the log says was erased or spent."""
    said = (
        dict(entry.facts)
        for entry in history
        if entry.kind in (Kind.ERASED, Kind.RESTORED) or any(name == "store_generation" for name, _ in entry.facts)
    )
    if _stand(store.stand) < max((_stand(facts) for facts in said), default=(1, 0)):
        raise Tampered("the store is older than its log says; restore the store that belongs to this log")


def _stand(facts: Mapping[str, str]) -> tuple[int, int]:
    try:
        return int(facts["store_generation"]), int(facts.get("store_commits", "0"))
    except (KeyError, ValueError) as error:
        raise Malformed("an entry does not say how the store stood; run 'countenance audit'") from error


def _mark_unknown(sequencer: Sequencer, history: Sequence[Entry]) -> None:
    """Whether an answer left before the process ended cannot be known; that it may have is said."""
    waiting: dict[int, dict[str, str]] = {}
    for index, entry in enumerate(history):
        if entry.kind is Kind.AUTHORISED:
            waiting[index] = dict(entry.facts)
        elif entry.kind in (Kind.DELIVERED, Kind.OUTCOME_UNKNOWN):
            waiting.pop(entry.of, None)
    for index, facts in waiting.items():
        named: dict[str, str] = {name: facts[name] for name in ("warrant", "number", "policy", "act") if name in facts}
        sequencer.append(Kind.OUTCOME_UNKNOWN, named, of=index)
