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
from countenance.vocabulary.deployment import ApprovalOrigin, Genesis
from countenance.vocabulary.entries import Kind
from countenance.warrants import policy as policies
from countenance.warrants import ready
from countenance.zones.custodian import edges, governing, keys
from countenance.zones.custodian.keys import CustodianKeys, Sharing
from countenance.zones.custodian.opened import Clock, Opened
from countenance.zones.custodian.records import OTHER_KEY, EdgeIdentity
from countenance.zones.custodian.store import Random, Store

LEAST_QUORUM = 2
_DEPLOYMENT = 8


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What the founder decides. `secret`: the passphrase, or how to share the root. `probe`: the first edge.

    `approval`: where people will approve with credentials, or None for key files only. `custodians`: 1, or 2 whose keys
    are both needed. `policy`: its text; the ready policy `eu` if none is given. `console`: where people will sign in;
    `portal`: where anybody may ask.
    """

    demo: bool
    quorum: int
    secret: str | Sharing
    probe: EdgeIdentity
    approval: ApprovalOrigin | None = None
    custodians: int = 1
    policy: str | None = None
    console: ApprovalOrigin | None = None
    portal: ApprovalOrigin | None = None

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
    if plan.custodians not in (1, 2):
        raise Malformed("a deployment has one custodian, or two")
    _check_origins(plan)
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
        custodians=plan.custodians,
        approval=plan.approval,
        console=plan.console,
        portal=plan.portal,
    )
    beginning = Beginning(genesis, root, signing, sealing.private, plan.secret, policy=policy.text)
    shares = establish(directory, beginning, probe=plan.probe, clock=clock, random=random)
    return Founded(genesis, auditors.private, shares)


def _check_origins(plan: Plan) -> None:
    origins = [origin for origin in (plan.approval, plan.console, plan.portal) if origin is not None]
    for origin in origins:
        if origin.origin.partition("://")[2].partition(":")[0] != origin.rp_id:
            raise Malformed("an origin is https:// and exactly its rp id, with a port or without")
    if plan.approval and not plan.approval.origin.startswith("https://"):
        raise Malformed("an approval origin is https:// and exactly the rp id, with a port or without")
    if len({origin.rp_id for origin in origins}) < len(origins):
        raise Malformed("approvals, console and portal are different hosts: what one may do must not count at another")


@dataclass(frozen=True, slots=True, repr=False)
class Beginning:
    """What a new custodian is made of. `of`: the genesis record of the deployment beside whose custodian it stands.

    `policy`: its text; a gallery custodian has none.
    """

    genesis: Genesis
    root: bytes
    signing: SigningKey
    sealing: bytes
    secret: str | Sharing
    of: Genesis | None = None
    policy: str = ""

    def __repr__(self) -> str:
        return f"Beginning({self.genesis.deployment})"


def establish(
    directory: Path, beginning: Beginning, *, probe: EdgeIdentity, clock: Clock, random: Random
) -> tuple[str, ...]:
    """Write a new custodian's key files, store, log with entry 0 and genesis record; returns the shares of its root."""
    genesis, root, signing = beginning.genesis, beginning.root, beginning.signing
    shares = keys.keep(directory, root, CustodianKeys(signing.to_bytes(), beginning.sealing), beginning.secret)
    store = Store.create(directory, root, random)
    if beginning.of is not None:
        store.put(beginning.of, OTHER_KEY)
    sequencer = Sequencer(journal_path(directory), genesis.log_origin, signing, clock, random)
    facts = {"digest": records.digest(genesis).hex(), "demo": "true" if genesis.demo else "false"}
    sequencer.append(Kind.GENESIS, facts)
    opened = Opened(
        genesis=genesis,
        directory=directory,
        root=root,
        sealing_private=beginning.sealing,
        store=store,
        sequencer=sequencer,
        clock=clock,
        random=random,
        lock=store.lock,
        since=genesis.made,
        signing=signing,
    )
    edges.enrol(opened, probe)
    if beginning.policy:
        governing.set_policy(opened, beginning.policy)
    store.close()
    sequencer.close()
    # Last: a directory without it holds no custodian.
    files.write(directory / "genesis.json", records.write(genesis))
    return shares


def journal_path(directory: Path) -> Path:
    """Where the log lies in the custodian's directory."""
    return directory / "log" / "journal"
