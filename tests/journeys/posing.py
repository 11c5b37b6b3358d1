"""A browser's camera, replaced by a canvas on which a portrait turns as the page asks. SYNTHETIC: `simulator.desk`."""

import base64
import json
from collections.abc import Callable
from typing import Final

from playwright.sync_api import BrowserContext

from countenance.faces import Image
from simulator.desk import FARTHEST, STEP, jpeg, shown

_MOST: Final = STEP * round(FARTHEST / STEP + 0.5)
_ANGLES: Final = range(-_MOST, _MOST + 1, STEP)

# Draws what `frames` has for the pose; moves towards what #camera shows, 60 degrees a second, after 0.4 seconds.
_SCRIPT: Final = """
(({ frames, turns, step, farthest }) => {
  const WAYS = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };
  // As blobs: the page's own Content-Security-Policy lets no data: in.
  const pictures = Object.fromEntries(Object.entries(frames).map(([at, coded]) => {
    const bytes = Uint8Array.from(atob(coded), (letter) => letter.charCodeAt(0));
    const picture = new Image();
    picture.src = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    return [at, picture];
  }));
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 640; canvas.height = 480;
    const context = canvas.getContext("2d");
    let pose = [0, 0], before = "", since = performance.now(), last = since;
    const draw = () => {
      const now = performance.now(), camera = document.querySelector("#camera");
      const { turn, state } = camera.dataset;
      if (turn + state !== before) { before = turn + state; since = now; }
      const moves = turns && state !== "held" && now - since > 400;
      const goal = (WAYS[turn] ?? [0, 0]).map((way) => way * farthest), most = 60 * (now - last) / 1000;
      if (moves) pose = pose.map((at, axis) => at + Math.max(-most, Math.min(most, goal[axis] - at)));
      last = now;
      const [yaw, pitch] = pose.map((at) => Math.round(at / step) * step + 0);
      context.fillStyle = "#606060"; context.fillRect(0, 0, 640, 480);
      const picture = pictures[Math.abs(yaw) > Math.abs(pitch) ? `${yaw},0` : `0,${pitch}`];
      if (picture?.complete) context.drawImage(picture, (640 - picture.width) / 2, 0);
    };
    setInterval(draw, 40); draw();
    return canvas.captureStream(25);
  };
})
"""


def pose(
    context: BrowserContext,
    name: str,
    kind: str = "head",
    *,
    turns: bool = True,
    edit: Callable[[Image], Image] = lambda picture: picture,
) -> None:
    """From now on whoever opens the camera in `context` is shown this portrait, as a head, a print or on a screen.

    `edit`: what is done to every frame of it.
    """
    frames = {f"{angle},0": edit(shown(name, kind, angle, 0)) for angle in _ANGLES}
    frames |= {f"0,{angle}": edit(shown(name, kind, 0, angle)) for angle in _ANGLES}
    _posed(context, frames, turns=turns)


def still(context: BrowserContext, picture: Image) -> None:
    """The same, with one picture of 640 x 480 that never moves."""
    _posed(context, {"0,0": picture}, turns=False)


def _posed(context: BrowserContext, frames: dict[str, Image], *, turns: bool) -> None:
    coded = {at: base64.b64encode(jpeg(picture)).decode() for at, picture in frames.items()}
    given = {"frames": coded, "turns": turns, "step": STEP, "farthest": FARTHEST}
    context.add_init_script(f"{_SCRIPT.strip()}({json.dumps(given)})")
