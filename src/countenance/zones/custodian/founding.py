"""Founding: a custodian beside a deployment's own: own root key, own keys, own store, own log.

A gallery custodian or a second custodian takes over what the deployment's genesis fixed for good: whether file keys
count, the quorum, the auditors' key. Its name is the deployment's with `/gallery` or `/second` behind it, so that
nothing signed for or sealed to one counts at another. It keeps the deployment's genesis record.
"""

from dataclasses import dataclass
from pathlib import Path

from countenance.crypto import keypair
from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.errors import Refused
from countenance.formats import records
from countenance.log.sequencer import Sequencer
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import edges, keys
from countenance.zones.custodian.genesis import journal_path
from countenance.zones.custodian.keys import CustodianKeys, Sharing
from countenance.zones.custodian.opened import Clock, Opened
from countenance.zones.custodian.records import OTHER_KEY, EdgeIdentity
from countenance.zones.custodian.store import Random, Store


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What the founder brings. `name`: of the zone; `of`: the deployment; `secret`: the passphrase, or how to share.

    `probe`: the deployment's probe helper; `folders`: what it keeps besides log and store.
    """

    name: str
    of: Genesis
    secret: str | Sharing
    probe: EdgeIdentity
    folders: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Plan({self.of.deployment}/{self.name})"


@dataclass(frozen=True, slots=True, repr=False)
class Founded:
    """The genesis record of a new custodian, and the shares of its root; none with a passphrase."""

    genesis: Genesis
    shares: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Founded({self.genesis.deployment}, {len(self.shares)} shares)"


def found(directory: Path, plan: Plan, *, clock: Clock, random: Random) -> Founded:
    """Make a custodian in `directory`. Raises Refused if it holds one, Malformed for an impossible plan."""
    if (directory / "genesis.json").exists():
        raise Refused("there is a custodian in this directory already; choose an empty one")
    for name in ("log", "epochs", *plan.folders):
        files.make_directory(directory / name)
    root, signing, sealing = random(keys.ROOT_BYTES), SigningKey.generate(), keypair.generate()
    genesis = Genesis(
        deployment=f"{plan.of.deployment}/{plan.name}",
        made=clock(),
        demo=plan.of.demo,
        assurance=plan.of.assurance,
        quorum=plan.of.quorum,
        custodian_key=sealing.public,
        log_key=signing.public,
        log_origin=f"{plan.of.log_origin}/{plan.name}",
        auditors_key=plan.of.auditors_key,
    )
    shares = keys.keep(directory, root, CustodianKeys(signing.to_bytes(), sealing.private), plan.secret)
    store = Store.create(directory, root, random)
    store.put(plan.of, OTHER_KEY)
    sequencer = Sequencer(journal_path(directory), genesis.log_origin, signing, clock, random)
    facts = {"digest": records.digest(genesis).hex(), "demo": "true" if genesis.demo else "false"}
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
    store.close()
    sequencer.close()
    # Last: a directory without it holds no custodian.
    files.write(directory / "genesis.json", records.write(genesis))
    return Founded(genesis, shares)
