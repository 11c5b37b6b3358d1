"""Founding: a gallery custodian beside a deployment's custodian: own root key, own keys, own store, own log.

It takes over what the deployment's genesis fixed for good: whether file keys count, the quorum, the auditors' key. Its
name is the deployment's with `/gallery` behind it, so that nothing signed for or sealed to one counts at the other.
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
from countenance.zones.custodian.records import EdgeIdentity
from countenance.zones.custodian.store import Random, Store


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What the founder brings. `of`: the deployment; `secret`: the passphrase, or how to share; `probe`: its helper."""

    of: Genesis
    secret: str | Sharing
    probe: EdgeIdentity

    def __repr__(self) -> str:
        return f"Plan({self.of.deployment})"


@dataclass(frozen=True, slots=True, repr=False)
class Founded:
    """The genesis record of a gallery custodian, and the shares of its root; none with a passphrase."""

    genesis: Genesis
    shares: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Founded({self.genesis.deployment}, {len(self.shares)} shares)"


def found(directory: Path, plan: Plan, *, clock: Clock, random: Random) -> Founded:
    """Make a gallery custodian in `directory`. Raises Refused if it holds one, Malformed for an impossible plan."""
    if (directory / "genesis.json").exists():
        raise Refused("there is a gallery custodian in this directory already; choose an empty one")
    for name in ("log", "epochs", "photos", "masked"):
        files.make_directory(directory / name)
    root, signing, sealing = random(keys.ROOT_BYTES), SigningKey.generate(), keypair.generate()
    genesis = Genesis(
        deployment=f"{plan.of.deployment}/gallery",
        made=clock(),
        demo=plan.of.demo,
        assurance=plan.of.assurance,
        quorum=plan.of.quorum,
        custodian_key=sealing.public,
        log_key=signing.public,
        log_origin=f"{plan.of.log_origin}/gallery",
        auditors_key=plan.of.auditors_key,
    )
    shares = keys.keep(directory, root, CustodianKeys(signing.to_bytes(), sealing.private), plan.secret)
    store = Store.create(directory, root, random)
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
    # Last: a directory without it holds no gallery custodian.
    files.write(directory / "genesis.json", records.write(genesis))
    return Founded(genesis, shares)
