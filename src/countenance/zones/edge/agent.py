"""Agent: one camera, in one process: identity, spool, ledger, leases, uplink, tiles, galleries, pipeline.

Invariants:

* One process at a time works on a camera: it holds the lock in the camera's spool.
* At a start, hours that a crash left open get their closed manifests before anything new is recorded.
* At a stop, tracks and segment are finished, manifests signed, and what waits stays in the spool for the next start.

Memory: the networks and libraries (about 300 MB at 960 x 540), at most 128 MiB of frames that wait for their covers, 12
frames between the threads, one to be seen live, one open segment, at most 64 live tracks of 4.4 MB at worst, and 100
bytes a record of the hours in the ledger. Nothing grows with the length of a recording.
"""

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from countenance.channel.client import Connection
from countenance.channel.session import Caller
from countenance.durable import files, lock
from countenance.errors import Malformed, Unavailable
from countenance.faces.card import DetectorCard, ExtractorCard, built_in, own_extractor, place
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor
from countenance.formats import records
from countenance.video.decode import Source
from countenance.video.encode import Coding
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.sightings import Counters
from countenance.zones.edge import camera as cameras
from countenance.zones.edge import identity as identities
from countenance.zones.edge import tiles
from countenance.zones.edge.examine import Examiner, covering_card
from countenance.zones.edge.health import Health
from countenance.zones.edge.leases import Issuers, Leases
from countenance.zones.edge.ledger import Ledger
from countenance.zones.edge.pipeline import Pipeline, Playing
from countenance.zones.edge.recorder import Tools
from countenance.zones.edge.sealing import Sealer
from countenance.zones.edge.spool import Spool
from countenance.zones.edge.stages import Shares
from countenance.zones.edge.standing import Standing
from countenance.zones.edge.tiles import Tiles
from countenance.zones.edge.uplink import Sender, Uplink

# Seconds of silence after which a call to the repository is given up.
ANSWER = 60.0
# Seconds that a stop waits for the last manifests to be acknowledged; what is not waits in the spool.
GRACE = 3.0

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """The table `[edge]` of the settings, see docs/settings.md."""

    codec: str = "av1"
    quality: int = 38
    spool_bytes: int = 2 * 1024**3
    lease_seconds: float = 20.0

    def coding(self) -> Coding:
        """How footage is coded. Raises Malformed for a codec or quality that there is not."""
        if self.codec not in ("av1", "vp9"):
            raise Malformed("the setting [edge] codec is av1 or vp9")
        return Coding("av1" if self.codec == "av1" else "vp9", self.quality)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a camera's process stands. `started`: when a recording began to play; 0 for a live camera.

    `compared`: probes sent to standing galleries; `not_compared`: given up because nobody answered there.
    """

    started: Moment
    frames: int
    people: int
    sightings: int
    waiting: int
    acknowledged: int
    refused: int
    counters: Counters
    compared: int
    not_compared: int


@dataclass(frozen=True, slots=True)
class _Parts:
    spool: Spool
    ledger: Ledger
    leases: Leases
    uplink: Uplink
    standing: Standing
    tiles: Tiles


class Agent:
    """One camera's process. Everything but `stop` happens inside `with agent.opened():`."""

    def __init__(
        self, deployment: Path, camera: str, settings: EdgeSettings, *, clock: Callable[[], Moment], say: Say
    ) -> None:
        edge, self._source = cameras.find(deployment, camera)
        self._deployment = deployment
        self._home = identities.folder(deployment, edge)
        self._camera = camera
        self._settings = settings
        self._clock = clock
        self._say = say
        self._identity = identities.load(deployment, edge)
        self._genesis = genesis(deployment)
        self._issuers = issuers(deployment, self._genesis)
        self._detector, self._extractor = cards(deployment)
        self._stop = threading.Event()
        self._pipeline: Pipeline | None = None
        self._parts: _Parts | None = None

    @property
    def live(self) -> bool:
        """Whether the source goes on by itself."""
        return Source(self._source).live

    @property
    def stopping(self) -> threading.Event:
        """Set when the process is to end."""
        return self._stop

    @property
    def progress(self) -> Progress:
        """As of now."""
        parts = self._open_parts()
        recorder = self._pipeline.recorder if self._pipeline else None
        return Progress(
            started=self._pipeline.started if self._pipeline else 0,
            frames=recorder.frames if recorder else 0,
            people=recorder.people if recorder else 0,
            sightings=recorder.sightings if recorder else 0,
            waiting=len(parts.spool),
            acknowledged=parts.uplink.acknowledged,
            refused=sum(parts.spool.aside().values()),
            counters=recorder.counters if recorder else Counters(),
            compared=parts.standing.compared,
            not_compared=parts.standing.missed,
        )

    def stop(self) -> None:
        """Make `record` end soon. May be called from a signal handler."""
        self._stop.set()

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the camera and send what waits, as long as the context lasts. Raises Unavailable if another does."""
        directory = self._home / "spool" / self._camera
        files.make_directory(directory)
        repository = Connection(self._deployment / "sockets" / "repository", timeout=ANSWER)
        with lock.hold(directory / "lock"), repository as connection:
            parts = self._parts = self._make(directory, connection)
            ended = threading.Event()
            threads = [
                threading.Thread(target=work, args=(ended, self._say), daemon=True)
                for work in (parts.uplink.run, parts.standing.run, parts.tiles.run)
            ]
            for thread in threads:
                thread.start()
            try:
                yield
            finally:
                ended.set()
                for thread in threads:
                    thread.join(GRACE)

    def record(self, *, pace: bool = False) -> None:
        """Until the recording ends or `stop` is called; then everything is flushed and the manifests are signed.

        `pace`: play a recording in real time. Raises Malformed if the source is no video.
        """
        parts, shares, extractor = self._open_parts(), Shares(), Extractor(self._extractor)

        def extracts(hour: int) -> bool:
            lease = parts.leases.get(hour)
            return lease is not None and lease.extracts

        examiner = Examiner(Detector(covering_card(self._detector)), extractor, extracts=extracts, shares=shares)
        tools = Tools(
            leases=parts.leases,
            ledger=parts.ledger,
            sealer=Sealer(self._genesis.deployment, secrets.token_bytes),
            extractor=extractor,
            # Of its own: it is used by another thread than the examiner's.
            detector=Detector(self._detector),
            shares=shares,
            coding=self._settings.coding(),
            say=self._say,
            clock=self._clock,
            probes=parts.standing.offer,
            covered=parts.tiles.offer,
        )
        playing = Playing(Source(self._source), pace, self._settings.lease_seconds, self._stop)
        pipeline = self._pipeline = Pipeline(playing, examiner, tools)
        parts.uplink.recording.set()
        try:
            pipeline.run()
        finally:
            self._finish(pipeline, parts)

    def drain(self, seconds: float) -> bool:
        """Whether everything was acknowledged within `seconds`. Hours that are still open are closed first."""
        parts = self._open_parts()
        if not parts.uplink.recording.is_set():
            parts.ledger.close(before=None, made=self._clock())
        return parts.spool.wait_empty(seconds)

    def _make(self, directory: Path, connection: Connection) -> _Parts:
        now = self._clock()
        spool = Spool(directory, most=self._settings.spool_bytes)
        ledger = Ledger(
            directory / "ledger",
            spool,
            camera=self._camera,
            identity=self._identity,
            extractor=self._extractor.digest,
        )
        leases = Leases(
            self._home / "leases",
            camera=self._camera,
            identity=self._identity,
            issuers=self._issuers,
            now=now,
        )
        for hour in leases.hours:
            ledger.leased(hour)
        ledger.close(before=Hour.of(now).number, made=now)
        sender = Sender(self._camera, self._identity, self._clock)
        caller = Caller(self._identity.name, self._camera, self._identity.signing)
        standing = Standing(self._deployment, caller, clock=self._clock)
        health = Health(sender, spool, leases, directory)
        seen = Tiles(
            # Of its own: a long upload must not hold up a picture of now.
            Connection(self._deployment / "sockets" / "repository", timeout=tiles.ANSWER),
            sender,
            lambda: health.beat(self._pipeline),
        )
        return _Parts(spool, ledger, leases, Uplink(connection, sender, spool, ledger, leases), standing, seen)

    def _finish(self, pipeline: Pipeline, parts: _Parts) -> None:
        try:
            if pipeline.recorder is not None:
                pipeline.recorder.finish()
            else:
                parts.ledger.close(before=None, made=self._clock())
        except Unavailable as error:
            self._say(f"the last manifests could not be kept, the next start signs them: {error}")
        # Only now: a manifest asked for in between must not say that the hour is closed.
        parts.uplink.recording.clear()

    def _open_parts(self) -> _Parts:
        if self._parts is None:
            raise Unavailable("the camera's spool is not open; use 'with agent.opened()'")
        return self._parts


def genesis(deployment: Path) -> Genesis:
    """The edge's copy of the genesis record. Raises Unavailable if there is no deployment here."""
    try:
        return records.read(Genesis, (deployment / "edge" / "genesis.json").read_bytes())
    except OSError as error:
        raise Unavailable("this is no deployment: 'countenance init' makes one; --deployment names it") from error
    except Malformed as error:
        raise Malformed("edge/genesis.json is not a genesis record; restore it from any zone's copy") from error


def issuers(deployment: Path, of: Genesis) -> Issuers:
    """Who issues leases in the deployment `of`. Raises Unavailable if a second custodian's record is not here."""
    if of.custodians == 1:
        return Issuers(of.deployment)
    try:
        return Issuers(of.deployment, records.read(Genesis, (deployment / "edge" / "second.json").read_bytes()))
    except (OSError, Malformed) as error:
        raise Unavailable(
            "edge/second.json is missing or cannot be read, and this deployment records with two custodians' keys "
            "only: copy second.json there from where 'countenance init' made it"
        ) from error


def cards(deployment: Path) -> tuple[DetectorCard, ExtractorCard]:
    """The detector that comes with the package, and the deployment's extractor. Raises Malformed."""
    detector = built_in("yunet")
    if not isinstance(detector, DetectorCard):
        raise Malformed("the built-in model cards are not what they should be; install the package again")
    return detector, own_extractor(place(deployment))
