"""Cameras for a wall: beats and live pictures of as many as wanted, without a source, a detector or an encoder.

Everything from the recorder's hand-over on is the edge's own code: scaling, encrypting, signing, sending. A picture
shows its camera's name and the moment at which it was made, to be read by people and, as a row of black and white cells
along its lower edge, by `shown_moment`, so that the way from camera to wall can be measured in the pixels.

    PYTHONPATH=tests python -m simulator.live_cameras DEPLOYMENT CAMERA…

runs against a deployment whose custodian is open, with real leases, until Ctrl-C. The cameras are declared there.
"""

import argparse
import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from countenance.channel.client import Connection
from countenance.crypto.sign import signed
from countenance.errors import CountenanceError
from countenance.formats import records
from countenance.video.frame import Frame
from countenance.vocabulary.live import Beat, SourceState
from countenance.vocabulary.moments import Hour, Moment
from countenance.vocabulary.sightings import Counters, LeaseRequest
from countenance.zones.edge import agent, camera, identity, tiles
from countenance.zones.edge.identity import Identity
from countenance.zones.edge.leases import Held, Leases
from countenance.zones.edge.tiles import Tiles
from countenance.zones.edge.uplink import Sender

# Cells of the moment, the highest bit first: milliseconds of the next thousand years.
BITS = 45
Keys = Callable[[str, int], Held | None]


def now() -> Moment:
    return time.time_ns() // 1_000_000


def with_key(key: bytes, edge: str) -> Keys:
    """Leases of every camera and hour with one footage key (32 bytes), where there is no custodian."""
    return lambda name, hour: Held(name, hour, edge, (bytes(32),), key, b"", extracts=False)


@dataclass
class Leased:
    """Real leases of one edge, asked for when they are needed."""

    deployment: Path
    edge: Identity
    _held: dict[str, Leases] = field(default_factory=dict)

    def __call__(self, name: str, hour: int) -> Held | None:
        if name not in self._held:
            issuers = agent.issuers(self.deployment, agent.genesis(self.deployment))
            place = identity.folder(self.deployment, self.edge.name) / "leases"
            self._held[name] = Leases(place, camera=name, identity=self.edge, issuers=issuers, now=now())
        leases = self._held[name]
        if leases.get(hour) is None:
            request = LeaseRequest(self.edge.name, name, hour, hour + 1, now())
            letter = records.write(signed(request, self.edge.name, self.edge.signing))
            with (
                contextlib.suppress(CountenanceError),
                Connection(self.deployment / "sockets" / "repository", timeout=5.0) as connection,
            ):
                answer = connection.call("edge.lease", {}, (letter,))
                hours = answer.body["hours"]
                assert isinstance(hours, list)
                leases.take([one for one in hours if isinstance(one, int)], answer.blobs)
        return leases.get(hour)


class LiveCameras:
    """Cameras at the repository that listens at `socket`; `edges`: by camera, the one that speaks for it.

    `rate`: frames a second that each is given; `size`: of a frame, in pixels, even.
    """

    def __init__(
        self,
        socket: Path,
        edges: Mapping[str, Identity],
        keys: Keys,
        *,
        rate: float = 10.0,
        size: tuple[int, int] = (640, 360),
    ) -> None:
        self._keys = keys
        self._rate = rate
        self._frames = 0
        self._base = {name: _base(name, size) for name in edges}
        self.said: list[str] = []
        self.tiles = {
            name: Tiles(Connection(socket, timeout=tiles.ANSWER), Sender(name, edge, now), self._beat(name, edge, size))
            for name, edge in edges.items()
        }

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Send as long as the context lasts."""
        stop = threading.Event()
        threads = [threading.Thread(target=it.run, args=(stop, self.said.append)) for it in self.tiles.values()]
        threads.append(threading.Thread(target=self._feed, args=(stop,)))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _feed(self, stop: threading.Event) -> None:
        step = 1 / (self._rate * len(self.tiles))
        due = time.monotonic()
        while True:
            self._frames += 1
            # One camera after another, as real ones are: not all at one moment.
            for name, it in self.tiles.items():
                due += step
                if stop.wait(max(0.0, due - time.monotonic())):
                    return
                moment = now()
                lease = self._keys(name, Hour.of(moment).number)
                if lease is not None:
                    it.offer(painted(self._base[name], moment), lease)

    def _beat(self, name: str, edge: Identity, size: tuple[int, int]) -> Callable[[], Beat]:
        def made() -> Beat:
            hour, counted = Hour.of(now()), Counters(decoded=self._frames)
            rate = round(1000 * self._rate)
            facts = {"width": size[0], "height": size[1], "rate": rate, "counters": counted, "lease_until": hour.end}
            return beat(edge.name, name, now(), hour=hour.number, **facts)

        return made


def beat(edge: str, camera: str, made: Moment, /, **facts: object) -> Beat:
    """A camera that plays and is well, but for `facts`."""
    plain = Beat(
        edge=edge,
        camera=camera,
        made=made,
        source=SourceState.PLAYING,
        newest=made,
        width=640,
        height=360,
        rate=25_000,
        hour=Hour.of(made).number,
        counters=Counters(decoded=9),
        people=1,
        sightings=2,
        waiting=0,
        refused=0,
        free_mb=100_000,
        lease_until=0,
        extracts=True,
        lost=0,
    )
    return dataclasses.replace(plain, **facts)  # type: ignore[arg-type]


def painted(base: NDArray[np.uint8], moment: Moment) -> Frame:
    """A frame of `moment` over `base`, one of `_base`."""
    made = Frame(0, moment, base.copy())
    luma, (width, height) = made.planes[0], (made.width, made.height)
    text = time.strftime("%H:%M:%S", time.gmtime(moment / 1000)) + f".{moment % 1000 // 100}"
    cv2.putText(
        luma, text, (width // 20, height // 2), cv2.FONT_HERSHEY_DUPLEX, height / 180, 235, max(1, height // 90)
    )
    cells = np.array([235 if moment >> (BITS - 1 - bit) & 1 else 16 for bit in range(BITS)], np.uint8)
    luma[height * 9 // 10 :] = cells[np.arange(width) * BITS // width]
    return made


def shown_moment(image: NDArray[np.uint8]) -> Moment:
    """The moment in the cells of a decoded picture (height, width, 3) or (height, width), of any size."""
    grey = image if image.ndim == 2 else image.mean(axis=2)
    row = grey[grey.shape[0] * 95 // 100]
    middles = ((np.arange(BITS) + 0.5) * row.size / BITS).astype(int)
    return int("".join("1" if row[at] > 127 else "0" for at in middles), 2)


def _base(name: str, size: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = size
    made = Frame(0, 0, np.full((height * 3 // 2, width), 128, np.uint8))
    seed = np.random.default_rng(list(name.encode()))
    small = seed.integers(40, 200, (9, 16), dtype=np.uint8)
    made.planes[0][...] = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    for plane in made.planes[1:]:
        plane[...] = seed.integers(90, 166)
    cv2.putText(made.planes[0], name, (width // 20, height // 5), cv2.FONT_HERSHEY_DUPLEX, height / 270, 235, 1)
    return made.packed


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="live pictures of cameras that are not there")
    parser.add_argument("deployment", type=Path)
    parser.add_argument("camera", nargs="+", help="declared for an edge of this host")
    parser.add_argument("--rate", type=float, default=10.0, help="frames a second of each")
    given = parser.parse_args(words)
    deployment = given.deployment.resolve()
    owners = {name: camera.find(deployment, name)[0] for name in given.camera}
    edges = {edge: identity.load(deployment, edge) for edge in set(owners.values())}
    leased = {edge: Leased(deployment, it) for edge, it in edges.items()}
    cameras = LiveCameras(
        deployment / "sockets" / "repository",
        {name: edges[edge] for name, edge in owners.items()},
        lambda name, hour: leased[owners[name]](name, hour),
        rate=given.rate,
    )
    with cameras.running(), contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
