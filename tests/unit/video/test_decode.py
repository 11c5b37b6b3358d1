import itertools
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from countenance.errors import Malformed, Unavailable
from countenance.video.decode import Reader, Source, frames
from video.clips import picture, square_left, write


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("clip") / "clip.mp4", [picture(i) for i in range(30)], with_sound=True)


def test_a_file_gives_every_frame_in_order_with_its_moment(clip: Path) -> None:
    with Reader(Source(str(clip))) as reader:
        read = list(reader)
        assert reader.rate == pytest.approx(25, rel=0.05)
    assert [frame.index for frame in read] == list(range(30))
    assert [frame.moment_ms for frame in read] == [40 * index for index in range(30)]
    assert all(abs(square_left(frame) - 2 * frame.index) <= 1 for frame in read)
    assert (reader.damaged, reader.clock_jumps) == (0, 0)


@pytest.mark.parametrize("name", ["clip.mkv", "clip.avi", "clip.ts", "clip.mov"])
def test_other_containers(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, [picture(i) for i in range(8)])
    assert len(list(frames(str(path)))) == 8


def test_uneven_frame_times_are_kept(tmp_path: Path) -> None:
    stamps = [0, 40, 300, 310, 900]
    path = write(tmp_path / "clip.mp4", [picture(i) for i in range(5)], stamps=stamps)
    assert [frame.moment_ms for frame in frames(str(path))] == stamps


def test_a_recorder_whose_clock_was_set_back(tmp_path: Path) -> None:
    # MPEG-TS carries clocks as they were: two recordings in one file, the second beginning at an earlier time.
    first = write(tmp_path / "a.ts", [picture(i) for i in range(6)], stamps=[5000 + 40 * i for i in range(6)])
    second = write(tmp_path / "b.ts", [picture(i) for i in range(6)])
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    moments = [frame.moment_ms for frame in frames(str(both))]
    assert len(moments) >= 10
    assert all(0 < later - earlier < 1000 for earlier, later in itertools.pairwise(moments))


@pytest.mark.parametrize(
    ("matrix", "turns"), [((0, 1, -1, 0), -1), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)], ids=["right", "half", "left"]
)
def test_a_telephones_rotation_is_applied(clip: Path, tmp_path: Path, matrix: tuple[int, ...], turns: int) -> None:
    upright = next(frames(str(clip))).rgb()
    data = bytearray(clip.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (value << 16 for value in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    turned = tmp_path / "turned.mp4"
    turned.write_bytes(data)
    shown = next(frames(str(turned))).rgb()
    assert shown.shape == np.rot90(upright, turns).shape
    assert np.abs(shown.astype(int) - np.rot90(upright, turns)).mean() < 3


def test_a_cut_file_gives_what_is_there_and_counts_the_rest(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mkv", [picture(i) for i in range(60)])
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with Reader(Source(str(path))) as reader:
        read = list(reader)
    assert 5 < len(read) < 60


def test_damaged_packets_are_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.ts", [picture(i) for i in range(60)])
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    path.write_bytes(data)
    read = list(frames(str(path)))
    assert 10 < len(read) <= 60
    assert [frame.index for frame in read] == list(range(len(read)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a video",
        bytes(5000),
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile x.mp4\n",
    ],
)
def test_what_is_not_a_video_is_malformed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing.mp4"
    path.write_bytes(content)
    with pytest.raises(Malformed):
        list(frames(str(path)))


def test_a_playlist_cannot_open_another_file(clip: Path, tmp_path: Path) -> None:
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{clip}\n#EXT-X-ENDLIST\n")
    with pytest.raises(Malformed):
        list(frames(str(playlist)))


def test_a_missing_file_and_sound_alone(clip: Path, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="cannot be opened"):
        list(frames(str(tmp_path / "none.mp4")))
    sound = tmp_path / "sound.wav"
    sound.write_bytes(b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(28))
    with pytest.raises(Malformed):
        list(frames(str(sound)))


def test_a_camera_that_is_not_there_is_unavailable_and_its_address_stays_secret() -> None:
    for address in ("/dev/video77", "v4l2:/dev/video77", "rtsp://admin:hunter2@127.0.0.1:9/stream"):
        with pytest.raises(Unavailable) as caught:
            list(frames(address))
        assert "hunter2" not in str(caught.value)
        assert "hunter2" not in repr(Source(address))


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    for index in range(3):
        Image.fromarray(picture(index)).save(tmp_path / f"{index}.png")
    Image.fromarray(picture(3, width=64, height=64)).save(tmp_path / "3.jpg")
    (tmp_path / "4.jpg").write_bytes(b"broken")
    Image.fromarray(np.full((64, 96), 40_000, np.uint16)).save(tmp_path / "5.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    with Reader(Source(str(tmp_path), rate=10)) as reader:
        read = list(reader)
        assert reader.rate == 10
    assert [(f.index, f.moment_ms, f.width, f.height) for f in read] == [(i, 100 * i, 96, 64) for i in range(5)]
    assert reader.damaged == 1
    assert read[4].rgb().mean() == pytest.approx(156, abs=3)


def test_a_folder_without_pictures_and_one_of_broken_ones(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="no pictures"):
        list(frames(str(tmp_path)))
    (tmp_path / "1.jpg").write_bytes(b"broken")
    with pytest.raises(Malformed, match="no readable frame"):
        list(frames(str(tmp_path)))
