"""AV1 against VP9 for footage: time, size and picture at three sizes, one thread, in segments of two seconds.

Run: `python benchmarks/codec.py CLIP [--json]`. A ratio compares each coding with AV1 at the default quality in the
same run. Figures of one run are in docs/adr/0007-video-codec.md.
"""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from countenance.video import segments
from countenance.video.decode import Reader, Source
from countenance.video.encode import Coding, SegmentEncoder
from countenance.video.frame import Frame, of_picture

SIZES = ((640, 360), (1280, 720), (1920, 1080))
CODINGS = (Coding("av1"), Coding("av1", 44), Coding("vp9", 36), Coding("vp9", 42))
SEGMENT_SECONDS = 2
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Result:
    """CPU milliseconds a frame (best round), kbit/s of footage, PSNR of luma in dB, and ratios to the default."""

    width: int
    height: int
    codec: str
    quality: int
    encode_ms: float
    decode_ms: float
    kilobits: float
    psnr: float
    time_ratio: float = 1.0
    size_ratio: float = 1.0


def measure(clip: Path, most: int = 100) -> list[Result]:
    """All codings at all sizes over the first `most` frames of `clip`."""
    results = []
    for width, height in SIZES:
        frames, rate = _scaled(clip, width, height, most)
        default: Result | None = None
        rounds = [[_measure(frames, rate, coding) for coding in CODINGS] for _ in range(ROUNDS)]
        for tried in zip(*rounds, strict=True):
            found = min(tried, key=lambda result: result.encode_ms)
            default = default or found
            ratios = found.encode_ms / default.encode_ms, found.kilobits / default.kilobits
            results.append(Result(**{**asdict(found), "time_ratio": ratios[0], "size_ratio": ratios[1]}))
    return results


def _scaled(clip: Path, width: int, height: int, most: int) -> tuple[list[Frame], float]:
    frames = []
    with Reader(Source(str(clip))) as reader:
        for frame in reader:
            picture = frame.picture().reformat(width=width, height=height, threads=1)
            frames.append(of_picture(picture, index=frame.index, moment_ms=frame.moment_ms))
            if len(frames) == most:
                break
        return frames, reader.rate


def _measure(frames: list[Frame], rate: float, coding: Coding) -> Result:
    width, height = frames[0].width, frames[0].height
    encoder = SegmentEncoder(width, height, rate=rate, coding=coding)
    made = []
    started = time.process_time()
    for frame in frames:
        encoder.add(frame)
        if encoder.frames >= SEGMENT_SECONDS * rate:
            made.append(encoder.finish())
    made.append(encoder.finish())
    encoded = time.process_time()
    pieces = [(segment.start_ms, segment.data) for segment in made if segment]
    stored = list(segments.decode_all(pieces))
    decoded = time.process_time()
    squares = [np.square(a.planes[0].astype(float) - b.planes[0]).mean() for a, b in zip(frames, stored, strict=True)]
    return Result(
        width=width,
        height=height,
        codec=coding.codec,
        quality=coding.quality,
        encode_ms=(encoded - started) * 1000 / len(frames),
        decode_ms=(decoded - encoded) * 1000 / len(frames),
        kilobits=sum(len(data) for _, data in pieces) * 8 * rate / len(frames) / 1000,
        psnr=float(np.mean(10 * np.log10(255**2 / np.maximum(squares, 1e-9)))),
    )


def main() -> None:
    """Print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--json", action="store_true", dest="as_json")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    results = measure(arguments.clip)
    if arguments.as_json:
        print(json.dumps([asdict(result) for result in results]))
        return
    print("size        coding    encode ms  decode ms   kbit/s  PSNR dB   time   size")
    for r in results:
        print(
            f"{r.width}x{r.height:<5} {r.codec} q{r.quality:<4} {r.encode_ms:9.1f} {r.decode_ms:10.1f} "
            f"{r.kilobits:8.0f} {r.psnr:8.1f} {r.time_ratio:6.2f} {r.size_ratio:6.2f}"
        )


if __name__ == "__main__":
    main()
