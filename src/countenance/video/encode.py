"""Covered frames into pieces of footage that each play alone.

A segment is a fragmented MP4 with its own header: one group of pictures, no sound, no creation time, no name of the
program. Invariants:

* A segment holds the frames it was given, in order, and nothing else.
* Low-delay coding: at most one frame is inside the encoder, so a crash loses what was not finished and nothing more.

AV1 by SVT-AV1 is the default and VP9 the choice for viewers without it (docs/adr/0007-video-codec.md).
"""

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import av
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.stream import VideoStream

from countenance.errors import Malformed, Unavailable
from countenance.video.frame import Frame

Codec = Literal["av1", "vp9"]

_ENCODERS: Mapping[str, str] = {"av1": "libsvtav1", "vp9": "libvpx-vp9"}
_MOVFLAGS = "frag_keyframe+empty_moov+default_base_moof"
_MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True, slots=True, repr=False)
class Segment:
    """One finished piece. `start_ms` is its first frame's moment, `end_ms` where the next frame would be."""

    data: bytes
    frames: int
    start_ms: int
    end_ms: int

    def __repr__(self) -> str:
        return f"Segment({self.frames} frames, {self.start_ms}-{self.end_ms} ms, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True)
class Coding:
    """How footage is coded. `quality` is the codec's own scale, 1 (best) to 63; `threads` the encoder may use.

    `group`: most frames between two pictures that stand alone, within a segment.
    """

    codec: Codec = "av1"
    quality: int = 38
    threads: int = 1
    group: int = 250

    def __post_init__(self) -> None:
        if self.codec not in _ENCODERS:
            raise Malformed("footage is coded as av1 or vp9; choose one of them")
        if not 1 <= self.quality <= 63:
            raise Malformed("the quality of footage is a whole number from 1 (best) to 63")

    def options(self) -> dict[str, str]:
        """The encoder's own options."""
        if self.codec == "av1":
            low_delay = f"lp={self.threads}:pred-struct=1:rtc=1"
            return {"preset": "12", "crf": str(self.quality), "svtav1-params": low_delay}
        return {"deadline": "realtime", "cpu-used": "8", "crf": str(self.quality), "b": "0", "lag-in-frames": "0"}


class SegmentEncoder:
    """Turns frames into segments: `add` each frame, `finish` to get the piece; the next `add` begins another."""

    def __init__(self, width: int, height: int, *, rate: float, coding: Coding | None = None) -> None:
        """`width`, `height` in pixels, even. `rate`: nominal frames a second."""
        if width % 2 or height % 2:
            raise Malformed("footage has an even width and height")
        self.width = width
        self.height = height
        self._rate = Fraction(rate).limit_denominator(1001)
        self._coding = coding or Coding()
        self._open: _OpenSegment | None = None
        # SVT-AV1 writes its settings to stderr at every start unless told otherwise, and takes this from nowhere else.
        os.environ.setdefault("SVT_LOG", "1")

    @property
    def frames(self) -> int:
        """Frames in the segment that is being made."""
        return self._open.frames if self._open else 0

    @property
    def start_ms(self) -> int | None:
        """Moment of the first frame of the segment that is being made; None between segments."""
        return self._open.start_ms if self._open else None

    def add(self, frame: Frame) -> None:
        """Encode a frame. Raises Malformed if its size is another, Unavailable if the encoder fails."""
        if (frame.width, frame.height) != (self.width, self.height):
            raise Malformed("the picture changed its size; finish the segment and begin one of the new size")
        try:
            if self._open is None:
                self._open = _OpenSegment(self, frame)
            self._open.add(frame)
        except FFmpegError as error:
            self._open = None
            raise Unavailable("the video encoder failed; the segment is lost and the next begins anew") from error

    def finish(self) -> Segment | None:
        """The segment made of the frames added since the last one; None if there were none."""
        finished, self._open = self._open, None
        if finished is None:
            return None
        try:
            return finished.close()
        except FFmpegError as error:
            raise Unavailable("the video encoder failed; the segment is lost and the next begins anew") from error

    def stream(self, container: OutputContainer, matrix: int) -> VideoStream:
        """A new stream of this coding in `container`."""
        stream = container.add_stream(_ENCODERS[self._coding.codec], rate=self._rate, options=self._coding.options())
        if not isinstance(stream, VideoStream):
            raise Unavailable("this installation of PyAV has no such video encoder; install one that has")
        stream.width, stream.height, stream.pix_fmt = self.width, self.height, "yuv420p"
        context = stream.codec_context
        context.time_base = _MILLISECOND
        context.thread_count = self._coding.threads
        context.gop_size = self._coding.group
        context.colorspace = matrix
        context.color_range = 1
        return stream

    @property
    def interval_ms(self) -> int:
        """Nominal time a frame is shown."""
        return max(1, round(1000 / self._rate))


class _OpenSegment:
    def __init__(self, encoder: SegmentEncoder, first: Frame) -> None:
        self.start_ms = first.moment_ms
        self.frames = 0
        self._last = first.moment_ms - 1
        self._interval = encoder.interval_ms
        self._buffer = io.BytesIO()
        options = {"movflags": _MOVFLAGS, "fflags": "+bitexact"}
        self._container = av.open(self._buffer, mode="w", format="mp4", options=options)
        self._stream = encoder.stream(self._container, first.matrix)

    def add(self, frame: Frame) -> None:
        # Two frames at one moment would be dropped by the container; the later one moves on by a millisecond.
        self._last = max(self._last + 1, frame.moment_ms)
        picture = frame.picture()
        picture.time_base = _MILLISECOND
        picture.pts = self._last - self.start_ms
        picture.duration = self._interval
        self._container.mux(self._stream.encode(picture))
        self.frames += 1

    def close(self) -> Segment:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return Segment(self._buffer.getvalue(), self.frames, self.start_ms, self._last + self._interval)
