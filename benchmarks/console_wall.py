"""From the camera's clock to the picture on the wall, and where the time goes.

    python benchmarks/console_wall.py [--seconds 30] [--viewers 100] [--json]

A demo deployment on this machine, a real Chromium, forty-one cameras. Of each picture that the page draws: its moment,
when the console had it open, when the page had it, when it was drawn. Every sample's clock is also read back from the
pixels that were drawn.

* real: one camera that plays a rendered clip in real time, with detector, covers, encoder and all. Each frame waits a
  second for its covers: what is on the wall is covered, so it cannot be younger.
* forty: cameras of the tests' simulator, which hand made frames over where the real one's recorder does; everything
  from there on is ours. Baseline, in the same run: the same pictures asked of the repository and opened, without
  console and browser. `ratio`: the wall beside it.
* viewers: so many streams of forty tiles read at once by another process on this machine, which takes a share of it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from rich.console import Console  # noqa: E402 - the simulator stands beside the tests

from countenance.channel.client import Connection  # noqa: E402
from countenance.cli import ask  # noqa: E402
from countenance.cli.demo import footage, portraits  # noqa: E402
from countenance.cli.demo.opening import declare, found  # noqa: E402
from countenance.cli.demo.stage import Stage  # noqa: E402
from countenance.cli.key import load  # noqa: E402
from countenance.crypto.live import Viewer  # noqa: E402
from countenance.formats import records  # noqa: E402
from countenance.vocabulary.acts import Look, Verb  # noqa: E402
from countenance.vocabulary.deployment import Genesis  # noqa: E402
from countenance.vocabulary.moments import Hour  # noqa: E402
from journeys.people import Visitor  # noqa: E402
from prove.approvers import chromium  # noqa: E402
from simulator.declared import declared, simulated  # noqa: E402
from simulator.signed_in import SignedIn  # noqa: E402

MANY = [f"tile-{number:02}" for number in range(1, 41)]
REAL, SIZE = "hall-live", (640, 360)
OPERATOR, NAME, STREAMS_EACH = "operator-1", "everybody-1", 12
HEAR = """() => {
    window.samples = [];
    const cells = (canvas) => {
        const { width, height } = canvas;
        const row = canvas.getContext("2d").getImageData(0, Math.floor(height * 0.95), width, 1).data;
        let bits = "";
        for (let bit = 0; bit < 45; bit += 1) bits += row[4 * Math.floor((bit + 0.5) * width / 45)] > 127 ? "1" : "0";
        return parseInt(bits, 2);
    };
    document.addEventListener("drawn", ({ detail, target }) => {
        const read = window.samples.length % 50 ? 0 : cells(target);
        window.samples.push({ ...detail, drawn: Date.now(), read });
    });
}"""
DRAWN = "() => new Set(window.samples.map((one) => one.camera)).size"
READER = """
import asyncio, json, sys, time
async def one(head, port, end, out):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4 * 2**20)
    writer.write(head.encode())
    size = 0
    while (left := end - time.time()) > 0:
        try:
            data = await asyncio.wait_for(reader.read(2**20), left)
        except TimeoutError:
            break
        if not data:
            break
        size += len(data)
    out.append(size)
    writer.close()
async def all_of(told):
    out = []
    await asyncio.gather(*(one(head, told["port"], time.time() + told["seconds"], out) for head in told["heads"]))
    print(json.dumps(out))
asyncio.run(all_of(json.load(sys.stdin)))
"""


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    if len(values) < 2:
        return {"median": -1.0, "p95": -1.0}
    return {"median": round(statistics.median(values), 1), "p95": round(statistics.quantiles(values, n=20)[-1], 1)}


def told(samples: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What was measured of pictures, from the moment they show, and of which way how much."""
    read = [one for one in samples if one["read"]]
    return {
        "pictures": len(samples),
        "glass_to_wall_ms": spread([one["drawn"] - one["moment"] for one in samples]),
        "edge_and_repository_ms": spread([one["sent"] - one["moment"] for one in samples]),
        "stream_ms": spread([one["received"] - one["sent"] for one in samples]),
        "page_ms": spread([one["drawn"] - one["received"] for one in samples]),
        "clock_in_pixels": {"read": len(read), "same": sum(one["read"] == one["moment"] for one in read)},
    }


def straight(stage: Stage, seconds: float) -> list[float]:
    """Ages of the same pictures as they are asked of the repository and opened, without console and browser."""
    number = Hour.of(ask.now()).number
    keys = {}
    with ask.acting(stage.deployment, stage.key(OPERATOR)) as person:
        for camera in MANY:
            got: Any = person.asker.ask(Verb.LOOK, Look(camera, number, number, "a measurement"))["keys"]
            keys[camera] = {int(hour): bytes.fromhex(key) for hour, key in got.items()}
    ages, last = [], dict.fromkeys(MANY, 0)
    viewers = {camera: Viewer() for camera in MANY}
    with Connection(stage.deployment / "sockets" / "repository", timeout=30) as repository:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer: Any = repository.call("live.wait", {"cameras": dict(last), "patience_ms": 2000})
            for (camera, count), data in zip(answer.body["tiles"], answer.blobs, strict=True):
                last[camera] = count
                ages.append(float(ask.now() - viewers[camera].open(keys[camera], data).moment))
    return ages


def looking(viewer: SignedIn) -> None:
    """A session that holds this hour's keys of all cameras."""
    number = Hour.of(ask.now()).number
    for camera in MANY:
        viewer.ask(Verb.LOOK, Look(camera, number, number, "a measurement"))


def watched(stage: Stage, viewers: int, seconds: float) -> dict[str, Any]:
    """So many viewers at once: what each got, and what the console's process took of a core."""
    genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
    heads: list[str] = []
    while len(heads) < viewers:
        console = SignedIn(genesis, NAME, load(stage.key(NAME)).signing)
        looking(console)
        for _ in range(min(STREAMS_EACH, viewers - len(heads))):
            lines = {**console.headers("GET", "/wall/stream"), "connection": "close"}
            spelled = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            heads.append(f"GET /wall/stream HTTP/1.1\r\n{spelled}\r\n")
    port = int(console.origin.rpartition(":")[2])
    process = console_process(stage)
    before = processor_seconds(process)
    reader = subprocess.run(
        [sys.executable, "-c", READER],
        input=json.dumps({"heads": heads, "port": port, "seconds": seconds}),
        capture_output=True,
        text=True,
        check=True,
    )
    share = (processor_seconds(process) - before) / seconds
    rates = [size / seconds for size in json.loads(reader.stdout)]
    return {
        "viewers": viewers,
        "tiles_each": len(MANY),
        "kilobytes_a_second_each": spread([rate / 1000 for rate in rates]),
        "least_kilobytes_a_second": round(min(rates) / 1000, 1),
        "megabytes_a_second": round(sum(rates) / 1e6, 1),
        "console_cores": round(share, 2),
    }


def console_process(stage: Stage) -> int:
    """The console's process of this deployment, which has taken the most time."""
    own = str(stage.deployment).encode()
    return max((int(one.name) for one in Path("/proc").iterdir() if _is_console(one, own)), key=processor_seconds)


def _is_console(folder: Path, own: bytes) -> bool:
    try:
        words = (folder / "cmdline").read_bytes()
    except OSError:
        return False
    return b"countenance.cli.run_console" in words and own in words


def processor_seconds(process: int) -> float:
    """Processor time that a process has taken, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def opened(stage: Stage, seconds: float) -> None:
    """A demo deployment with forty-one cameras, and somebody who may do everything that is measured."""
    (stage.out / "keys").mkdir(parents=True)
    found(stage)
    declared(stage.deployment, stage.key(OPERATOR), MANY)
    folder = stage.out / "clip"
    folder.mkdir()
    footage.render(folder, portraits.read(), seconds=seconds, size=SIZE)
    declare(stage, REAL, folder / "hall-east.mp4")
    public = stage.verb("key", "new", stage.key(NAME), "--person", NAME)["public"]
    stage.verb("roster", "add", NAME, "--organisation", "station", "--role", "officer", "--public", public)


def measured(stage: Stage, seconds: float, viewers: int) -> dict[str, Any]:
    """Everything, one after the other."""
    opened(stage, seconds)
    genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
    assert genesis.console is not None
    result: dict[str, Any] = {"seconds": seconds}
    with simulated(stage.deployment, MANY).running(), chromium() as browser:
        watcher = Visitor.at(browser, genesis.console.origin, "watcher-1")
        file, fingerprint = watcher.enrol(stage.out / "keys")
        facts = ("--organisation", "station", "--role", "officer", "--registration", file, "--fingerprint", fingerprint)
        stage.verb("roster", "add", "watcher-1", *facts)
        watcher.sign_in()
        watcher.go("/wall")
        watcher.page.evaluate(HEAR)
        watcher.page.click("#why button")
        stage.until(lambda: int(watcher.page.evaluate(DRAWN)) >= len(MANY), "the wall")
        took = taken(watcher, seconds)
        direct: list[float] = []
        asking = threading.Thread(target=lambda: direct.extend(straight(stage, seconds)))
        asking.start()
        asking.join()
        watch = stage.start("watch", REAL, "--until-end", "--pace")
        alone = taken(watcher, seconds + 10)
        stage.finished(watch, "watch")
        result["forty"] = told([one for one in took if one["camera"] != REAL])
        result["forty"]["repository_alone_ms"] = spread(direct)
        ratio = result["forty"]["glass_to_wall_ms"]["median"] / max(1.0, statistics.median(direct))
        result["forty"]["ratio"] = round(ratio, 2)
        result["real"] = told([{**one, "read": 0} for one in alone if one["camera"] == REAL])
        result["glass_to_wall_ms"] = result["real"]["glass_to_wall_ms"]
        watcher.context.close()
        if viewers:
            result["viewers"] = watched(stage, viewers, seconds)
    return result


def taken(watcher: Visitor, seconds: float) -> list[dict[str, Any]]:
    """What the page draws in the next seconds."""
    watcher.page.evaluate("() => { window.samples = []; }")
    time.sleep(seconds)
    samples: list[dict[str, Any]] = watcher.page.evaluate("() => window.samples")
    return samples


def main() -> None:
    """Print the figures, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--viewers", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder) / "d", as_json=True, console=Console(stderr=True))
        try:
            result = measured(stage, chosen.seconds, chosen.viewers)
        finally:
            stage.stop_all()
    if chosen.json:
        print(json.dumps(result))
        return
    for name in ("real", "forty", "viewers"):
        for what, value in result.get(name, {}).items():
            print(f"{name:8} {what:26} {value}")


if __name__ == "__main__":
    main()
