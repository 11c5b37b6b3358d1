"""Agent: everything one camera needs, in one process: identity, spool, ledger, leases, uplink, pipeline.

Invariants:

* One process at a time works on a camera: it holds the lock in the camera's spool.
* At a start, hours that a crash left open get their closed manifests before anything new is recorded.
* At a stop, tracks and segment are finished, manifests signed, and what waits stays in the spool for the next start.
"""

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from countenance.channel.client import Connection
from countenance.durable import files, lock
from countenance.errors import Malformed, Unavailable
from countenance.faces.card import DetectorCard, ExtractorCard, built_in
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
from countenance.zones.edge.examine import Examiner, covering_card
from countenance.zones.edge.leases import Leases
from countenance.zones.edge.ledger import Ledger
from countenance.zones.edge.pipeline import Pipeline, Playing
from countenance.zones.edge.recorder import Tools
from countenance.zones.edge.sealing import Sealer
from countenance.zones.edge.spool import Spool
from countenance.zones.edge.stages import Shares
from countenance.zones.edge.uplink import Sender, Uplink

# Seconds of silence after which a call to the repository is given up.
ANSWER = 60.0
# Seconds that a stop waits for the last manifests to be acknowledged; what is not waits in the spool.
GRACE = 3.0


@dataclass(frozen=True, slots=True)
class Settings:
    """What a camera's process can be told. `spool_bytes`: what may wait on the disk."""

    spool_bytes: int = 2 * 1024**3
    coding: Coding = field(default_factory=Coding)
    pace: bool = False
    lease_wait: float = 20.0


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a camera's process stands."""

    frames: int
    people: int
    sightings: int
    waiting: int
    acknowledged: int
    refused: int
    counters: Counters


class Agent:
    """One camera's process. Use as `with agent.opened():`, which holds the lock and runs the uplink."""

    def __init__(
        self,
        deployment: Path,
        camera: str,
        settings: Settings,
        *,
        clock: Callable[[], Moment],
        say: Callable[[str], None],
    ) -> None:
        edge, source = cameras.find(deployment, camera)
        self._home = identities.folder(deployment, edge)
        self._deployment = deployment
        self._camera = camera
        self._settings = settings
        self._clock = clock
        self._say = say
        self._identity = identities.load(deployment, edge)
        self._genesis = _genesis(deployment)
        self._detector, self._extractor = _cards()
        self._playing = Playing(Source(source), pace=settings.pace, lease_wait=settings.lease_wait)
        self._shares = Shares()
        self._pipeline: Pipeline | None = None
        self._parts: tuple[Spool, Ledger, Leases, Uplink] | None = None

    @property
    def live(self) -> bool:
        """Whether the source goes on by itself."""
        return self._playing.source.live

    @property
    def progress(self) -> Progress:
        """As of now."""
        recorder = self._pipeline.recorder if self._pipeline else None
        spool, _, _, uplink = self._opened_parts()
        return Progress(
            frames=recorder.frames if recorder else 0,
            people=recorder.people if recorder else 0,
            sightings=recorder.sightings if recorder else 0,
            waiting=len(spool),
            acknowledged=uplink.acknowledged,
            refused=sum(spool.aside().values()),
            counters=recorder.counters if recorder else Counters(),
        )

    def stop(self) -> None:
        """Make `record` end soon. May be called from a signal handler."""
        self._playing.stop.set()

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Hold the camera and send what waits, as long as the context lasts. Raises Unavailable if another does."""
        directory = self._home / "spool" / self._camera
        files.make_directory(directory)
        with lock.hold(directory / "lock"):
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
                deployment=self._genesis.deployment,
                now=self._clock(),
            )
            for hour in leases.hours:
                ledger.leased(hour)
            ledger.close(before=Hour.of(self._clock()).number, made=self._clock())
            sender = Sender(self._camera, self._identity, self._clock)
            ended = threading.Event()
            with Connection(self._deployment / "sockets" / "repository", timeout=ANSWER) as connection:
                uplink = Uplink(connection, sender, spool, ledger, leases)
                self._parts = (spool, ledger, leases, uplink)
                thread = threading.Thread(target=uplink.run, args=(ended, self._say), daemon=True)
                thread.start()
                try:
                    yield
                finally:
                    ended.set()
                    thread.join(GRACE)

    def record(self) -> None:
        """Until the recording ends or `stop` is called; then everything is flushed and the manifests are signed."""
        _, ledger, leases, uplink = self._opened_parts()
        extractor = Extractor(self._extractor)
        tools = Tools(
            leases=leases,
            ledger=ledger,
            sealer=Sealer(self._genesis.deployment, secrets.token_bytes),
            extractor=extractor,
            shares=self._shares,
            coding=self._settings.coding,
            say=self._say,
            clock=self._clock,
        )

        def extracts(hour: int) -> bool:
            lease = leases.get(hour)
            return lease is not None and lease.extracts

        examiner = Examiner(Detector(covering_card(self._detector)), extractor, extracts=extracts, shares=self._shares)
        pipeline = self._pipeline = Pipeline(self._playing, examiner, tools)
        uplink.recording.set()
        try:
            pipeline.run()
        finally:
            uplink.recording.clear()
            self._finish(pipeline, ledger)

    def drain(self, seconds: float) -> bool:
        """Whether everything was acknowledged within `seconds`. Hours left open by a crash are closed first."""
        spool, ledger, _, _ = self._opened_parts()
        if self._pipeline is None:
            ledger.close(before=None, made=self._clock())
        return spool.wait_empty(seconds)

    def _finish(self, pipeline: Pipeline, ledger: Ledger) -> None:
        try:
            if pipeline.recorder is not None:
                pipeline.recorder.finish()
            else:
                ledger.close(before=None, made=self._clock())
        except Unavailable as error:
            self._say(f"the last manifests could not be kept, the next start signs them: {error}")

    def _opened_parts(self) -> tuple[Spool, Ledger, Leases, Uplink]:
        if self._parts is None:
            raise Unavailable("the camera's spool is not open; use 'with agent.opened()'")
        return self._parts


def _genesis(deployment: Path) -> Genesis:
    try:
        return records.read(Genesis, (deployment / "edge" / "genesis.json").read_bytes())
    except OSError as error:
        raise Unavailable("this is no deployment: 'countenance init' makes one; --deployment names it") from error


def _cards() -> tuple[DetectorCard, ExtractorCard]:
    detector, extractor = built_in("yunet"), built_in("sface")
    if not isinstance(detector, DetectorCard) or not isinstance(extractor, ExtractorCard):
        raise Malformed("the built-in model cards are not what they should be; install the package again")
    return detector, extractor
