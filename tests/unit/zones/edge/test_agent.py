import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from countenance.crypto import derive, segment
from countenance.crypto.live import Viewer, hour
from countenance.errors import Malformed, Unavailable
from countenance.formats import records
from countenance.video import segments
from countenance.vocabulary.live import SourceState
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.sightings import Manifest, SegmentRecord, SightingRecord
from countenance.zones.edge import camera
from countenance.zones.edge.agent import Agent, EdgeSettings
from simulator.camera_host import KEYS, World, clip, serving, walk

# Here it is a quarter past: what a test records begins and ends in one hour.
AHEAD = HOUR // 4 - time.time_ns() // 1_000_000 % HOUR
WATCH = [
    sys.executable,
    "-c",
    "import sys, time\n"
    "real = time.time_ns\n"
    f"time.time_ns = lambda: real() + {AHEAD} * 1_000_000\n"
    "from countenance.cli import main\n"
    "sys.exit(main.run(sys.argv[1:]))\n",
    "watch",
    "entrance",
]
QUICK = EdgeSettings(lease_seconds=60.0)


def now() -> int:
    return time.time_ns() // 1_000_000 + AHEAD


def agent(world: World, said: list[str] | None = None, settings: EdgeSettings = QUICK) -> Agent:
    return Agent(world.path, "entrance", settings, clock=now, say=(said if said is not None else []).append)


def manifests(world: World) -> dict[int, Manifest]:
    """The newest manifest of every hour."""
    newest: dict[int, Manifest] = {}
    for manifest in world.repository.records("edge.manifest"):
        assert isinstance(manifest, Manifest)
        if manifest.hour not in newest or newest[manifest.hour].number < manifest.number:
            newest[manifest.hour] = manifest
    return newest


def listed(world: World, verb: str) -> set[bytes]:
    found = manifests(world).values()
    return {digest for it in found for digest in (it.sightings if verb == "edge.sighting" else it.segments)}


def taken(world: World, verb: str) -> set[bytes]:
    return {records.digest(record) for record in world.repository.records(verb)}


def test_a_recording_becomes_covered_footage_sightings_and_manifests(served: World) -> None:
    clip(served.path / "clip.mp4", walk(30))
    one = agent(served)
    with one.opened():
        one.record()
        assert one.drain(60)
        done = one.progress
    assert (done.frames, done.sightings, done.waiting, done.refused) == (30, 1, 0, 0)
    [sighting] = served.repository.records("edge.sighting")
    assert isinstance(sighting, SightingRecord)
    assert sighting.end - sighting.start == 29 * 40
    [(record, (data,))] = served.repository.taken["edge.segment"]
    assert isinstance(record, SegmentRecord)
    plain = segment.decrypt(derive.subkey(KEYS["footage"], record.segment), data)
    stored = list(segments.decode(plain, start_ms=record.start))
    assert [shown.moment_ms - record.start for shown in stored] == [40 * n for n in range(30)]
    for number, shown in enumerate(stored):
        middle = shown.planes[0][50:70, 10 + 6 * number + 40 : 10 + 6 * number + 60]
        assert int(middle.max()) - int(middle.min()) < 12
    hour = Hour.of(record.start).number
    assert {manifest.closed for manifest in manifests(served).values()} == {True}
    assert set(manifests(served)) == {hour, hour + 1}
    assert listed(served, "edge.segment") == taken(served, "edge.segment")
    assert listed(served, "edge.sighting") == taken(served, "edge.sighting")


def test_a_recording_is_seen_live_covered_and_its_end_is_told(served: World) -> None:
    clip(served.path / "clip.mp4", walk(30))
    one = agent(served)
    live = served.repository.live
    with one.opened():
        one.record()
    assert live[-1][0].source is SourceState.ENDED
    assert (live[-1][0].width, live[-1][0].height, live[-1][0].camera) == (320, 240, "entrance")
    assert live[-1][0].counters.decoded == 30
    viewer = Viewer()
    shown = [viewer.open({hour(tile): KEYS["footage"]}, tile) for _, tile, _ in live if tile]
    started = one.progress.started
    for picture in shown:
        decoded = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
        assert decoded is not None
        # The frame is 240 high, the tile 180: the face lies at three quarters of where it was.
        left = 3 * (10 + 6 * ((picture.moment - started) // 40) + 40) // 4
        middle = decoded[38:52, left : left + 15]
        assert int(middle.max()) - int(middle.min()) < 24


def test_a_folder_of_pictures_is_played_too(served: World) -> None:
    folder = served.path / "pictures"
    folder.mkdir()
    for number, picture in enumerate(walk(6)):
        cv2.imwrite(str(folder / f"{number:03}.png"), picture[:, :, ::-1])
    camera.put(served.path, "host-1", "entrance", str(folder))
    one = agent(served)
    with one.opened():
        one.record()
        assert one.drain(60)
    assert (one.progress.frames, one.progress.sightings) == (6, 1)


def test_without_a_lease_recording_ends_with_nothing_kept_and_says_so(served: World) -> None:
    served.repository.locked = True
    clip(served.path / "clip.mp4", walk(10))
    said: list[str] = []
    one = agent(served, said, EdgeSettings(lease_seconds=0.1))
    with one.opened():
        one.record()
        assert one.drain(5)
    assert one.progress.counters.without_lease == 10
    assert served.repository.taken == {}
    assert any("no lease" in line for line in said)


@pytest.mark.parametrize("content", [b"", b"not a video" * 100])
def test_a_source_that_is_no_video_is_malformed(world: World, content: bytes) -> None:
    (world.path / "clip.mp4").write_bytes(content)
    one = agent(world, settings=EdgeSettings(lease_seconds=0.1))
    with one.opened(), pytest.raises(Malformed):
        one.record()


def test_one_process_a_camera(world: World) -> None:
    first, second = agent(world), agent(world)
    with first.opened(), pytest.raises(Unavailable, match="another process"), second.opened():
        pass


def test_a_stop_keeps_what_was_recorded(served: World) -> None:
    clip(served.path / "clip.mp4", walk(50), interval=100)
    one = agent(served)

    def stop() -> None:
        while not one.progress.frames:
            time.sleep(0.02)
        one.stop()

    with one.opened():
        stopping = threading.Thread(target=stop)
        stopping.start()
        one.record(pace=True)
        assert one.drain(60)
    stopping.join()
    assert 0 < one.progress.frames < 50
    [record] = served.repository.records("edge.segment")
    assert isinstance(record, SegmentRecord)
    assert record.frames == one.progress.frames
    assert all(manifest.closed for manifest in manifests(served).values())


def test_settings_that_are_none() -> None:
    with pytest.raises(Malformed):
        EdgeSettings(codec="h264").coding()


def _watch(world: World, *words: str) -> "subprocess.Popen[bytes]":
    command = [*WATCH, *words, "--deployment", str(world.path), "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def test_without_a_repository_it_says_how_much_waits_and_exits_with_1(world: World) -> None:
    clip(world.path / "clip.mp4", walk(5))
    with serving(world):
        # Leases from a first run; then nobody answers.
        assert _watch(world, "--until-end").wait(120) == 0
    process = _watch(world, "--until-end", "--wait", "0.5")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert b'"drained": false' in out
    with serving(world):
        assert _watch(world, "--drain").wait(120) == 0
    assert listed(world, "edge.segment") == taken(world, "edge.segment")
    assert len(taken(world, "edge.segment")) == 2


def test_what_found_no_room_is_said_and_exits_with_1(served: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clip(served.path / "clip.mp4", walk(5))
    monkeypatch.setenv("COUNTENANCE_EDGE_SPOOL_BYTES", "1000")
    process = _watch(served, "--until-end")
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert json.loads(out)["counters"]["spool_refused"] > 0


def test_killed_at_any_moment_nothing_acknowledged_is_lost_and_manifests_fit(served: World, tmp_path: Path) -> None:
    clip(tmp_path / "clip.mp4", walk(60, people=2), interval=100)
    begun = 0
    for patience in (0.3, 0.9, 1.6):
        process = _watch(served, "--until-end")
        while not (served.home / "leases").exists() and process.poll() is None:
            time.sleep(0.02)
        time.sleep(patience)
        os.kill(process.pid, signal.SIGKILL)
        begun += process.wait() == -signal.SIGKILL
    assert _watch(served, "--until-end").wait(120) == 0
    assert begun > 0
    for verb in ("edge.sighting", "edge.segment"):
        assert taken(served, verb) == listed(served, verb)
    assert all(manifest.closed for manifest in manifests(served).values())
    numbers = [m.number for m in served.repository.records("edge.manifest") if isinstance(m, Manifest)]
    assert len(numbers) >= 2
    assert not list((served.home / "spool" / "entrance").glob(".*"))
