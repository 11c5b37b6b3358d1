"""A clip again and again: every turn whole, moments that go on, and no copy where none helps."""

import itertools
from pathlib import Path

import pytest

from countenance.cli.demo.again import again
from countenance.video.decode import Reader, Source
from unit.video.clips import picture, write

FRAMES = 30
LONG = 2.5 * FRAMES * 0.040


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_it_plays_on_for_as_long_as_asked(tmp_path: Path, name: str) -> None:
    clip = write(tmp_path / name, [picture(index) for index in range(FRAMES)], with_sound=True)
    with Reader(Source(str(again(clip, tmp_path, seconds=LONG)))) as reader:
        moments = [frame.moment_ms for frame in reader]
        assert (len(moments), reader.damaged, reader.clock_jumps) == (3 * FRAMES, 0, 0)
    assert all(0 < after - before <= 100 for before, after in itertools.pairwise(moments))


def test_what_lasts_is_played_as_it_is(tmp_path: Path) -> None:
    clip = write(tmp_path / "clip.mp4", [picture(index) for index in range(FRAMES)])
    assert again(clip, tmp_path, seconds=1.0) == clip


@pytest.mark.parametrize("content", [b"", b"no video", b"\x00" * 5000])
def test_what_takes_no_copy_is_played_as_it_is(tmp_path: Path, content: bytes) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(content)
    assert again(clip, tmp_path) == clip
    assert list(tmp_path.iterdir()) == [clip]
