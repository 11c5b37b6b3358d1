"""The register as a folder: what is written, and whether a folder still is what the custodian signed.

A folder is checked in this order, and the first that does not hold ends it:

1. `genesis.json` is the record that whoever checks has from elsewhere, if they have one.
2. `register.sig` is a signature over the bytes of `register.json` by the key of that deployment's log.
3. The register is of that deployment, the checkpoint in it is signed by the log's key, survey results in it have the
   digests of their entries.
4. The pages were made by this version of the program, and made again they are the same bytes; nothing else lies there.

What the publisher says of themselves is on the pages, as it stands in `publisher.json`, and signed by nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TypeVar

from countenance.crypto.verify import opened
from countenance.errors import Malformed, Tampered
from countenance.formats import records
from countenance.log import checkpoint, counted, leaf
from countenance.log.merkle import Tree
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Entry, Kind, Preimage
from countenance.vocabulary.register import Publisher, Register
from countenance.vocabulary.requests import Signed
from countenance.web.register import pages

T = TypeVar("T")

RECORD, SIGNATURE, GENESIS, PUBLISHER = "register.json", "register.sig", "genesis.json", "publisher.json"


@dataclass(frozen=True, slots=True)
class Checked:
    """A folder that holds. `pinned`: whether its genesis record is one that whoever checked had from elsewhere."""

    register: Register
    publisher: Publisher
    genesis: Genesis
    pinned: bool


def version() -> str:
    """Of this program: pages are the same bytes only where it is."""
    return metadata.version("countenance")


def made(signed: Signed, genesis: Genesis, *, controller: str, contact: str) -> dict[str, bytes]:
    """Every file of a register's folder, by its path there. Raises Tampered for one that would not hold."""
    publisher = Publisher(controller, contact, version())
    files = {
        RECORD: signed.body,
        SIGNATURE: f"{signed.signature.hex()}\n".encode(),
        GENESIS: records.write(genesis),
        PUBLISHER: records.write(publisher),
    }
    return files | pages.rendered(_register(signed, genesis), publisher, genesis)


def check(files: Mapping[str, bytes], pinned: Genesis | None) -> Checked:
    """The procedure above. Raises Tampered with what does not hold."""
    genesis = _read(files, GENESIS, Genesis)
    if pinned is not None and genesis != pinned:  # (1)
        raise Tampered("genesis.json is not the record you gave: this register is another deployment's, or forged")
    register = figures(files, genesis)  # (2) (3)
    publisher = _read(files, PUBLISHER, Publisher)
    if publisher.version != version():  # (4)
        raise Tampered(
            f"the pages were made by version {publisher.version[:40]} of the program: check them with that; the "
            "figures in register.json hold"
        )
    expected = pages.rendered(register, publisher, genesis)
    for path in sorted((set(files) - {RECORD, SIGNATURE, GENESIS, PUBLISHER}) | set(expected)):
        if path not in files:
            raise Tampered(f"{path} is missing; the figures in register.json hold")
        if files[path] != expected.get(path):
            said = "was changed" if path in expected else "is no page of this register"
            raise Tampered(f"{path} {said}: do not rely on it; the figures in register.json hold")
    return Checked(register, publisher, genesis, pinned is not None)


def figures(files: Mapping[str, bytes], genesis: Genesis) -> Register:
    """The register in a folder, its pages not looked at: another version may have made them. Raises Tampered."""
    return _register(_signed(files, genesis), genesis)


def stays(earlier: Register, later: Register) -> None:
    """Return if `later` says all that `earlier` said, and more at most. Raises Tampered with what is no longer there.

    Raises Malformed if it is not the later one, or another deployment's.
    """
    if earlier.genesis != later.genesis or earlier.made > later.made:
        raise Malformed("the register to compare with is no earlier one of this deployment: give one that is")
    before, after = checkpoint.parsed(earlier.checkpoint), checkpoint.parsed(later.checkpoint)
    if before.size > after.size or (before.size == after.size and before.root != after.root):
        raise Tampered("the log of this register is not the one of before: keep both and call the auditors")
    if later.policies[: len(earlier.policies)] != earlier.policies:
        raise Tampered("policies that were in the register before are there no more, or others: keep both registers")
    if later.surveys[: len(earlier.surveys)] != earlier.surveys:
        raise Tampered("survey results that were in the register before are there no more, or others: keep both")
    said = {(one.what, one.purpose): one for one in later.series}
    for one in earlier.series:
        found = said.get((one.what, one.purpose))
        if found is None or found.since != one.since or found.periods[: len(one.periods)] != one.periods:
            named = f"{one.what.value} {one.purpose}".strip()
            raise Tampered(f"what was said of '{named}' is said no more, or otherwise: keep both registers")


def recount(register: Register, genesis: Genesis, preimages: Sequence[Preimage]) -> None:
    """Return if the log's entries, from the first on, come to what `register` says. For who could open them.

    Raises Malformed if there are fewer than its checkpoint has, Tampered if they are others or come to something else.
    """
    head = checkpoint.parsed(register.checkpoint)
    if len(preimages) < head.size:
        raise Malformed("there are fewer entries than this register is of: export them again with 'countenance audit'")
    known = preimages[: head.size]
    if Tree(map(leaf.leaf_data, known)).root() != head.root:
        raise Tampered("these are not the entries that this register is of: keep both and audit the deployment")
    entries = [records.read(Entry, one.entry) for one in known]
    if counted.series(enumerate(entries), register.made, door=genesis.portal is not None) != register.series:
        raise Tampered("the figures are not what the log's entries come to: the custodian signed what is not so")
    published = [dict(one.facts)["digest"] for one in entries if one.kind is Kind.SURVEYED]
    if published != [one.digest.hex() for one in register.surveys]:
        raise Tampered("the survey results are not those that the log's entries name: keep both, call the auditors")


def _signed(files: Mapping[str, bytes], genesis: Genesis) -> Signed:
    try:
        spelled = files.get(SIGNATURE, b"").decode("ascii").removesuffix("\n")
        signature = bytes.fromhex(spelled)
    except ValueError as error:
        raise Tampered(f"{SIGNATURE} is no signature: it is missing, or was changed") from error
    if files.get(SIGNATURE) != f"{signature.hex()}\n".encode():
        raise Tampered(f"{SIGNATURE} is no signature: it is missing, or was changed")
    return Signed(genesis.log_origin, files.get(RECORD, b""), signature)


def _register(signed: Signed, genesis: Genesis) -> Register:
    """Steps 2 and 3."""
    try:
        register = opened(Register, signed, genesis.log_key)
        if (register.deployment, register.genesis) != (genesis.deployment, records.digest(genesis)):
            raise Tampered("this register is another deployment's")
        checkpoint.read_note(register.checkpoint, genesis.log_origin, genesis.log_key)
        if any(records.digest(one) != said.digest for said in register.surveys for one in said.results):
            raise Tampered("survey results in it are not those of their digest: the custodian signed what is not so")
    except Malformed as error:
        raise Tampered(f"{RECORD} is no register, though something that this log signed") from error
    return register


def _read(files: Mapping[str, bytes], name: str, kind: type[T]) -> T:
    try:
        return records.read(kind, files.get(name, b""))
    except Malformed as error:
        raise Tampered(f"{name} is missing, or was changed") from error
