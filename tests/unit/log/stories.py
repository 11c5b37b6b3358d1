"""A small deployment's log, told entry by entry, to be audited and then spoilt."""

from collections.abc import Callable
from pathlib import Path

from countenance.crypto import keypair
from countenance.crypto.sign import SigningKey
from countenance.crypto.unseal import unseal
from countenance.formats import records
from countenance.log import audit, leaf, tiles
from countenance.log.checkpoint import write_note
from countenance.log.merkle import Tree
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.entries import Entry, Kind, Preimage

LOG_KEY = SigningKey.from_bytes(bytes(range(32)))
AUDITORS = keypair.generate()
GENESIS = Genesis(
    deployment="0123456789abcdef",
    made=1_000,
    demo=True,
    assurance=Assurance.SINGLE_HOST,
    quorum=2,
    custodian_key=b"",
    log_key=LOG_KEY.public,
    log_origin="countenance/0123456789abcdef",
    auditors_key=AUDITORS.public,
)
HASH, NARROWED, CANDIDATE, REQUEST = "aa" * 32, "bb" * 32, "cc" * 16, "dd" * 32
MINUTE = 60_000


def entry(kind: Kind, made: int, /, of: int = -1, **facts: str) -> Entry:
    return Entry(kind, made, of, tuple(sorted(facts.items())))


def word(kind: Kind, made: int, digest: str, person: str, of: int) -> Entry:
    number = "2" if digest == NARROWED else "1"
    facts = {
        "warrant": "w1",
        "number": number,
        "hash": digest,
        "person": person,
        "organisation": person.split("/", maxsplit=1)[0],
    }
    return entry(kind, made, of=of, **facts)


def story() -> list[Entry]:
    """Everything that can happen, by the rules. The comments are the entries' indices."""
    version = {"warrant": "w1", "requester": "officer-1", "expires": str(99 * MINUTE), "secrecy_end": "0"}
    acting = {"warrant": "w1", "number": "2", "hash": NARROWED}
    done = {"warrant": "w1", "number": "2"}
    seen = {**done, "candidate": CANDIDATE}
    erasing = {"request": REQUEST, "count": "1"}
    return [
        entry(Kind.GENESIS, 1_000, digest=records.digest(GENESIS).hex(), demo="true"),  # 0
        entry(Kind.OPENED, 2_000),  # 1
        entry(Kind.EDGE, 2_000, edge="edge-1", change="enrolled", kind="edge"),  # 2
        entry(Kind.CAMERA, 2_000, camera="hall", change="declared"),  # 3
        entry(Kind.LEASED, 2_000, camera="hall", edge="edge-1", first="1", last="2"),  # 4
        entry(Kind.DRAFTED, 3_000, number="1", hash=HASH, uses="2", **version),  # 5
        word(Kind.APPROVED, 3_100, HASH, "court-a/judge-1", 5),  # 6
        entry(Kind.NARROWED, 3_200, of=5, number="2", hash=NARROWED, uses="1", **version),  # 7
        word(Kind.APPROVED, 3_300, NARROWED, "court-a/judge-1", 7),  # 8
        word(Kind.DECLINED, 3_400, NARROWED, "court-b/judge-2", 7),  # 9
        word(Kind.APPROVED, 3_500, NARROWED, "court-b/judge-2", 7),  # 10
        entry(Kind.AUTHORISED, 4_000, of=7, act="search", person="officer-1", **acting),  # 11
        entry(Kind.DELIVERED, 4_100, of=11, act="search", rows="5", candidates="1", **done),  # 12
        entry(Kind.AUTHORISED, 4_200, of=7, act="still", person="reviewer-1", candidate=CANDIDATE, **acting),  # 13
        entry(Kind.OUTCOME_UNKNOWN, 4_300, of=13, act="still", **seen),  # 14
        entry(Kind.REVIEWED, 4_400, of=7, person="reviewer-1", **seen),  # 15
        entry(Kind.REVIEWED, 4_500, of=7, person="reviewer-2", **seen),  # 16
        entry(Kind.REVIEWED, 4_500, of=16, outcome="confirmed", **seen),  # 17
        entry(Kind.AUTHORISED, 4_600, of=7, act="disclosure", person="officer-1", candidate=CANDIDATE, **acting),  # 18
        entry(Kind.DELIVERED, 4_700, of=18, act="disclosure", evidence="ee" * 32, **done),  # 19
        entry(Kind.RESTRICTED, 5_000, until="9999999", person="clerk-1", **erasing),  # 20
        entry(Kind.ERASURE_ORDERED, 5_100, of=20, persons="judge-1 judge-2", **erasing),  # 21
        entry(Kind.ERASED, 5_200, of=21, store_generation="2", **erasing),  # 22
        entry(Kind.DRAFTED, 6_000, number="1", hash="ff" * 32, uses="1", **{**version, "warrant": "w2"}),  # 23
        entry(Kind.ALARMED, 6_000, of=23, warrant="w2", near="w1"),  # 24
        entry(Kind.CLOSED, 30 * MINUTE),  # 25
    ]


def preimages(entries: list[Entry]) -> list[Preimage]:
    return [Preimage(bytes([index % 256]) * 32, records.write(item)) for index, item in enumerate(entries)]


def kept(hidden: list[Preimage]) -> audit.Journal:
    leaves = [leaf.leaf_data(preimage) for preimage in hidden]
    return audit.Journal(tuple(hidden), write_note(GENESIS.log_origin, len(leaves), Tree(leaves).root(), LOG_KEY))


def published(folder: Path, hidden: list[Preimage]) -> None:
    leaves = [leaf.leaf_data(preimage) for preimage in hidden]
    note = write_note(GENESIS.log_origin, len(leaves), Tree(leaves).root(), LOG_KEY)
    sealed = [
        leaf.sealed(preimage, AUDITORS.public, GENESIS.log_origin, index) for index, preimage in enumerate(hidden)
    ]
    folder.mkdir(exist_ok=True)
    tiles.publish(folder, leaves, sealed, note)


def fetching(folder: Path) -> audit.Fetch:
    def fetch(name: str) -> bytes | None:
        try:
            return (folder / name).read_bytes()
        except OSError:
            return None

    return fetch


def opening(private: bytes = AUDITORS.private) -> Callable[[bytes, bytes], bytes]:
    return lambda info, sealed: unseal(private, info, sealed)
