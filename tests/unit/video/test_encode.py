import io
import re
from typing import cast

import av
import numpy as np
import pytest

from countenance.errors import Malformed
from countenance.video import segments
from countenance.video.encode import Codec, Coding, Segment, SegmentEncoder
from video.clips import moving, square_left


def encoded(count: int, *, each: int, codec: Codec = "av1", start_ms: int = 0) -> list[Segment]:
    encoder = SegmentEncoder(96, 64, rate=25, coding=Coding(codec, quality=20))
    finished = []
    for frame in moving(count):
        encoder.add(type(frame)(frame.index, frame.moment_ms + start_ms, frame.packed))
        if encoder.frames == each:
            finished.append(encoder.finish())
    finished.append(encoder.finish())
    return [segment for segment in finished if segment is not None]


@pytest.mark.parametrize("codec", ["av1", "vp9"])
def test_each_segment_plays_alone(codec: Codec) -> None:
    made = encoded(25, each=10, codec=codec, start_ms=7000)
    assert [(s.frames, s.start_ms, s.end_ms) for s in made] == [(10, 7000, 7400), (10, 7400, 7800), (5, 7800, 8000)]
    for number, segment in enumerate(made):
        read = list(segments.decode(segment.data, start_ms=segment.start_ms))
        assert [frame.moment_ms for frame in read] == [segment.start_ms + 40 * i for i in range(segment.frames)]
        assert [abs(square_left(f) - 2 * (number * 10 + f.index)) <= 1 for f in read] == [True] * segment.frames


@pytest.mark.parametrize("codec", ["av1", "vp9"])
def test_a_segment_carries_neither_sound_nor_the_makers_name_nor_time(codec: Codec) -> None:
    (segment,) = encoded(5, each=10, codec=codec)
    with av.open(io.BytesIO(segment.data)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
        assert not {"creation_time", "encoder"} & {key.lower() for key in container.metadata}
    assert not re.search(rb"Lavf|Lavc|SVT", segment.data)


def test_equal_frames_give_equal_bytes() -> None:
    assert encoded(6, each=6)[0].data == encoded(6, each=6)[0].data


def test_the_picture_is_kept() -> None:
    frames = moving(12)
    encoder = SegmentEncoder(96, 64, rate=25)
    for frame in frames:
        encoder.add(frame)
    segment = encoder.finish()
    assert segment is not None
    for source, stored in zip(frames, segments.decode(segment.data), strict=True):
        assert np.abs(source.rgb().astype(int) - stored.rgb()).mean() < 6


def test_nothing_added_gives_no_segment() -> None:
    encoder = SegmentEncoder(96, 64, rate=25)
    assert encoder.finish() is None
    assert encoder.start_ms is None


def test_frames_of_another_size_are_refused_and_the_segment_goes_on() -> None:
    encoder = SegmentEncoder(96, 64, rate=25)
    small, other = moving(2), moving(1, width=64)
    encoder.add(small[0])
    with pytest.raises(Malformed, match="size"):
        encoder.add(other[0])
    encoder.add(small[1])
    segment = encoder.finish()
    assert segment is not None
    assert segment.frames == 2


def test_codecs_and_qualities_that_are_not_offered() -> None:
    with pytest.raises(Malformed, match="av1 or vp9"):
        Coding(cast("Codec", "h264"))
    with pytest.raises(Malformed, match="quality"):
        Coding(quality=0)
    with pytest.raises(Malformed, match="even"):
        SegmentEncoder(95, 64, rate=25)


@pytest.mark.parametrize("codec", ["av1", "vp9"])
def test_joined_segments_play_as_one_with_their_gaps(codec: Codec, tmp_path: object) -> None:
    made = encoded(20, each=10, codec=codec)
    joined = segments.join([(0, made[0].data), (1000, made[1].data)])
    assert [f.moment_ms for f in segments.decode(joined)] == [40 * i for i in range(10)] + [
        1000 + 40 * i for i in range(10)
    ]
    both = list(segments.decode_all([(0, made[0].data), (1000, made[1].data)]))
    assert [f.index for f in both] == list(range(20))
    assert all(np.array_equal(a.packed, b.packed) for a, b in zip(both, segments.decode(joined), strict=True))


def test_damaged_segments_are_malformed() -> None:
    (segment,) = encoded(5, each=10)
    for data in (b"", b"nothing", segment.data[:300]):
        with pytest.raises(Malformed, match="damaged"):
            list(segments.decode(data))
    with pytest.raises(Malformed, match="no footage"):
        segments.join([])
    with pytest.raises(Malformed, match="damaged"):
        segments.join([(0, segment.data), (200, b"nothing")])


def test_segments_of_two_kinds_are_not_joined() -> None:
    with pytest.raises(Malformed, match="shorter period"):
        segments.join([(0, encoded(2, each=5)[0].data), (80, encoded(2, each=5, codec="vp9")[0].data)])
