"""From a camera to who may look at it, with real processes: what is seen live is the covered frame that is stored."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from countenance.cli import ask
from countenance.cli.demo.opening import found
from countenance.cli.demo.stage import Stage
from countenance.crypto.live import Viewer, hour
from countenance.errors import Tampered
from countenance.formats.live import Picture
from countenance.video.decode import Reader, Source
from countenance.vocabulary.acts import Look, Verb
from countenance.vocabulary.moments import Hour
from prove import scenes

# Grey levels by which a JPEG may differ from the frame that was stored as AV1, on average over a picture.
NEAR = 8.0


@pytest.fixture(params=[1, 2], ids=["one custodian", "two custodians"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    out = tmp_path / "d"
    (out / "keys").mkdir(parents=True)
    stage = Stage(out, as_json=True, console=Console(stderr=True))
    try:
        found(stage, custodians=request.param)
        yield stage
    finally:
        stage.stop_all()


def looked(stage: Stage) -> dict[int, bytes]:
    """The footage keys of this hour and its neighbours, as an operator's look gives them."""
    number = Hour.of(ask.now()).number
    with ask.acting(stage.deployment, stage.key("operator-1")) as person:
        done = person.asker.ask(Verb.LOOK, Look(scenes.CAMERA, number - 1, number + 1, "a proof"))
    keys = done["keys"]
    assert isinstance(keys, dict)
    return {int(one): bytes.fromhex(str(key)) for one, key in keys.items()}


def decoded(picture: Picture) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    return np.asarray(image, np.uint8)


@pytest.mark.timeout(600)
def test_what_is_seen_live_is_what_is_stored(stage: Stage) -> None:
    scenes.camera(stage)
    watch = stage.start("watch", scenes.CAMERA, "--until-end", "--pace")
    received: list[bytes] = []
    views, last = 0, 0
    with scenes.repository(stage) as asked:
        while watch.poll() is None:
            body = {"cameras": {scenes.CAMERA: last}, "opened": [scenes.CAMERA], "patience_ms": 500}
            answer = asked.call("live.wait", body)  # type: ignore[arg-type]
            named = [*answer.body["tiles"], *answer.body["views"]]  # type: ignore[misc]
            received += answer.blobs
            views += len(answer.body["views"])  # type: ignore[arg-type]
            last = max([last, *(int(number) for _, number in named)])  # type: ignore[misc, call-overload]
        told = asked.call("live.beats").body["beats"]
    assert stage.finished(watch, "watch")["drained"] is True
    assert isinstance(told, list)
    [beat] = [one["beat"] for one in told if isinstance(one, dict)]
    assert isinstance(beat, dict)
    assert (beat["camera"], beat["width"], beat["height"], beat["lost"]) == (scenes.CAMERA, *scenes.SIZE, 0)
    assert views > 0
    keys, viewer = looked(stage), Viewer()
    pictures = [viewer.open(keys, data) for data in received]
    with pytest.raises(Tampered, match="older"):
        viewer.open(keys, received[0])
    with pytest.raises(Tampered):
        Viewer().open({hour(received[0]): bytes(32)}, received[0])
    stored = stage.out / "look.mp4"
    span = ("--from", "-1h", "--to", "+1h", "--reason", "a proof", "--out", stored)
    facts = stage.verb("footage", "look", scenes.CAMERA, *span, person="operator-1")
    with Reader(Source(str(stored))) as reader:
        frames = {int(facts["start"]) + frame.moment_ms: frame.planes[0].copy() for frame in reader}
    for picture in pictures:
        shown = decoded(picture)
        of = cv2.resize(frames[picture.moment], (picture.width, picture.height), interpolation=cv2.INTER_AREA)
        # Stored in limited range, shown in full.
        full = (np.asarray(of, np.float64) - 16) * 255 / 219
        assert np.abs(full - shown).mean() < NEAR
    for path in (stage.deployment / "repository").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not any(data[60:100] in content for data in received[:20])
