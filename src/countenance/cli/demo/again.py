"""A clip again and again in one file, so that a camera which plays it goes on. Packets are copied, not coded anew."""

import math
from pathlib import Path

import av
from av.error import FFmpegError

SECONDS = 120.0
"""How long a camera plays before it begins anew, which takes it a few seconds."""


def again(clip: Path, folder: Path, *, seconds: float = SECONDS) -> Path:
    """A file in `folder` that plays `clip` for about `seconds`; the clip itself if that lasts, or takes no copy."""
    into = folder / f"{clip.stem}-again.mkv"
    try:
        with av.open(str(clip)) as source:
            length = (source.duration or 0) / av.time_base
        turns = math.ceil(seconds / length) if length else 1
        if turns > 1:
            _copied(clip, into, turns, length)
            return into
    except (FFmpegError, ValueError, IndexError):
        into.unlink(missing_ok=True)
    return clip


def _copied(clip: Path, into: Path, turns: int, length: float) -> None:
    with av.open(str(into), "w") as out:
        stream = None
        for turn in range(turns):
            with av.open(str(clip)) as source:
                video = source.streams.video[0]
                stream = stream or out.add_stream_from_template(video, opaque=True)
                for packet in source.demux(video):
                    if packet.dts is None or packet.pts is None or packet.time_base is None:
                        continue
                    shift = round(turn * length / packet.time_base)
                    packet.dts, packet.pts = packet.dts + shift, packet.pts + shift
                    packet.stream = stream
                    out.mux(packet)
