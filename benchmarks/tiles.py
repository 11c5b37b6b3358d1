"""Live pictures: JPEG against WebP, and what one costs an edge.

Run: `python benchmarks/tiles.py [--clip FILE] [--json]`. Pictures: three that come with scikit-image, or every tenth
frame of a clip. The ratio is WebP / JPEG at the quality of WebP that gives the same PSNR or the next better.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from countenance.crypto import live
from countenance.video.decode import Reader, Source
from countenance.video.frame import Frame, of_rgb
from countenance.vocabulary.live import TILE, VIEW
from countenance.zones.edge.tiles import scaled

ROUNDS = 20
WEBP = range(20, 100, 5)
SOURCE = (1920, 1080)


@dataclass(frozen=True, slots=True)
class Result:
    """Of one size: bytes and processor milliseconds a picture, PSNR in dB, and WebP / JPEG of the first two.

    `whole_ms`: of one picture from the covered frame of 1920x1080 to the encrypted picture, with JPEG.
    """

    size: str
    jpeg_bytes: float
    jpeg_ms: float
    jpeg_psnr: float
    webp_bytes: float
    webp_ms: float
    webp_psnr: float
    bytes_ratio: float
    time_ratio: float
    whole_ms: float


def frames(clip: Path | None) -> list[Frame]:
    """Frames of 1920x1080."""
    if clip is not None:
        with Reader(Source(str(clip))) as reader:
            return list(islice(reader, 0, 200, 10))
    pictures = (data.astronaut(), data.coffee(), data.chelsea())
    return [of_rgb(np.asarray(cv2.resize(picture, SOURCE), np.uint8)) for picture in pictures]


def measure(sources: Sequence[Frame], size: tuple[int, int]) -> Result:
    """JPEG as the edge makes it against WebP of the same pictures."""
    cut = [scaled(frame, size) for frame in sources]
    images = [
        np.ascontiguousarray(
            np.asarray(cv2.resize(frame.rgb()[:, :, ::-1], (it.width, it.height), None, 0, 0, cv2.INTER_AREA))
        )
        for frame, it in zip(sources, cut, strict=True)
    ]
    jpeg = _coded(images, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 70)
    webp = next(
        found for quality in WEBP if (found := _coded(images, ".webp", cv2.IMWRITE_WEBP_QUALITY, quality))[2] >= jpeg[2]
    )
    whole = _spent(lambda: [live.encrypt(bytes(32), scaled(frame, size)) for frame in sources]) / len(sources)
    name = "x".join(map(str, size))
    return Result(name, *jpeg, *webp, webp[0] / jpeg[0], webp[1] / jpeg[1], whole)


def _coded(images: list[NDArray[np.uint8]], kind: str, flag: int, quality: int) -> tuple[float, float, float]:
    coded = [cv2.imencode(kind, image, [flag, quality])[1] for image in images]
    spent = _spent(lambda: [cv2.imencode(kind, image, [flag, quality]) for image in images]) / len(images)
    errors = [
        float(np.mean((np.asarray(cv2.imdecode(one, cv2.IMREAD_COLOR), np.float64) - image) ** 2))
        for one, image in zip(coded, images, strict=True)
    ]
    return float(np.mean([one.size for one in coded])), spent, float(10 * np.log10(255**2 / np.mean(errors)))


def _spent(act: object) -> float:
    assert callable(act)
    times = []
    for _ in range(ROUNDS):
        begun = time.thread_time()
        act()
        times.append(time.thread_time() - begun)
    return 1000 * float(np.median(times))


def main() -> None:
    """Print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    sources = frames(given.clip)
    results = [measure(sources, size) for size in (TILE, VIEW)]
    if given.json:
        print(json.dumps([asdict(result) for result in results]))
        return
    for it in results:
        print(
            f"{it.size}: JPEG {it.jpeg_bytes:.0f} bytes in {it.jpeg_ms:.2f} ms ({it.jpeg_psnr:.1f} dB), "
            f"WebP {it.webp_bytes:.0f} bytes in {it.webp_ms:.2f} ms ({it.webp_psnr:.1f} dB): "
            f"{it.bytes_ratio:.2f} of the size, {it.time_ratio:.0f} times the time; "
            f"from a covered 1080p frame to the encrypted picture {it.whole_ms:.2f} ms"
        )


if __name__ == "__main__":
    main()
