"""Small videos made for the tests: a bright square that moves over a gradient, so that order and place can be read."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from countenance.video.frame import Frame, of_rgb

SQUARE = 16


def picture(index: int, *, width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """An RGB picture whose bright square stands `2 * index` pixels from the left."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 1] = np.linspace(30, 90, width, dtype=np.uint8)
    image[..., 2] = np.linspace(20, 120, height, dtype=np.uint8)[:, None]
    left = 2 * index % (width - SQUARE)
    image[8 : 8 + SQUARE, left : left + SQUARE] = (250, 240, 230)
    return image


def square_left(frame: Frame) -> int:
    """Where the square's left edge is."""
    row = frame.planes[0][8 + SQUARE // 2].astype(int)
    return int(np.flatnonzero(row > 170)[0])


def moving(count: int, *, width: int = 96, height: int = 64, interval_ms: int = 40) -> list[Frame]:
    return [
        of_rgb(picture(index, width=width, height=height), index=index, moment_ms=index * interval_ms)
        for index in range(count)
    ]


def write(
    path: Path,
    pictures: Iterable[NDArray[np.uint8]],
    *,
    stamps: Sequence[int] | None = None,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    with_sound: bool = False,
) -> Path:
    """A video file of RGB pictures; `stamps` in milliseconds."""
    pictures = list(pictures)
    stamps = stamps or [index * 40 for index in range(len(pictures))]
    with av.open(str(path), mode="w") as container:
        stream = container.add_stream(codec, rate=25, options={"preset": "ultrafast"} if codec == "libx264" else {})
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = pixels
        stream.codec_context.time_base = Fraction(1, 1000)
        stream.codec_context.gop_size = 10
        sound = container.add_stream("aac", rate=8000, layout="mono") if with_sound else None
        for image, stamp in zip(pictures, stamps, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixels)
            frame.pts, frame.time_base = stamp, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
            silence.sample_rate = 8000
            container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
    return path
