"""A recording before the kiosk: what Chromium takes for its camera plays somebody's turns from a file, in a loop."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import BrowserContext

from journeys.conftest import Town
from journeys.test_portal_desk import Kiosk, attempts
from journeys.test_portal_desk import kiosk as kiosk  # noqa: PLC0414 - a fixture
from prove.approvers import QUIET
from simulator.desk import FARTHEST, WAYS, shown

RATE = 10
WIDTH, HEIGHT = 640, 480
# Frames that a turn takes: there, held, back, and straight ahead, which is shorter than any challenge asks for.
THERE, HELD, AHEAD = 3, 7, 2


def turned() -> Iterator[np.ndarray]:
    """Somebody turns their head each way, as they did for another challenge: frames, RGB."""
    for aside, along in WAYS.values():
        shares = [*np.linspace(0, 1, THERE), *[1.0] * HELD, *np.linspace(1, 0, THERE), *[0.0] * AHEAD]
        for share in shares:
            frame = np.full((HEIGHT, WIDTH, 3), 96, np.uint8)
            yaw, pitch = (round(way * FARTHEST * share / 4) * 4 for way in (aside, along))
            head = shown("d", "head", yaw, pitch)[:HEIGHT, : WIDTH - 80]
            frame[: head.shape[0], 80 : 80 + head.shape[1]] = head
            yield frame


def recording(path: Path) -> Path:
    """The recording as YUV4MPEG2, which Chromium plays in place of a camera."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{RATE}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in turned():
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


@pytest.fixture
def played(tmp_path: Path, town: Town) -> Iterator[BrowserContext]:
    """A browser whose camera is the recording."""
    fake = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    arguments = [*QUIET, *fake, f"--use-file-for-fake-video-capture={recording(tmp_path / 'played.y4m')}"]
    browser = town.browser.browser_type.launch(executable_path=shutil.which("chromium"), args=arguments)
    yield browser.new_context(locale="en-GB", viewport={"width": 1080, "height": 1920})
    browser.close()


@pytest.mark.timeout(600)
def test_a_recording_of_somebody_who_turned_files_nothing(kiosk: Kiosk, played: BrowserContext) -> None:
    # Given a recording of another person, who turned their head each way, for another challenge,
    before, page = kiosk.filed(), played.new_page()
    kiosk.at_the_camera(page)
    # when it is played before the kiosk's camera as often as a visit allows,
    assert not attempts(page)
    # then it was seen, and what it showed was no answer; the clerk is named, and nothing was filed.
    size = page.evaluate("[document.querySelector('#view').videoWidth, document.querySelector('#view').videoHeight]")
    assert size == [WIDTH, HEIGHT]
    page.screenshot(path=kiosk.town.pictures / "kiosk-recording.png")
    assert kiosk.filed() == before
