"""Playback at the console: how long from a jump to its picture, and where the time goes.

Run: `python benchmarks/console_seek.py [--jumps N] [--json]`. A demo deployment of its own, one camera, Chromium. Each
jump is to another segment than is held, so that each is fetched, decrypted and decoded; the picture counts once the
browser has presented a frame of it. `ask_ms`: the look that opens the hour, once an hour and person. The baseline of
the ratio is the same segment by `countenance footage look`'s way, without a browser: listed, fetched, decrypted.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from rich.console import Console

from countenance.channel import footage as stored
from countenance.channel.client import Connection
from countenance.cli.demo import footage, portraits
from countenance.cli.demo.opening import declare, found
from countenance.cli.demo.stage import Stage
from countenance.cli.key import load
from countenance.crypto import segment
from countenance.crypto.sign import signed
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Session, Signed
from countenance.vocabulary.sightings import SegmentRecord

CAMERA, PERSON = "hall-east", "operator-1"
RECORDINGS, SECONDS = 6, 10.0
JUMPS = 40

# What the page's own functions take is measured around them; the segment's answer says what the server took.
INSTRUMENTED = """() => {
    window.spent = { ask: [], fetch: [] };
    const [asking, fetching] = [act, fetched];
    window.act = async (...given) => {
        const began = performance.now(), told = await asking(...given);
        spent.ask.push(performance.now() - began);
        return told;
    };
    window.fetched = async (path, options) => {
        const began = performance.now(), answer = await fetching(path, options);
        if (path.startsWith("/playback/") && !path.includes("?")) {
            const bytes = (await answer.clone().arrayBuffer()).byteLength, fetch = performance.now() - began;
            const [server, decrypt] = answer.headers.get("server-timing").match(/[0-9.]+/g).map(Number);
            spent.last = { fetch, server, decrypt, bytes };
        }
        return answer;
    };
}"""
JUMPED = """(moment) => new Promise((done, wrong) => {
    const [tile] = state.tiles, began = performance.now();
    for (const [id, one] of tile.held) tile.drop(id, one);
    tile.last.then(() => {
        const start = performance.now(), { video } = tile;
        const shown = (now, frame) => {
            const there = Math.abs(frame.mediaTime * 1000 + tile.day - moment) < 100;
            if (there) done({ seek: performance.now() - start, ...spent.last });
            else video.requestVideoFrameCallback(shown);
        };
        video.requestVideoFrameCallback(shown);
        jump(moment);
    });
    setTimeout(() => wrong(new Error("no picture in a minute")), 60000);
})"""


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Result:
    """Of `jumps` jumps. `fetch_ms`: the request, as the page sees it, of which the console spends `server_ms` at the
    repository and `decrypt_ms` decrypting; `frame_ms`: from then to the frame. `ratio`: seek to `plain_ms`, medians.
    """

    jumps: int
    seek_ms: Figure
    ask_ms: Figure
    fetch_ms: Figure
    server_ms: Figure
    decrypt_ms: Figure
    frame_ms: Figure
    plain_ms: Figure
    ratio: float
    segment_bytes: float


def figure(values: Sequence[float]) -> Figure:
    """Median and 95th percentile."""
    ordered = sorted(values)
    return Figure(round(statistics.median(ordered), 1), round(ordered[int(0.95 * (len(ordered) - 1))], 1))


@contextmanager
def deployment(out: Path) -> Iterator[Stage]:
    """A demo deployment whose camera recorded several times."""
    (out / "keys").mkdir()
    (out / "clip").mkdir()
    stage = Stage(out, as_json=True, console=Console(stderr=True))
    try:
        found(stage)
        footage.render(out / "clip", portraits.read(), seconds=SECONDS)
        declare(stage, CAMERA, out / "clip" / f"{CAMERA}.mp4", person=PERSON)
        for _ in range(RECORDINGS):
            stage.finished(stage.start("watch", CAMERA, "--until-end"), "watch")
        yield stage
    finally:
        stage.stop_all()


@contextmanager
def page(stage: Stage) -> Iterator[Page]:
    """Chromium at the playback page, signed in by the demo's key file."""
    genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
    assert genesis.console is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        here = browser.new_page(viewport={"width": 1280, "height": 900})
        here.goto(f"{genesis.console.origin}/")
        here.wait_for_selector("#way-in")
        making = "window.making = await begun(await configured(), person, 1)"
        made = here.evaluate(f"async (person) => {{ {making}; return hex(making.session); }}", PERSON)
        session = records.read(Session, bytes.fromhex(made))
        letter = signed(session, signer=PERSON, key=load(stage.key(PERSON)).signing)
        here.evaluate(
            'async (signature) => { await keep("session", await settled(making, signature)); await enter(); }',
            letter.signature.hex(),
        )
        yield here
        browser.close()


def segments(repository: Connection) -> list[SegmentRecord]:
    """What the camera recorded, in order."""
    letters = repository.call("segments", {"camera": CAMERA}).blobs
    return [records.read(SegmentRecord, records.read(Signed, letter).body) for letter in letters]


def plain(repository: Connection, listed: Sequence[SegmentRecord], jumps: int) -> list[float]:
    """Milliseconds to list, fetch and decrypt one segment, without browser and console.

    The key is the custodian's to give: what is decrypted has the segment's length, and a key of ours.
    """
    spent = []
    for number in range(jumps):
        wanted = listed[number % len(listed)]
        began = time.perf_counter()
        near = {one.segment: one for one in stored.listed(repository.call, CAMERA, wanted.start, wanted.start)}
        data = stored.fetched(repository.call, near[wanted.segment])
        came = time.perf_counter()
        ours = segment.encrypt(bytes(32), bytes(segment.plaintext_length(data)))
        again = time.perf_counter()
        segment.decrypt(bytes(32), ours)
        spent.append((came - began + time.perf_counter() - again) * 1000)
    return spent


def measure(stage: Stage, jumps: int) -> Result:
    """Jump about in what was recorded."""
    with Connection(stage.deployment / "sockets" / "repository", timeout=60.0) as repository, page(stage) as here:
        listed = segments(repository)
        origin = here.url.rstrip("/")
        asks, done = [], []
        for _ in range(5):
            here.goto(f"{origin}/playback?camera={CAMERA}&at={listed[0].start}")
            here.evaluate(INSTRUMENTED)
            here.fill("#reason", "a benchmark")
            here.click("#choice button")
            here.wait_for_selector("#tiles figure:not(.empty)")
            asks.append(here.evaluate("spent.ask[0]"))
        for number in range(jumps):
            wanted = listed[(number * 5 + 1) % len(listed)]
            done.append(here.evaluate(JUMPED, (wanted.start + wanted.end) // 2))
        return result(done, asks, plain(repository, listed, jumps))


def result(done: Sequence[dict[str, Any]], asks: Sequence[float], plainly: Sequence[float]) -> Result:
    """Figures of the jumps."""
    seek = figure([one["seek"] for one in done])
    without = figure(plainly)
    return Result(
        jumps=len(done),
        seek_ms=seek,
        ask_ms=figure(asks),
        fetch_ms=figure([one["fetch"] for one in done]),
        server_ms=figure([one["server"] for one in done]),
        decrypt_ms=figure([one["decrypt"] for one in done]),
        frame_ms=figure([one["seek"] - one["fetch"] for one in done]),
        plain_ms=without,
        ratio=round(seek.median / without.median, 2),
        segment_bytes=statistics.median(one["bytes"] for one in done),
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jumps", type=int, default=JUMPS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, deployment(Path(folder)) as stage:
        told = asdict(measure(stage, given.jumps))
    if given.json:
        print(json.dumps(told))
        return
    for name, value in told.items():
        spread = f"{value['median']} median, {value['p95']} p95" if isinstance(value, dict) else value
        print(f"{name:14} {spread}")


if __name__ == "__main__":
    main()
