"""The edge's bounds: resident memory while a long recording plays, and the spool while nobody takes what it holds."""

import time
from fractions import Fraction
from pathlib import Path

import av
import psutil
import pytest

from countenance.cli.demo.opening import declare, rise
from countenance.cli.demo.stage import Stage
from prove import killing, scenes
from prove.scale import count

MIB = 1024 * 1024
# As the docstring of zones.edge.pipeline states them, for 640x360.
PEAK = 384 * MIB
GROWTH = 16 * MIB
SPOOL = 400_000
RATE = 15


def looped(source: Path, target: Path, *, seconds: int) -> Path:
    """The pictures of `source` over and over, for `seconds`."""
    with av.open(str(source)) as first:
        pictures = [frame.reformat(format="yuv420p") for frame in first.decode(video=0)]
    with av.open(str(target), "w") as out:
        stream = out.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *scenes.SIZE, "yuv420p"
        stream.bit_rate = 3_000_000
        for number in range(seconds * RATE):
            picture = pictures[number % len(pictures)]
            picture.pts, picture.time_base = number, Fraction(1, RATE)
            picture.pict_type = 0
            out.mux(stream.encode(picture))
        out.mux(stream.encode(None))
    return target


@pytest.mark.timeout(7200)
def test_resident_memory_is_bounded(stage: Stage) -> None:
    seconds = count(3600, 90)
    long = looped(scenes.clip(stage.out / "clip"), stage.out / "clip" / "long.mp4", seconds=seconds)
    declare(stage, scenes.CAMERA, long)
    watch = stage.start("watch", scenes.CAMERA, "--until-end")
    process, sizes = psutil.Process(watch.pid), list[int]()
    while watch.poll() is None:
        try:
            sizes.append(process.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.1)
    summary = stage.finished(watch, "watch")
    assert summary["drained"] is True
    assert summary["frames"] >= seconds * RATE
    # Reaped or ending, a process may still be listed with nothing.
    sizes = [size for size in sizes if size > 0]
    # The first third, but never more than three minutes' worth: networks, encoder and pools find their sizes.
    warm = len(sizes) * min(seconds // 3, 180) // seconds
    peak, growth = max(sizes), max(sizes[warm:]) - max(sizes[:warm])
    print(f"{summary['frames']} frames, peak {peak // MIB} MiB, growth after warm-up {growth // MIB} MiB")
    assert growth <= GROWTH
    assert peak <= PEAK


@pytest.mark.timeout(600)
def test_spool_is_bounded_while_the_repository_is_down(stage: Stage) -> None:
    scenes.camera(stage)
    stage.finished(stage.start("watch", scenes.CAMERA, "--until-end"), "watch")
    before = scenes.held(stage)
    (stage.deployment / "countenance.toml").write_text(f"[edge]\nspool_bytes = {SPOOL}\n")
    stage.stop(killing.supervisor(stage))
    spool = stage.deployment / "edge" / "host-1" / "spool" / scenes.CAMERA
    for _ in range(2):
        summary = stage.finished(stage.start("watch", scenes.CAMERA, "--until-end", "--wait", 1), "watch")
        assert summary["frames"] > 0
        assert summary["drained"] is False
        assert summary["waiting"] > 0
        # A manifest is kept even if the spool is full: a few kilobytes a start.
        assert size_of(spool) <= SPOOL + 32 * 1024
    assert summary["counters"]["spool_refused"] > 0
    assert any("spool is full" in said for said in summary["said"])
    assert any("waiting for the repository" in said for said in summary["said"])
    waiting = summary["waiting"]
    print(f"{waiting} items wait, {summary['counters']['spool_refused']} found no room")
    rise(stage)
    drained = stage.finished(stage.start("watch", scenes.CAMERA, "--drain"), "watch")
    assert drained["drained"] is True
    assert (drained["waiting"], drained["refused"]) == (0, 0)
    assert drained["acknowledged"] >= waiting
    assert before < scenes.held(stage)
    answer = stage.verb("search", scenes.warrant(stage, uses=1), person="officer-1")
    assert answer["incomplete"] == [], "what found no room never counted; what counted was sent"
    assert answer["rows"] == scenes.whole(stage)
    stage.stop_all()
    scenes.regular(stage)


def size_of(spool: Path) -> int:
    """Bytes of the items, waiting or set aside; the ledger beside them is no part of the spool's bound."""
    return sum(path.stat().st_size for path in spool.rglob("*") if path.is_file() and "ledger" not in path.parts)
