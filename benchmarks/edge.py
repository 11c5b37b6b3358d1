"""The whole edge pipeline on one core: frames a second, where the processor's time goes, and memory.

    python benchmarks/edge.py [--clip FILE] [--size WIDTHxHEIGHT …] [--frames N] [--codec av1|vp9] [--json]

Everything runs as in `countenance watch`, from the decoder to durable, encrypted items in a spool, except that the
three threads are one, so that the shares add up, and that nothing is uploaded. The process is pinned to one core; a
second is one of that core's time for this process, so that what else the machine does matters little. `encode` is all
the time of the encoder's own threads and of the calls into it. Each size runs in a process of its own, because peak
memory only grows. The clip is scaled to each size beforehand; without `--clip`, the demo's is made.
"""

import argparse
import dataclasses
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import av
from av.video.frame import VideoFrame

from countenance.cli.demo import footage, portraits
from countenance.crypto import keypair
from countenance.crypto.lease import OwnKey
from countenance.crypto.seal import binding, seal
from countenance.crypto.sign import SigningKey
from countenance.faces.card import DetectorCard, ExtractorCard, built_in
from countenance.faces.detector import Detector
from countenance.faces.extractor import Extractor
from countenance.formats import records
from countenance.video.decode import Reader, Source
from countenance.video.encode import Codec, Coding
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.sightings import Lease
from countenance.zones.edge.examine import Examiner, covering_card
from countenance.zones.edge.identity import Identity
from countenance.zones.edge.leases import Issuers, Leases
from countenance.zones.edge.ledger import Ledger
from countenance.zones.edge.recorder import Recorder, Tools
from countenance.zones.edge.sealing import Sealer
from countenance.zones.edge.spool import Spool
from countenance.zones.edge.stages import Shares

Figures = dict[str, Any]

SIZES = ((640, 360), (1280, 720), (1920, 1080))
# Seconds of the demo's hall that are made, 15 frames each.
DEMO_SECONDS = 10.0
PARTS = ("decode", "detect", "extract", "cover", "encode", "seal", "other")
# 2026-01-01T00:00Z, the moment at which the clip starts to play.
START = 1_767_225_600_000


def main() -> int:
    """Measure every size and print the figures."""
    arguments = _arguments()
    if arguments.inner:
        print(json.dumps(measure(arguments.clip, arguments.codec)))
        return 0
    sizes = [_size(text) for text in arguments.size] if arguments.size else list(SIZES)
    with tempfile.TemporaryDirectory() as scratch:
        clip = arguments.clip or _demo_footage(Path(scratch))
        results = [_in_a_process(clip, size, arguments, Path(scratch)) for size in sizes]
    if arguments.json:
        print(json.dumps(results))
        return 0
    for result in results:
        shares = ", ".join(f"{part} {share:.0%}" for part, share in result["share"].items())
        print(
            f"{result['width']}x{result['height']}: {result['frames_per_second_one_core']:.1f} frames/s on one core, "
            f"peak {result['peak_rss_mb']:.0f} MB; {shares}"
        )
    return 0


def measure(clip: Path, codec: Codec) -> Figures:
    """Record `clip` once, pinned to one core; the figures of the issue's JSON."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as scratch, Reader(Source(str(clip))) as reader:
        tools = workshop(Path(scratch), codec)
        extractor, detector = tools.extractor, Detector(covering_card(_detector_card()))
        examiner = Examiner(detector, extractor, extracts=lambda _: True, shares=tools.shares)
        recorder = Recorder(tools, rate=reader.rate)
        frames = iter(reader)
        used, mine = time.process_time(), time.thread_time()
        width = height = count = 0
        while True:
            with tools.shares.of("decode"):
                frame = next(frames, None)
            if frame is None:
                break
            width, height, count = frame.width, frame.height, count + 1
            recorder.keep(examiner.examine(dataclasses.replace(frame, moment_ms=START + frame.moment_ms)))
        recorder.finish()
        total, mine = time.process_time() - used, time.thread_time() - mine
    spent = dict.fromkeys(PARTS, 0.0) | tools.shares.seconds
    spent["encode"] += total - mine
    spent["other"] += max(0.0, total - sum(spent.values()))
    return {
        "width": width,
        "height": height,
        "frames_per_second_one_core": round(count / total, 2),
        "share": {part: round(spent[part] / sum(spent.values()), 4) for part in PARTS},
        "peak_rss_mb": round(_peak_kilobytes() / 1024, 1),
        "frames": count,
        "sightings": recorder.sightings,
        "covered_whole": recorder.counters.covered_whole,
    }


def workshop(directory: Path, codec: Codec) -> Tools:
    """A recorder's tools around a new spool, with leases for two hours, as an open custodian would hand them out."""
    identity = Identity("host-1", SigningKey.generate(), OwnKey.generate())
    card = built_in("sface")
    assert isinstance(card, ExtractorCard)
    extractor = Extractor(card)
    spool = Spool(directory / "spool", most=1 << 40)
    ledger = Ledger(
        directory / "spool" / "ledger", spool, camera="bench", identity=identity, extractor=extractor.digest
    )
    leases = Leases(directory / "leases", camera="bench", identity=identity, issuers=Issuers("00" * 8), now=START)
    hours = [Hour.of(START).number + ahead for ahead in range(2)]
    leases.take(hours, [_lease(identity, hour) for hour in hours])
    return Tools(
        leases=leases,
        ledger=ledger,
        sealer=Sealer("00" * 8, secrets.token_bytes),
        extractor=extractor,
        shares=Shares(),
        coding=Coding(codec),
        say=lambda line: print(line, file=sys.stderr),
        clock=lambda: START,
    )


def scaled(clip: Path, size: tuple[int, int], most: int, target: Path) -> Path:
    """`clip` at another size, as H.264: what cameras send. At most `most` frames."""
    width, height = size
    with av.open(str(clip)) as source, av.open(str(target), "w") as out:
        stream = source.streams.video[0]
        encoder = out.add_stream("libx264", rate=stream.average_rate, options={"preset": "veryfast", "crf": "20"})
        encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
        for number, frame in enumerate(source.decode(stream)):
            if number >= most:
                break
            picture = frame.reformat(width, height, "yuv420p")
            out.mux(encoder.encode(_again(picture)))
        out.mux(encoder.encode(None))
    return target


def _again(picture: VideoFrame) -> VideoFrame:
    picture.pict_type = 0
    return picture


def _lease(identity: Identity, hour: int) -> bytes:
    lease = Lease(
        "bench", hour, "host-1", secrets.token_bytes(32), secrets.token_bytes(32), keypair.generate().public, True
    )
    info = binding("lease", "00" * 8, "host-1", str(Partition("bench", hour)))
    return seal(identity.own.public, info, records.write(lease))


def _peak_kilobytes() -> int:
    """Of this process alone: what getrusage says goes back to before it was started."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")))


def _detector_card() -> DetectorCard:
    card = built_in("yunet")
    assert isinstance(card, DetectorCard)
    return card


def _in_a_process(clip: Path, size: tuple[int, int], arguments: argparse.Namespace, scratch: Path) -> Figures:
    target = scaled(clip, size, arguments.frames, scratch / f"{size[0]}x{size[1]}.mp4")
    words = [sys.executable, __file__, "--inner", "--clip", str(target), "--codec", arguments.codec]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE)
    result: Figures = json.loads(done.stdout)
    return result


def _demo_footage(scratch: Path) -> Path:
    footage.render(scratch, portraits.read(), seconds=DEMO_SECONDS, size=max(SIZES))
    return scratch / "hall-east.mp4"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--size", action="append")
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--codec", choices=("av1", "vp9"), default="av1")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


if __name__ == "__main__":
    raise SystemExit(main())
