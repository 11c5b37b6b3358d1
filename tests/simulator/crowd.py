"""A crowd: a great many sightings of people who are nobody, as an edge would have sent them, in a real deployment.

Each is masked, sealed and signed by the enrolled edge as any other; what the repository would have written of it is
written in one go, with one still and one set of patches for all, which a search never touches. The repository then
presents them to the custodian, which takes each as it takes all.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from countenance.channel.client import Connection
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import signed
from countenance.formats import records
from countenance.matching import encode
from countenance.matching.mask import mask
from countenance.vocabulary.calibration import Calibration, Source
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.sightings import Counters, LeaseRequest, Manifest, SightingRecord
from countenance.warrants import threshold as thresholds
from countenance.zones.edge import agent, identity
from countenance.zones.edge.leases import Held, Leases
from countenance.zones.repository import schema
from countenance.zones.repository.database import Database

DIMENSION = 128
PART = 4096
"""Sightings made in one go, and at most in one batch of a partition."""

COUNTED, BLOCK = 31_600, 2_000
"""Strangers who are compared with as many others: just below the comparisons that a calibration may count."""

THRESHOLDS = range(300, 610, 10)

_NOTHING = bytes(32)


@dataclass(frozen=True, slots=True)
class Part:
    """Some sightings of one camera and hour. `templates`: int16, shape (n, 128), coded."""

    deployment: Path
    edge: str
    lease: Held
    extractor: bytes
    templates: np.ndarray


def leased(deployment: Path, edge: str, camera: str, hours: tuple[int, ...]) -> list[Held]:
    """Leases of `camera` for `hours`, as the custodian gives them to its edge."""
    own, genesis = identity.load(deployment, edge), agent.genesis(deployment)
    folder = deployment / "edge" / edge / "crowd-leases"
    issuers = agent.issuers(deployment, genesis)
    leases = Leases(folder, camera=camera, identity=own, issuers=issuers, now=now())
    request = LeaseRequest(own.name, camera, min(hours), max(hours), now())
    letter = records.write(signed(request, own.name, own.signing))
    with Connection(deployment / "sockets" / "repository", timeout=60) as repository:
        answer = repository.call("edge.lease", {}, (letter,))
    given = answer.body["hours"]
    assert isinstance(given, list)
    leases.take([int(str(hour)) for hour in given], answer.blobs)
    return [held for hour in hours if (held := leases.get(hour)) is not None]


def strangers(count: int, seed: int) -> np.ndarray:
    """Coded templates of people who are nobody, shape (count, 128)."""
    values = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    return coded(values)


def coded(templates: np.ndarray) -> np.ndarray:
    """`templates`, unit length, shape (n, 128), as they are coded."""
    return np.stack([encode.encode(one) for one in templates])


def calibration(extractor: bytes) -> Calibration:
    """How often these strangers reach a threshold: COUNTED of them compared with COUNTED others, and counted.

    It is true of them and of nobody else: faces of real people are nearer to each other.
    """
    left, right = (strangers(COUNTED, seed).astype(np.float32) for seed in (2**31, 2**31 + 1))
    least = np.array([encode.least_score(one, DIMENSION) for one in THRESHOLDS], dtype=np.float32)
    reached = np.zeros(len(least), dtype=np.int64)
    for start in range(0, COUNTED, BLOCK):
        # Whole numbers below 2^24: exact.
        scores = left[start : start + BLOCK] @ right.T
        high = np.sort(scores[scores >= least[0]])
        reached += len(high) - np.searchsorted(high, least)
    points = thresholds.usable(
        thresholds.point(at, int(false), COUNTED**2) for at, false in zip(THRESHOLDS, reached, strict=True)
    )
    told = f"synthetic strangers, {COUNTED:,} compared with as many others"
    found = Calibration(extractor, "", (), Source.EVALUATION, told, now(), points)
    thresholds.check(found)
    return found


def fill(
    deployment: Path, parts: Iterator[Part], say: Callable[[int], None], *, processes: int = 2
) -> dict[tuple[str, int], list[bytes]]:
    """Write every part into the repository's database; the digests of the records, by partition.

    `say`: told how many are there so far.
    """
    database = Database(f"sqlite:///{deployment / 'repository' / 'repository.db'}")
    made: dict[tuple[str, int], list[bytes]] = {}
    written = 0
    try:
        names = _objects(deployment, database)
        with ProcessPoolExecutor(processes) as pool:
            for part, rows in pool.map(_made, parts):
                with database.writing() as connection:
                    connection.execute(insert(schema.sightings), [{**row, **names} for row in rows])
                key = (part.lease.camera, part.lease.hour)
                told = [records.read(Signed, bytes(row["record"])).body for row in rows]
                made.setdefault(key, []).extend(map(_digest, told))
                written += len(rows)
                say(written)
    finally:
        database.close()
    return made


def closed(deployment: Path, edge: str, made: dict[tuple[str, int], list[bytes]], extractor: bytes) -> None:
    """Sign and send the manifest of each partition: this exists, and nothing more will come."""
    own = identity.load(deployment, edge)
    with Connection(deployment / "sockets" / "repository", timeout=600) as repository:
        for (camera, hour), digests in made.items():
            manifest = Manifest(edge, camera, hour, 1, b"", now(), True, extractor, tuple(digests), (), Counters())
            repository.call("edge.manifest", {}, (records.write(signed(manifest, own.name, own.signing)),))


def _made(part: Part) -> tuple[Part, list[dict[str, object]]]:
    own, name = identity.load(part.deployment, part.edge), agent.genesis(part.deployment).deployment
    lease = part.lease
    partition, start = str(Partition(lease.camera, lease.hour)), Hour(lease.hour).start
    rows = []
    for position, coded in enumerate(part.templates):
        sighting, nonce = secrets.token_hex(16), secrets.token_bytes(16)
        row = mask(coded, lease.block_keys[0], nonce)
        info = binding("nonce", name, lease.edge, partition, sighting, part.extractor.hex())
        sealed = seal(lease.epoch_public_key, info, nonce)
        moment = start + position % 3_000_000
        record = SightingRecord(
            sighting=sighting,
            edge=lease.edge,
            camera=lease.camera,
            hour=lease.hour,
            start=moment,
            end=moment + 1000,
            quality=500,
            shots=3,
            dimension=DIMENSION,
            extractor=part.extractor,
            row_digest=_digest(row),
            still_digest=_digest(_NOTHING),
            patches_digest=_digest(_NOTHING),
            sealed_nonce_digest=_digest(sealed),
        )
        rows.append(
            {
                "sighting": sighting,
                "camera": lease.camera,
                "hour": lease.hour,
                "started": moment,
                "dimension": DIMENSION,
                "record": records.write(signed(record, own.name, own.signing)),
                "masked_row": row,
                "sealed_nonce": sealed,
                "state": schema.STORED,
                "arrived": now(),
            }
        )
    return Part(part.deployment, part.edge, lease, part.extractor, part.templates[:0]), rows


def _objects(deployment: Path, database: Database) -> dict[str, str]:
    """One object for every still and all patches."""
    name = secrets.token_hex(16)
    (deployment / "repository" / "objects").mkdir(exist_ok=True)
    with database.writing() as connection:
        connection.execute(insert(schema.objects), [{"name": name, "size": len(_NOTHING)}])
    return {"still": name, "patches": name}


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def now() -> Moment:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000
