"""One picture of a video, as the planes the decoder made and the encoder takes.

Invariants:

* 8 bits, YUV 4:2:0, limited range, even width and height; a source's odd last row or column is cut off before anything
  looks at it, so nothing is stored that was not checked.
* Covering paints into the planes themselves: between source and store there is no further change of colours.

Who holds a frame sees faces: it exists in the memory of an edge or of the evidence process, and nowhere else.
"""

from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation
from numpy.typing import NDArray

from countenance.errors import Malformed

# Pixels; 8K UHD, and room for an evidence copy's mark beneath it. Larger pictures are refused before memory is taken
# for them.
LARGEST = 7680 * 4800
SMALLEST_SIDE, LONGEST_SIDE = 16, 16_384

Planes = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]

_LIMITED, _FULL = 1, 2


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frame:
    """A picture and its place in time.

    `packed`: uint8 (height * 3 / 2, width): Y, then U, then V, each without gaps. `moment_ms`: milliseconds from the
    first frame of the source, never falling. `matrix`: the colour matrix, as FFmpeg numbers it.
    """

    index: int
    moment_ms: int
    packed: NDArray[np.uint8]
    matrix: int = int(Colorspace.ITU601)

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.packed.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.packed.shape[0]) * 2 // 3

    @property
    def planes(self) -> Planes:
        """Y (height, width), U and V (height / 2, width / 2): views, so that painting them paints the frame."""
        luma = self.width * self.height
        half = (self.height // 2, self.width // 2)
        flat = self.packed.reshape(-1)
        return (
            flat[:luma].reshape(self.height, self.width),
            flat[luma : luma * 5 // 4].reshape(half),
            flat[luma * 5 // 4 :].reshape(half),
        )

    def rgb(self) -> NDArray[np.uint8]:
        """The picture as (height, width, 3) RGB, a new array."""
        picture = self.picture().to_ndarray(format="rgb24", threads=1)
        return np.asarray(picture, np.uint8)

    def picture(self) -> VideoFrame:
        """The frame as FFmpeg's type; it shares memory with `packed` if it can."""
        if self.height % 4:
            # PyAV would take such a buffer for one of two rows less, and look for the colours in the wrong place.
            picture = VideoFrame(self.width, self.height, "yuv420p")
            for plane, source in zip(picture.planes, self.planes, strict=True):
                rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
                rows[: source.shape[0], : source.shape[1]] = source
        else:
            picture = VideoFrame.from_numpy_buffer(self.packed, format="yuv420p")
        picture.colorspace = self.matrix
        picture.color_range = _LIMITED
        return picture

    def copy(self) -> "Frame":
        """The same frame in memory of its own."""
        return Frame(self.index, self.moment_ms, self.packed.copy(), self.matrix)

    def __repr__(self) -> str:
        return f"Frame({self.index}, {self.moment_ms} ms, {self.width}x{self.height})"


def of_picture(picture: VideoFrame, *, index: int, moment_ms: int) -> Frame:
    """A decoder's picture of any pixel format as a Frame, upright (its display rotation applied).

    Raises Malformed for a picture smaller than 16 pixels on a side or larger than 8K.
    """
    check_size(picture.width, picture.height)
    full = picture.color_range == _FULL or picture.format.name.startswith("yuvj")
    if picture.format.name != "yuv420p" or full:
        picture = picture.reformat(
            format="yuv420p",
            src_color_range=_FULL if full else None,
            dst_color_range=_LIMITED,
            interpolation=Interpolation.BILINEAR,
            threads=1,
        )
    matrix = int(Colorspace.ITU709) if picture.colorspace == Colorspace.ITU709 else int(Colorspace.ITU601)
    quarter_turns = round(picture.rotation / 90) % 4
    even = picture.width % 2 == 0 and picture.height % 2 == 0
    if even and not quarter_turns:
        return Frame(index, moment_ms, np.asarray(picture.to_ndarray(), np.uint8), matrix)
    return Frame(index, moment_ms, _packed([np.rot90(p, quarter_turns) for p in _cropped(picture)]), matrix)


def of_rgb(image: NDArray[np.uint8], *, index: int = 0, moment_ms: int = 0) -> Frame:
    """An RGB image (height, width, 3) as a Frame."""
    picture = VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
    return of_picture(picture, index=index, moment_ms=moment_ms)


def check_size(width: int, height: int) -> None:
    """Raise Malformed unless frames of this size can be handled."""
    if min(width, height) < SMALLEST_SIDE or max(width, height) > LONGEST_SIDE or width * height > LARGEST:
        raise Malformed(f"a video of {width}x{height} pixels cannot be read: use 16x16 up to 7680x4320")


def _cropped(picture: VideoFrame) -> list[NDArray[np.uint8]]:
    width, height = picture.width // 2 * 2, picture.height // 2 * 2
    planes = []
    for plane, divisor in zip(picture.planes, (1, 2, 2), strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        planes.append(rows[: height // divisor, : width // divisor])
    return planes


def _packed(planes: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    height, width = planes[0].shape
    return np.concatenate([plane.ravel() for plane in planes]).reshape(height * 3 // 2, width)
