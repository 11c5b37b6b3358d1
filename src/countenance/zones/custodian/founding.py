"""Founding: a custodian beside a deployment's own: own root key, own keys, own store, own log.

A gallery custodian or a second custodian takes over what the deployment's genesis fixed for good: whether file keys
count, where people act with credentials, the quorum, the auditors' key. Its name is the deployment's with `/gallery` or
`/second` behind it, so that nothing signed for or sealed to one counts at another. It keeps the deployment's genesis
record.
"""

from dataclasses import dataclass
from pathlib import Path

from countenance.crypto import keypair
from countenance.crypto.sign import SigningKey
from countenance.durable import files
from countenance.errors import Refused
from countenance.vocabulary.deployment import Genesis
from countenance.zones.custodian import keys
from countenance.zones.custodian.genesis import Beginning, establish
from countenance.zones.custodian.keys import Sharing
from countenance.zones.custodian.opened import Clock
from countenance.zones.custodian.records import EdgeIdentity
from countenance.zones.custodian.store import Random


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What the founder brings. `name`: of the zone; `of`: the deployment; `secret`: the passphrase, or how to share.

    `probe`: the deployment's probe helper; `folders`: what it keeps besides log and store; `policy`: its text, or empty
    for none, as a gallery custodian has.
    """

    name: str
    of: Genesis
    secret: str | Sharing
    probe: EdgeIdentity
    folders: tuple[str, ...] = ()
    policy: str = ""

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
        approval=plan.of.approval,
        console=plan.of.console,
        custodian_key=sealing.public,
        log_key=signing.public,
        log_origin=f"{plan.of.log_origin}/{plan.name}",
        auditors_key=plan.of.auditors_key,
    )
    beginning = Beginning(genesis, root, signing, sealing.private, plan.secret, plan.of, plan.policy)
    return Founded(genesis, establish(directory, beginning, probe=plan.probe, clock=clock, random=random))
