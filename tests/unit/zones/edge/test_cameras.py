from pathlib import Path

import pytest

from countenance.errors import Malformed
from countenance.zones.edge import camera, identity

SECRET = 'rtsp://user:pass"\\word@10.0.0.1/stream?a=1#é'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    identity.create(tmp_path, "host-1")
    return tmp_path


def test_sources_are_kept_private_and_read_back(place: Path) -> None:
    camera.put(place, "host-1", "entrance", SECRET)
    camera.put(place, "host-1", "exit.2", "/video/exit.mp4")
    assert (place / "edge" / "host-1" / "cameras.toml").stat().st_mode & 0o777 == 0o600
    assert camera.sources(place, "host-1") == {"entrance": SECRET, "exit.2": "/video/exit.mp4"}
    assert camera.find(place, "exit.2") == ("host-1", "/video/exit.mp4")
    camera.put(place, "host-1", "exit.2", "/dev/video0")
    camera.drop(place, "host-1", "entrance")
    camera.drop(place, "host-1", "never")
    assert camera.sources(place, "host-1") == {"exit.2": "/dev/video0"}


@pytest.mark.parametrize("name", ["", "a/b", "Entrance", "../x"])
def test_a_bad_name_changes_nothing(place: Path, name: str) -> None:
    with pytest.raises(Malformed):
        camera.put(place, "host-1", name, "x")
    assert camera.sources(place, "host-1") == {}


@pytest.mark.parametrize(
    "text", ["[cameras", "[cameras.a]\n", "[cameras.a]\nsource = 1", "[cameras.'A/B']\nsource='x'"]
)
def test_a_file_that_is_wrong_is_named_without_its_sources(place: Path, text: str) -> None:
    (place / "edge" / "host-1" / "cameras.toml").write_text(text)
    with pytest.raises(Malformed):
        camera.sources(place, "host-1")


def test_an_unknown_camera(place: Path) -> None:
    with pytest.raises(Malformed, match="camera add"):
        camera.find(place, "nowhere")


@pytest.mark.parametrize(
    ("source", "live"),
    [("rtsp://x", True), ("RTSPS://x", True), ("/dev/video2", True), ("clip.mp4", False), ("/data/pictures", False)],
)
def test_which_sources_go_on_by_themselves(source: str, live: bool) -> None:
    assert camera.is_live(source) is live
