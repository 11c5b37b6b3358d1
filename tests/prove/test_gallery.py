"""A standing gallery from end to end, with real processes: a quorum, alerts for the mated sightings and nothing for
anybody else, kill -9 of the gallery custodian while a camera records, and an end that destroys the key.
"""

from pathlib import Path
from typing import Any

import pytest

from countenance.channel.client import Connection
from countenance.cli.demo import alerting, portraits
from countenance.cli.demo.acts import APPROVERS, REVIEWERS
from countenance.cli.demo.opening import rise
from countenance.cli.demo.stage import Stage
from countenance.errors import Refused, Unavailable
from prove import killing, scenes


@pytest.mark.timeout(1700)
def test_a_gallery_stands_and_ends(stage: Stage) -> None:
    scenes.camera(stage)
    _founded(stage)
    gallery = _drafted(stage)
    with pytest.raises(Refused, match="role approver"):
        stage.verb("gallery", "sign", gallery, "--yes", person="officer-1")
    stage.verb("gallery", "sign", gallery, "--yes", person=APPROVERS[0])
    summary = _recorded(stage)
    assert summary["compared"] == summary["not_compared"] == 0, "one approval is no quorum"
    stage.verb("gallery", "sign", gallery, "--yes", person=APPROVERS[1])

    before = scenes.held(stage)
    summary = _recorded(stage)
    assert summary["not_compared"] == 0
    assert summary["compared"] == summary["sightings"] > 0
    alerts = _alerts(stage, at_least=1)
    mated = _found(stage) & (scenes.held(stage) - before)
    print(f"{summary['sightings']} sightings, {len(mated)} candidates of a search, {len(alerts)} alerts")
    assert {str(alert["sighting"]) for alert in alerts} == mated
    assert {alert["reference"] for alert in alerts} == {_reference(stage, gallery)}
    assert len(mated) < summary["sightings"], "somebody else passed, and nothing was said of them"
    for person in ("officer-1", *APPROVERS):
        with pytest.raises(Refused, match="reviewer"):
            stage.verb("gallery", "alerts", person=person)

    _killed_in_between(stage, len(alerts))
    known = len(stage.verb("gallery", "alerts", person=REVIEWERS[0], quiet=True)["alerts"])
    scenes.lost_and_restored(stage, "gallery", lambda: None)
    rise(stage)
    _open(stage)
    assert _recorded(stage)["compared"] > 0
    assert len(_alerts(stage, at_least=known + 1)) > known
    _ended(stage, gallery)
    stage.stop_all()
    report = scenes.regular(stage)
    assert report["gallery"]["irregularities"] == []
    assert report["gallery"]["rules_checked"] is True
    assert report["gallery"]["figures"]["alerted"] >= 2


def _founded(stage: Stage) -> None:
    alerting.founded(stage)
    assert stage.verb("gallery", "status")["state"] == "open"


def _open(stage: Stage) -> None:
    def answers() -> bool:
        try:
            with Connection(stage.deployment / "sockets" / "gallery", timeout=5.0) as line:
                return line.call("status").body["state"] == "locked"
        except Unavailable:
            return False

    stage.until(answers, "the gallery custodian")
    stage.verb("gallery", "open", "--passphrase-file", stage.out / "keys" / "gallery.passphrase")


def _drafted(stage: Stage) -> str:
    photo = stage.out / "keys" / "child.jpg"
    photo.write_bytes(portraits.read().probe)
    drafted = stage.verb(
        *("gallery", "draft", "--case", "proof", "--purpose", "missing child", "--basis", "test"),
        *("--camera", scenes.CAMERA, "--photo", photo, "--to", "+2h"),
        person="officer-1",
    )
    return str(drafted["gallery"])


def _recorded(stage: Stage) -> dict[str, Any]:
    return stage.finished(stage.start("watch", scenes.CAMERA, "--until-end"), "watch")


def _alerts(stage: Stage, at_least: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def there() -> bool:
        found[:] = stage.verb("gallery", "alerts", person=REVIEWERS[0], quiet=True)["alerts"]
        return len(found) >= at_least

    stage.until(there, "an alert")
    return found


def _reference(stage: Stage, gallery: str) -> str:
    shown = stage.verb("gallery", "show", gallery, person=APPROVERS[0])
    (reference,) = shown["gallery"]["references"]
    return str(reference["reference"])


def _found(stage: Stage) -> set[str]:
    """What a search with the same photo finds: the two ways to compare say the same."""
    return set(stage.verb("search", scenes.warrant(stage, uses=1), person="officer-1")["candidates"])


def _killed_in_between(stage: Stage, alerts: int) -> None:
    """Killed while a camera records: the recording is whole; opened again, it alerts again."""
    watch = stage.start("watch", scenes.CAMERA, "--until-end", "--pace")
    killing.aimed(stage, "gallery")()
    summary = stage.finished(watch, "watch")
    assert summary["drained"] is True
    assert summary["sightings"] > 0
    assert summary["compared"] < summary["sightings"]
    assert [said for said in summary["said"] if "recording goes on" in said][1:] == []
    _open(stage)
    summary = _recorded(stage)
    assert summary["compared"] == summary["sightings"]
    _alerts(stage, at_least=alerts + 1)


def _ended(stage: Stage, gallery: str) -> None:
    home = stage.deployment / "gallery"
    keys = {path.name for path in home.glob("store-*.key")}
    assert (home / "masked" / gallery).exists()
    stage.verb("gallery", "withdraw", gallery, "--reason", "found", person=APPROVERS[0])
    assert not (home / "masked" / gallery).exists()
    assert not (home / "photos" / gallery).exists()
    assert not keys & {path.name for path in home.glob("store-*.key")}
    summary = _recorded(stage)
    assert summary["compared"] == summary["not_compared"] == 0
    (line,) = stage.verb("gallery", "list", person=APPROVERS[0])["galleries"]
    assert line["state"] == "withdrawn"


def test_it_is_refused_in_public_places_and_without_a_gallery_custodian(stage: Stage, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(portraits.read().probe)
    words = ("--case", "c", "--purpose", "p", "--basis", "b", "--camera", "square", "--photo", photo, "--to", "+2h")
    with pytest.raises(Unavailable, match="gallery init"):
        stage.verb("gallery", "draft", *words, person="officer-1")
    stage.verb(
        *("camera", "add", "square", "--edge", "host-1", "--source", scenes.clip(stage.out / "clip")),
        *("--place", "square", "--purpose", "safety", "--retention", 24, "--publicly-accessible", "--basis", "law"),
        *("--dpia", "DPIA-2", "--notice", "This is a proof."),
        person="operator-1",
    )
    _founded(stage)
    with pytest.raises(Refused, match=r"Art\. 5\(1\)\(h\)"):
        stage.verb("gallery", "draft", *words, person="officer-1")
    assert stage.verb("gallery", "list", person=APPROVERS[0])["galleries"] == []
