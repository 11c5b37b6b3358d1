"""Genesis: a new custodian, once and for all: keys, store, log, and entry 0 with the digest of the genesis record.

What is decided here stays: `demo` (file keys count as approvals), the quorum, the auditors' key. The auditors' private
key and the shares of the root leave with the return value and are kept nowhere.
"""

from dataclasses import dataclass
from pathlib import Path

from countenance.crypto import keypair
from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.log.sequencer import Sequencer
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Kind
from countenance.warrants import policy as policies
from countenance.warrants import ready
from countenance.zones.custodian import edges, governing, keys
from countenance.zones.custodian.keys import CustodianKeys, Sharing
from countenance.zones.custodian.opened import Clock, Opened
from countenance.zones.custodian.records import EdgeIdentity
from countenance.zones.custodian.store import Random, Store

LEAST_QUORUM = 2
_DEPLOYMENT = 8


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What the founder decides. `secret`: the passphrase, or how to share the root. `probe`: the first edge.

    `policy`: its text; the ready policy `eu` if none is given.
    """

    demo: bool
    quorum: int
    secret: str | Sharing
    probe: EdgeIdentity
    policy: str | None = None

    def __repr__(self) -> str:
        return f"Plan(demo={self.demo}, quorum={self.quorum})"


@dataclass(frozen=True, slots=True, repr=False)
class Founded:
    """What a genesis leaves in the founder's hands. `shares`: empty with a passphrase."""

    genesis: Genesis
    auditors_private: bytes
    shares: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Founded({self.genesis.deployment}, {len(self.shares)} shares)"


def found(directory: Path, plan: Plan, *, clock: Clock, random: Random) -> Founded:
    """Make a custodian in `directory`. Raises Refused if it holds one, Malformed for an impossible plan."""
    if plan.quorum < LEAST_QUORUM:
        raise Malformed(f"a quorum is at least {LEAST_QUORUM} persons")
    if (directory / "genesis.json").exists():
        raise Refused("there is a custodian in this directory already; choose an empty one")
    policy = policies.read(ready.text("eu") if plan.policy is None else plan.policy)
    for name in ("epochs", "log"):
        files.make_directory(directory / name)
    root, signing, sealing, auditors = (
        random(keys.ROOT_BYTES),
        SigningKey.generate(),
        keypair.generate(),
        keypair.generate(),
    )
    deployment = random(_DEPLOYMENT).hex()
    genesis = Genesis(
        deployment=deployment,
        made=clock(),
        demo=plan.demo,
        assurance=Assurance.SINGLE_HOST,
        quorum=plan.quorum,
        custodian_key=sealing.public,
        log_key=signing.public,
        log_origin=f"countenance/{deployment}",
        auditors_key=auditors.public,
    )
    shares = keys.keep(directory, root, CustodianKeys(signing.to_bytes(), sealing.private), plan.secret)
    store = Store.create(directory, root, random)
    sequencer = Sequencer(journal_path(directory), genesis.log_origin, signing, clock, random)
    facts = {"digest": records.digest(genesis).hex(), "demo": "true" if plan.demo else "false"}
    sequencer.append(Kind.GENESIS, facts)
    opened = Opened(
        genesis=genesis,
        directory=directory,
        root=root,
        sealing_private=sealing.private,
        store=store,
        sequencer=sequencer,
        clock=clock,
        random=random,
        lock=store.lock,
        since=genesis.made,
        signing=signing,
    )
    edges.enrol(opened, plan.probe)
    governing.set_policy(opened, policy.text)
    store.close()
    sequencer.close()
    # Last: a directory without it holds no custodian.
    files.write(directory / "genesis.json", records.write(genesis))
    return Founded(genesis, auditors.private, shares)


def journal_path(directory: Path) -> Path:
    """Where the log lies in the custodian's directory."""
    return directory / "log" / "journal"
