"""A kiosk at a desk before a real custodian, and who stands before its camera. Portraits re-imaged: SYNTHETIC."""

import io
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import PIL.Image

from countenance.channel.message import Message
from countenance.cli.demo import portraits
from countenance.errors import Refused
from countenance.faces import Engine, Face, Image
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.liveness import Progress, Prompt, Turn
from countenance.vocabulary.rights import Wish
from countenance.vocabulary.warrants import Scope
from countenance.zones.custodian import edges
from countenance.zones.custodian.rights import desk
from countenance.zones.edge.identity import Identity
from countenance.zones.edge.kiosk import Chosen, Kiosk
from simulator import presentations
from simulator.people import HOUR, NOW
from simulator.presentations import Held, Surface
from simulator.zone import Edge, Zone

INTERVAL = 100
STEP = 4
FARTHEST = 38.0
SPEED = 6.0
REACTION = 400
WAYS = {Turn.RIGHT: (1, 0), Turn.LEFT: (-1, 0), Turn.DOWN: (0, 1), Turn.UP: (0, -1)}
CONSENT = b"c" * 32
SCOPE = Scope(("hall-1",), NOW - 5 * HOUR, NOW - HOUR)

# What a frame shows: from the prompt, and how long it has been shown.
Act = Callable[[Prompt, int], bytes]


@cache
def engine() -> Engine:
    """Opened once."""
    return Engine()


@cache
def portrait(name: str) -> tuple[Image, Face]:
    """One of the demo's portraits, and its face."""
    image = portraits.read().footage[name].image
    face = max(engine().subjects(image), key=lambda one: one.box.area)
    return presentations.portrayed(image, face)


def jpeg(picture: Image) -> bytes:
    data = io.BytesIO()
    PIL.Image.fromarray(picture).save(data, "JPEG", quality=92)
    return data.getvalue()


@cache
def shown(name: str, kind: str, yaw: int, pitch: int) -> Image:
    """A portrait before the camera, turned: as a head, as a print, or on a screen."""
    image, face = portrait(name)
    sheet, surface = image, presentations.flat
    if kind == "head":
        surface = presentations.head
    else:
        sheet = presentations.printed(image) if kind == "print" else presentations.on_screen(image)
    made: Surface = surface
    return presentations.reimaged(sheet, face, made, Held(yaw=yaw, pitch=pitch))


def seen(name: str, kind: str, yaw: float, pitch: float) -> bytes:
    return jpeg(shown(name, kind, round(yaw / STEP) * STEP, round(pitch / STEP) * STEP))


@dataclass
class Turning:
    """Somebody, or something, that turns as it is asked."""

    name: str = "d"
    kind: str = "head"
    pose: tuple[float, float] = (0.0, 0.0)

    def __call__(self, prompt: Prompt, passed: int) -> bytes:
        if passed >= REACTION and not (prompt.turn and prompt.reached):
            ways = WAYS[prompt.turn] if prompt.turn else (0, 0)
            yaw, pitch = (
                now + max(-SPEED, min(SPEED, way * FARTHEST - now)) for now, way in zip(self.pose, ways, strict=True)
            )
            self.pose = yaw, pitch
        return seen(self.name, self.kind, *self.pose)


@dataclass
class Desk:
    """A kiosk before a custodian that is open."""

    zone: Zone
    seed: int = 1
    cameras: list[Camera] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    edge: Edge = field(default_factory=lambda: Edge("kiosk-1", "kiosk"))

    def __post_init__(self) -> None:
        edges.enrol(self.zone.opened, self.edge.identity)
        self.kiosk = Kiosk(
            self.zone.genesis,
            Identity(self.edge.name, self.edge.signing, self.edge.own),
            engine(),
            self.call,
            clock=self.zone.clock,
            random=random.Random(self.seed).randbytes,
        )
        self.sent: list[tuple[bytes, ...]] = []

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        """The repository, which passes on what is the custodian's."""
        self.calls.append(verb)
        message = Message(verb, dict(body), blobs)
        if verb == "desk.key":
            return desk.key(self.zone.opened, message)
        if verb == "desk.file":
            self.sent.append(blobs)
            return desk.file(self.zone.opened, Message(verb, dict(body), blobs[:4]))
        listed: list[Json] = [records.plain(one) for one in self.cameras]
        return Message(verb, {"cameras": listed}, ())

    def visit(self, wish: Wish = Wish.DELETE, *, assisted: bool = False) -> str:
        return self.kiosk.visit(Chosen(wish, SCOPE, assisted, CONSENT))

    def attempt(self, token: str, act: Act) -> tuple[Progress, str]:
        """One challenge, before which somebody acts: how it ended, and what they are told."""
        prompt, _ = self.kiosk.begin(token)
        told, before, since = "", prompt, self.zone.clock.now
        while prompt.progress is Progress.RUNNING:
            if (prompt.turn, prompt.step) != (before.turn, before.step):
                before, since = prompt, self.zone.clock.now
            data = act(prompt, self.zone.clock.now - since)
            self.zone.clock.now += INTERVAL
            prompt, told = self.kiosk.frame(token, data)
        return prompt.progress, told

    def answered(self, token: str) -> None:
        """A person answers, if need be at the third attempt."""
        for _ in range(3):
            if self.attempt(token, Turning())[0] is Progress.ANSWERED:
                return
        raise Refused("nobody answered")


@contextmanager
def staffed(directory: Path) -> Iterator[Desk]:
    """A desk whose custodian has one camera, as long as the context lasts."""
    zone = Zone(directory)
    zone.open()
    zone.admit("operator-1")
    camera = zone.declare("hall-1", zone.enrol("host-1"))
    yield Desk(zone, cameras=[camera])
    zone.crash()


def beside(one: bytes, other: bytes) -> bytes:
    """Two pictures in one frame."""
    both = [np.asarray(PIL.Image.open(io.BytesIO(data))) for data in (one, other)]
    return jpeg(np.hstack(both))
