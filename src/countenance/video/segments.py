"""Finished segments read back: decoded for evidence, joined for looking.

Segments arrive here decrypted, from a store that an attacker may control: only MP4 is read, from memory, and damage is
Malformed.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

import av
from av.container import InputContainer
from av.error import FFmpegError

from countenance.errors import Malformed
from countenance.video.frame import Frame, of_picture

_DAMAGED = "a segment of footage is damaged and cannot be played"


def decode(data: bytes, *, start_ms: int = 0, threads: int = 1) -> Iterator[Frame]:
    """The frames of one segment; moments count from `start_ms`, the segment's own start. Raises Malformed."""
    try:
        with _open(data) as container:
            stream = container.streams.video[0]
            stream.thread_count = threads
            for index, picture in enumerate(container.decode(stream)):
                offset = 0 if picture.pts is None or picture.time_base is None else picture.pts * picture.time_base
                yield of_picture(picture, index=index, moment_ms=start_ms + round(offset * 1000))
    except (FFmpegError, IndexError) as error:
        raise Malformed(_DAMAGED) from error


def decode_all(segments: Iterable[tuple[int, bytes]], *, threads: int = 1) -> Iterator[Frame]:
    """The frames of (start_ms, data) segments one after another, numbered through."""
    index = 0
    for start_ms, data in segments:
        for frame in decode(data, start_ms=start_ms, threads=threads):
            yield replace(frame, index=index)
            index += 1


def join(segments: Sequence[tuple[int, bytes]]) -> bytes:
    """(start_ms, data) segments, in order, as one MP4 that plays from the first's start; nothing is coded anew.

    Gaps between segments stay gaps in time. Raises Malformed if a segment is damaged or if codec or size differ.
    """
    if not segments:
        raise Malformed("there is no footage to join in this period")
    buffer = io.BytesIO()
    origin = segments[0][0]
    try:
        with av.open(
            buffer,
            mode="w",
            format="mp4",
            options={"movflags": "frag_keyframe+empty_moov+default_base_moof", "fflags": "+bitexact"},
        ) as out:
            with _open(segments[0][1]) as first:
                template = first.streams.video[0]
                kind = _kind(first)
                stream = out.add_stream_from_template(template, opaque=True)
            last = Fraction(-1)
            for start_ms, data in segments:
                with _open(data) as container:
                    if _kind(container) != kind:
                        raise Malformed("the footage changes its size or codec; look at a shorter period")
                    shift = Fraction(start_ms - origin, 1000)
                    for packet in container.demux(container.streams.video[0]):
                        if packet.pts is None or packet.dts is None:
                            continue
                        last = max(last + Fraction(1, 1000), shift + packet.pts * packet.time_base)
                        packet.pts = packet.dts = round(last / packet.time_base)
                        packet.stream = stream
                        out.mux(packet)
    except (FFmpegError, IndexError) as error:
        raise Malformed(_DAMAGED) from error
    return buffer.getvalue()


def _open(data: bytes) -> InputContainer:
    return av.open(io.BytesIO(data), mode="r", format="mp4")


def _kind(container: InputContainer) -> tuple[str, int, int]:
    context = container.streams.video[0].codec_context
    return context.name, context.width, context.height
