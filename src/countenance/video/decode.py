"""Frames from a camera, a video file or a folder of pictures.

Invariants:

* Moments never go back and indices have no gaps, whatever the source's clock does.
* A damaged packet or picture is counted and passed over; a source that yields nothing is Malformed, a camera that stops
  is Unavailable, never a quiet end.
* No message carries the address of a source: camera addresses hold passwords.
* A file cannot make the process open another file or a network address (playlists are not read).

Who feeds this source chooses what the edge sees; the decoder runs in the edge's process and nowhere near a key that
opens anything stored.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.container import InputContainer
from av.error import FFmpegError, InvalidDataError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from countenance.errors import Malformed, Unavailable
from countenance.video import folder
from countenance.video.frame import Frame, check_size, of_picture
from countenance.video.timeline import Timeline

# Containers a file may have. None of them refers to other files.
FILE_FORMATS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,ivf,flv,ogg,h264,hevc,obu,mjpeg,yuv4mpegpipe,gif,asf,3gp"
# Seconds to wait for a camera to answer, and for its next packet.
OPENING, SILENCE = 10.0, 10.0
DEFAULT_RATE = 25.0

_NETWORK = re.compile(r"^rtsps?://", re.IGNORECASE)
_DEVICE = re.compile(r"^(v4l2:)?/dev/")


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """Where frames come from: `rtsp://…`, `/dev/video0`, a file or a folder of pictures.

    `threads` of the decoder. `rate` (frames a second) is used for a folder only. `opening` and `silence`: seconds to
    wait for a camera.
    """

    address: str
    threads: int = 1
    rate: float = 5.0
    opening: float = OPENING
    silence: float = SILENCE

    @property
    def live(self) -> bool:
        """Whether it is a camera, which has no end and does not wait."""
        return bool(_NETWORK.match(self.address) or _DEVICE.match(self.address))

    def __repr__(self) -> str:
        return f"Source({'camera' if self.live else 'recording'})"


class Reader:
    """Iterates over a source's frames once. Use as a context manager; closing ends the iteration."""

    def __init__(self, source: Source) -> None:
        """Open the source. Raises Malformed (not a video) or Unavailable (no such camera, or it does not answer)."""
        self.source = source
        self.damaged = 0
        self._folder = folder.pictures(Path(source.address)) if _is_folder(source) else None
        self._container = None if self._folder is not None else _open(source)
        self._timeline = Timeline(1000 / self.rate)

    @property
    def rate(self) -> float:
        """Nominal frames a second."""
        if self._container is None:
            return self.source.rate
        stream = self._container.streams.video[0]
        rate = float(stream.average_rate or stream.guessed_rate or DEFAULT_RATE)
        return rate if 0.1 <= rate <= 240 else DEFAULT_RATE

    @property
    def clock_jumps(self) -> int:
        """How often the source's clock went back or leapt ahead."""
        return self._timeline.jumps

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames. A camera's end raises Unavailable; a recording without one readable frame Malformed."""
        index = -1
        for index, (picture, stamp) in enumerate(self._pictures()):
            yield of_picture(picture, index=index, moment_ms=self._timeline.place(stamp))
        if self.source.live:
            raise Unavailable("the camera stopped sending; it is asked again until it answers")
        if index < 0:
            raise Malformed("the recording holds no readable frame; check that it plays elsewhere")

    def close(self) -> None:
        """Let go of the source."""
        if self._container is not None:
            self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pictures(self) -> Iterator[tuple[VideoFrame, float | None]]:
        if self._container is not None:
            yield from self._decoded(self._container)
            return
        for picture in self._folder or ():
            if picture is None:
                self.damaged += 1
            else:
                yield picture, None

    def _decoded(self, container: InputContainer) -> Iterator[tuple[VideoFrame, float | None]]:
        stream = container.streams.video[0]
        for packet in self._packets(container, stream):
            try:
                pictures = packet.decode()
            except FFmpegError:
                self.damaged += 1
                continue
            for picture in pictures:
                if not isinstance(picture, VideoFrame):
                    continue
                if picture.is_corrupt:
                    self.damaged += 1
                    continue
                stamp = picture.pts
                base = picture.time_base
                yield picture, None if stamp is None or base is None else float(stamp * base * 1000)

    def _packets(self, container: InputContainer, stream: VideoStream) -> Iterator["Packet[VideoStream]"]:
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except FFmpegError as error:
                if self.source.live:
                    raise Unavailable("the camera stopped answering; it is asked again until it answers") from error
                # The rest of a cut or damaged file cannot be found; what was read before stands.
                self.damaged += 1
                return
            if packet is None:
                return
            yield packet


def frames(address: str, *, threads: int = 1) -> Iterator[Frame]:
    """The frames of a camera, file or folder; errors as for Reader."""
    with Reader(Source(address, threads)) as reader:
        yield from reader


def _is_folder(source: Source) -> bool:
    return not source.live and Path(source.address).is_dir()


def _open(source: Source) -> InputContainer:
    try:
        container = _opened(source)
    except (InvalidDataError, av.error.DecoderNotFoundError, av.error.DemuxerNotFoundError) as error:
        raise Malformed("this is not a video that can be read; use MP4, Matroska, WebM, AVI or MPEG-TS") from error
    except FFmpegError as error:
        if source.live:
            raise Unavailable("the camera does not answer; check its address, cable and sign-in") from error
        raise Malformed("the recording cannot be opened; check the path and that it may be read") from error
    if not container.streams.video:
        container.close()
        raise Malformed("the source has no picture, only sound or data; choose another")
    stream = container.streams.video[0]
    stream.thread_count = source.threads
    try:
        check_size(stream.codec_context.width, stream.codec_context.height)
    except Malformed:
        container.close()
        raise
    return container


def _opened(source: Source) -> InputContainer:
    waiting = (source.opening, source.silence)
    if _NETWORK.match(source.address):
        options = {"rtsp_transport": "tcp", "protocol_whitelist": "rtsp,rtsps,rtp,tcp,tls,crypto"}
        return av.open(source.address, mode="r", options=options, timeout=waiting)
    if _DEVICE.match(source.address):
        return av.open(source.address.removeprefix("v4l2:"), mode="r", format="v4l2", timeout=waiting)
    options = {"format_whitelist": FILE_FORMATS, "protocol_whitelist": "file"}
    return av.open(f"file:{source.address}", mode="r", options=options)
