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
* viewers: so many streams of forty tiles read at once by other processes on this machine, which take a share of it;
  then more, until pictures come late or are left out. `cores`: processor time of each a second, `cameras` the forty's,
  `viewers` the readers', `others` what else ran here, `machine` everybody's.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
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
from countenance.web.console.feed import STREAMS, STREAMS_EACH  # noqa: E402
from journeys.people import Visitor  # noqa: E402
from prove.approvers import chromium  # noqa: E402
from simulator.declared import declared, simulated  # noqa: E402
from simulator.signed_in import SignedIn  # noqa: E402

MANY = [f"tile-{number:02}" for number in range(1, 41)]
REAL, SIZE = "hall-live", (640, 360)
OPERATOR, NAME = "operator-1", "everybody-1"
SPARE = 10.0
"""Seconds that the real camera's clip is longer than what is measured of it."""

MODULES = {"console": "countenance.cli.run_console", "repository": "countenance.cli.run_repository"}
PROCESSORS = os.cpu_count() or 1
SETTLING, MARGIN, LONGEST, LISTENERS = 5.0, 0.5, 15.0, 2
"""Seconds until all streams run, before their end at which processors are read, and of one step at most; viewers of
whom each picture is looked at, in a process beside the others'.
"""
FULL, FEWER, LATER = 0.9, 0.95, 50.0
"""Shares of a core that is used up, and of pictures that is too few; milliseconds that are late in any case."""

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
SHOWN = "(camera) => window.samples.some((one) => one.camera === camera)"
DRAWN = "() => new Set(window.samples.map((one) => one.camera)).size"


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


class Audience:
    """So many viewers of the wall at once, each with a stream of all tiles, in processes of their own."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
        self._key = load(stage.key(NAME)).signing
        self._sessions: list[SignedIn] = []

    def watched(self, viewers: int, seconds: float) -> dict[str, Any]:
        """What `viewers` got in so many seconds, and what it took of this machine's processors."""
        heads = self._heads(viewers)
        begin, port = time.time() + SETTLING, int(self._sessions[0].origin.rpartition(":")[2])
        orders = [(heads[:LISTENERS], True), (heads[LISTENERS:], False)]
        readers = [
            ordered({"port": port, "heads": some, "begin": begin, "seconds": seconds, "parsed": parsed})
            for some, parsed in orders
        ]
        trees = {name: processes(self._stage, module) for name, module in MODULES.items()}
        trees |= {"cameras": [os.getpid()], "viewers": [one.pid for one in readers]}
        time.sleep(max(0.0, begin - time.time()))
        before, idle, started = taken_by(trees), idle_seconds(), time.monotonic()
        time.sleep(seconds - MARGIN)
        passed = time.monotonic() - started
        after, rested = taken_by(trees), idle_seconds() - idle
        cores = {name: round((after[name] - before[name]) / passed, 2) for name in trees}
        machine = PROCESSORS - rested / passed
        told = [json.loads(one.communicate()[0]) for one in readers]
        rates = [size / seconds / 1e6 for one in told for size in one["bytes"]]
        assert len(rates) == viewers, "a stream ended: see the deployment's processes.log"
        return {
            "viewers": viewers,
            "lag_ms": spread(told[0]["ages"]),
            "pictures_a_second_each": round(told[0]["pictures"] / seconds / LISTENERS, 1),
            "megabytes_a_second_each": {"median": round(statistics.median(rates), 2), "least": round(min(rates), 2)},
            "megabytes_a_second": round(sum(rates), 1),
            "cores": {**cores, "others": round(machine - sum(cores.values()), 2), "machine": round(machine, 2)},
        }

    def _heads(self, viewers: int) -> list[str]:
        """An HTTP request with a proof of its own for each viewer."""
        while STREAMS_EACH * len(self._sessions) < viewers:
            self._sessions.append(SignedIn(self._genesis, NAME, self._key))
            looking(self._sessions[-1])
        heads = []
        for number in range(viewers):
            console = self._sessions[number // STREAMS_EACH]
            if number % STREAMS_EACH == 0:
                # The answer tells the nonce that proofs have to name now.
                console.get("/wall")
            lines = {**console.headers("GET", "/wall/stream"), "connection": "close"}
            spelled = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            heads.append(f"GET /wall/stream HTTP/1.1\r\n{spelled}\r\n")
        return heads


def crowded(stage: Stage, viewers: int, seconds: float) -> dict[str, Any]:
    """A quarter, a half and all of `viewers` at once, then twice as many again and again, until something gives."""
    audience = Audience(stage)
    steps = [audience.watched(count, seconds) for count in (viewers // 4, viewers // 2, viewers)]
    while not gives(steps) and 2 * steps[-1]["viewers"] <= STREAMS:
        steps.append(audience.watched(2 * steps[-1]["viewers"], seconds))
    asked = next(one for one in steps if one["viewers"] == viewers)
    return {"tiles_each": len(MANY), **asked, "steps": steps, "gives_first": gives(steps) or nothing(steps)}


def gives(steps: Sequence[dict[str, Any]]) -> str:
    """Which step was the first with pictures later or fewer than at the first, and what had no time left; or empty."""
    first = steps[0]
    for one in steps[1:]:
        late = one["lag_ms"]["p95"] > 2 * first["lag_ms"]["p95"] + LATER
        few = one["pictures_a_second_each"] < FEWER * first["pictures_a_second_each"]
        if not (late or few):
            continue
        cores = one["cores"]
        what = "fewer pictures" if few else "pictures come later"
        if cores["console"] > FULL:
            why = "the console's process has one core and uses it"
        elif cores["machine"] > FULL * PROCESSORS:
            most = max((name for name in cores if name != "machine"), key=lambda name: cores[name])
            why = f"the machine's {PROCESSORS} processors are full, most of it: {most}"
        else:
            why = "nobody's processor time"
        return f"at {one['viewers']} viewers {what}: {why}"
    return ""


def nothing(steps: Sequence[dict[str, Any]]) -> str:
    """That nothing gave."""
    return f"nothing up to {steps[-1]['viewers']} viewers"


def ordered(order: dict[str, Any]) -> subprocess.Popen[str]:
    """Viewers that read in a process of their own."""
    command, place = [sys.executable, "-m", "simulator.viewers"], {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=place)
    assert process.stdin is not None
    process.stdin.write(json.dumps(order))
    process.stdin.close()
    process.stdin = None
    return process


def processes(stage: Stage, module: str) -> list[int]:
    """This deployment's processes that run `module`, and all that they started."""
    own, parents, found = str(stage.deployment).encode(), {}, []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                parents[int(folder.name)] = int(_fields(int(folder.name))[1])
                words = (folder / "cmdline").read_bytes()
                found += [int(folder.name)] if module.encode() in words and own in words else []
    for known in found:
        found += [child for child, parent in parents.items() if parent == known and child not in found]
    return found


def taken_by(trees: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Processor time of each group of processes, children that ended included, in seconds."""
    tick = os.sysconf("SC_CLK_TCK")
    return {name: sum(sum(map(int, _fields(one)[11:15])) for one in some) / tick for name, some in trees.items()}


def idle_seconds() -> float:
    """How long this machine's processors have had nothing to do, in all, in seconds."""
    words = Path("/proc/stat").read_text(encoding="ascii").split()
    return (int(words[4]) + int(words[5])) / os.sysconf("SC_CLK_TCK")


def _fields(process: int) -> list[str]:
    """Of /proc/PID/stat, from the state on."""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()


def opened(stage: Stage, seconds: float) -> None:
    """A demo deployment with forty-one cameras, and somebody who may do everything that is measured."""
    (stage.out / "keys").mkdir(parents=True)
    found(stage)
    declared(stage.deployment, stage.key(OPERATOR), MANY)
    folder = stage.out / "clip"
    folder.mkdir()
    footage.render(folder, portraits.read(), seconds=seconds + SPARE, size=SIZE)
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
        watcher.page.evaluate("() => { window.samples = []; }")
        watch = stage.start("watch", REAL, "--until-end", "--pace")
        stage.until(lambda: bool(watcher.page.evaluate(SHOWN, REAL)), "a picture of the real camera")
        alone = taken(watcher, seconds)
        stage.finished(watch, "watch")
        result["forty"] = told([one for one in took if one["camera"] != REAL])
        result["forty"]["repository_alone_ms"] = spread(direct)
        ratio = result["forty"]["glass_to_wall_ms"]["median"] / max(1.0, statistics.median(direct))
        result["forty"]["ratio"] = round(ratio, 2)
        result["real"] = told([{**one, "read": 0} for one in alone if one["camera"] == REAL])
        result["glass_to_wall_ms"] = result["real"]["glass_to_wall_ms"]
        watcher.context.close()
        if viewers:
            result["viewers"] = crowded(stage, viewers, min(seconds, LONGEST))
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
