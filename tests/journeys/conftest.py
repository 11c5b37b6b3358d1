"""One town for all journeys: a deployment that is no demo, open, whose people sign in and approve with authenticators.

Roles: whoever acts at the console enrolls a passkey there, whoever approves or reviews one on the approval page, a
clerk both. Tests find each in `town.people` (console) and `town.court` (approval page); what they change they change
for what comes after, so each test names its own case, camera and hour.
"""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, expect

from countenance.cli.demo.opening import _free_origin
from countenance.cli.demo.stage import Stage
from journeys.people import Visitor
from prove import founding, scenes
from prove.approvers import Somebody, chromium

if TYPE_CHECKING:
    from journeys.gates import GateKiosk

# A busy machine is slow, not wrong.
expect.set_options(timeout=60_000)

AT_THE_CONSOLE = (
    ("officer-1", "police", "officer", ()),
    ("officer-2", "police", "officer", ("yard",)),
    ("operator-1", "station", "operator", ()),
    ("auditor-1", "inspectorate", "auditor", ()),
    ("operator-3", "station", "operator", ("yard",)),
    ("court-b/reviewer-4", "court-b", "reviewer", ()),
    ("station/clerk-1", "station", "clerk", ()),
)
AT_THE_PAGE = (
    ("court-b/judge-1", "court-b", "approver"),
    ("station/dpo-1", "station", "approver"),
    ("police/reviewer-1", "police", "reviewer"),
    ("court-b/reviewer-2", "court-b", "reviewer"),
    ("station/reviewer-3", "station", "reviewer"),
    ("station/clerk-1", "station", "clerk"),
    ("station/clerk-2", "station", "clerk"),
)


@dataclass
class Town:
    """A running deployment, everybody at their pages, and a folder for pictures of them."""

    stage: Stage
    console: str
    approvals: str
    browser: Browser
    pictures: Path
    portal: str
    people: dict[str, Visitor] = field(default_factory=dict)
    court: dict[str, Somebody] = field(default_factory=dict)

    def stranger(self, name: str = "stranger-1") -> Visitor:
        """A profile that nobody has enrolled."""
        return Visitor.at(self.browser, self.console, name)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of pages are kept: COUNTENANCE_PICTURES, or a folder that pytest keeps for a while."""
    folder = Path(os.environ.get("COUNTENANCE_PICTURES", tmp_path_factory.mktemp("pictures")))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all: a thread drives no second one."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, pictures: Path, browser: Browser) -> Iterator[Town]:
    """The town, settled once."""
    with founding.ground(tmp_path_factory.mktemp("town"), browser) as (stage, _):
        console, approvals = _free_origin("http://console.localhost"), _free_origin()
        portal = _free_origin("http://portal.localhost")
        yield _settled(Town(stage, console, approvals, browser, pictures, portal))


def _settled(town: Town) -> Town:
    stage = town.stage
    pages = ("--console-origin", town.console, "--portal-origin", town.portal)
    founding.founded(stage, town.browser, town.approvals, *pages)
    stage.until(partial(_listens, town.console), "the console")
    stage.until(partial(_listens, town.portal), "the portal")
    for person, organisation, role in AT_THE_PAGE:
        somebody = town.court[person] = Somebody.at(town.browser, town.approvals, person)
        founding.listed(stage, person, organisation, role, somebody.enrol(stage.out / "keys"))
    for person, organisation, role, cameras in AT_THE_CONSOLE:
        visitor = town.people[person] = Visitor.at(town.browser, town.console, person)
        founding.listed(stage, person, organisation, role, visitor.enrol(stage.out / "keys"), cameras)
        visitor.sign_in()
    stage.verb("edge", "enrol", "host-1")
    return town


def _listens(origin: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(origin.rpartition(":")[2])), 2.0).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session")
def recorded(town: Town) -> Town:
    """The town, once `scenes.CAMERA` has recorded people passing, declared by an operator with a key file."""
    stage = town.stage
    public = stage.verb("key", "new", stage.key("operator-2"), "--person", "operator-2")["public"]
    stage.verb("roster", "add", "operator-2", "--organisation", "station", "--role", "operator", "--public", public)
    scenes.camera(stage, person="operator-2")
    # At the recording's own pace: read faster, its moments run ahead of the clock, and who asks at once until now asks
    # about less than was recorded.
    stage.finished(stage.start("watch", scenes.CAMERA, "--pace", "--until-end"), "watch")
    return town


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory, pictures: Path, browser: Browser) -> "Iterator[GateKiosk]":
    """A gate's kiosk where a flight boards, once for all journeys of the gate."""
    from journeys import gates

    with gates.opened(tmp_path_factory.mktemp("gate"), browser, pictures) as kiosk:
        yield kiosk
