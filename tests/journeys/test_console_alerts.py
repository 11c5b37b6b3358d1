"""From a passer-by to a confirmed candidate: a standing gallery's alert at the console, and what has to follow it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from rich.console import Console

from countenance.cli.demo import portraits
from countenance.cli.demo.acts import APPROVERS, REVIEWERS
from countenance.cli.demo.opening import found, span
from countenance.cli.demo.stage import Stage
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from journeys.conftest import Town
from journeys.people import Visitor
from prove import scenes
from prove.approvers import PHONE, chromium
from prove.test_gallery import _drafted, _founded

REVIEWER = REVIEWERS[0]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A demo deployment, whose approvers and reviewers have key files, with a camera and a gallery custodian."""
    out = tmp_path / "d"
    (out / "keys").mkdir(parents=True)
    stage = Stage(out, as_json=True, console=Console(stderr=True))
    try:
        found(stage)
        scenes.camera(stage)
        _founded(stage)
        yield stage
    finally:
        stage.stop_all()


@pytest.mark.timeout(900)
def test_an_alert_from_the_camera_to_a_confirmed_candidate(stage: Stage, pictures: Path) -> None:
    genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
    assert genesis.console is not None
    with chromium() as browser:
        # Given a reviewer at the console, on the rosters of both custodians, and a gallery that two people approved,
        reviewer = Visitor.at(browser, genesis.console.origin, REVIEWER)
        file, fingerprint = reviewer.enrol(stage.out / "keys")
        for where in ((), ("--gallery",)):
            facts = ("--organisation", "police", "--role", "reviewer", "--fingerprint", fingerprint)
            stage.verb("roster", "add", REVIEWER, *facts, "--registration", file, *where)
        reviewer.sign_in()
        gallery = _drafted(stage)
        for approver in APPROVERS:
            stage.verb("gallery", "sign", gallery, "--yes", person=approver)
        reviewer.go("/alerts")
        expect(reviewer.page.locator("#state")).to_have_text("live")
        expect(reviewer.page.locator("#none")).to_be_visible()
        # when people pass the camera, the one on the gallery among them,
        watched = stage.finished(stage.start("watch", scenes.CAMERA, "--until-end"), "watch")
        # then their alert is there by itself, with how long it took, and nobody else's.
        rows = reviewer.page.locator("#alerts tr")
        expect(rows.first).to_be_visible()
        expect(reviewer.page.locator("#status")).to_contain_text(scenes.CAMERA)
        shown = rows.all_inner_texts()
        assert len(shown) < watched["sightings"]
        assert all(gallery in row for row in shown)
        for name, size in (("laptop", (1280, 900)), ("phone", PHONE), ("wall", (2560, 1440))):
            for dark in (False, True):
                reviewer.shot(pictures / f"alerts-{name}-{'dark' if dark else 'light'}.png", size, dark=dark)
        assert reviewer.fits(PHONE[0])
        sighting = rows.first.locator("td").nth(5).inner_text()
        assert reviewer.complaints == []
    # And it becomes a candidate by a warrant alone, and confirmed by two people alone.
    _confirmed(stage, sighting)


def _confirmed(stage: Stage, sighting: str) -> None:
    start, end = span()
    photo = stage.out / "keys" / "child.jpg"
    photo.write_bytes(portraits.read().probe)
    drafted = stage.verb(
        *("warrant", "draft", "--case", "alert 1", "--purpose", "missing person", "--basis", "law"),
        *("--camera", scenes.CAMERA, "--from", start, "--to", end, "--probe", photo, "--candidates", 20),
        person="officer-1",
    )
    for approver in APPROVERS:
        stage.verb("warrant", "sign", drafted["warrant"], "--yes", person=approver)
    assert sighting in stage.verb("search", drafted["warrant"], person="officer-1")["candidates"]
    outcome = ""
    for reviewer in REVIEWERS:
        stage.verb("review", drafted["warrant"], sighting, person=reviewer)
        said = stage.verb("review", drafted["warrant"], sighting, "--verdict", "same", person=reviewer)
        outcome = str(said["outcome"])
    assert outcome == "confirmed"


def test_an_officer_is_not_told(town: Town) -> None:
    # Given somebody who is no reviewer, when they open the page, then they are told why not.
    officer = town.people["officer-1"]
    officer.go("/alerts")
    expect(officer.page.locator(".alert")).to_contain_text("needs the role reviewer")
