"""Am I on a list, was I searched for: the same page for everybody; at the desk the same answer as nobody gets, and once
it is no secret, to whom it concerns, which list or search, proved.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from countenance.cli.demo import alerting, portraits
from countenance.cli.demo.acts import APPROVERS
from countenance.cli.demo.opening import ROSTER, found
from countenance.cli.demo.stage import COMMAND, Stage
from countenance.formats import records
from countenance.vocabulary.afterwards import Told
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.requests import Signed
from journeys import axe
from prove import scenes
from prove.approvers import DESK, PHONE
from prove.founding import ground

CLERK, OFFICER = "station/clerk-1", "officer-1"
WANTED, NOBODY = "L898902C3", "X0000001"
LAWS = ("--case", "case 7", "--purpose", "missing person", "--basis", "law 3")
PATIENCE = 300.0
"""Seconds that the clock's part may take on a machine that has other things to do: it is done once a minute."""


@dataclass
class Station:
    """A demo deployment with a portal, a gallery custodian and a desk. `minutes`: how long a secret lasts here."""

    stage: Stage
    browser: Browser
    portal: str
    minutes: int

    def stated(self, number: str, *words: object, person: str) -> dict[str, Any]:
        """A verb of `afterwards` with a passport whose number comes on standard input."""
        passport = ("--document", "passport", "--state", "UTO", "--key", self.stage.key(person))
        started = (*COMMAND, "afterwards", *words, *passport, "--deployment", self.stage.deployment, "--json")
        done = subprocess.run(
            [*map(str, started)], capture_output=True, text=True, input=f"{number}\n", check=True, timeout=600
        )
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def asked(self, number: str, name: str, *where: str) -> tuple[dict[str, Any], Path]:
        """What a clerk is told before whom this passport lies, and the file that they hand over."""
        out = self.stage.out / name
        return self.stated(number, "ask", "--out", out, *where, person=CLERK), out

    def listed(self, lasts: str) -> str:
        """A list with one person on it, whose passport the officer stated."""
        photo = self.stage.out / "keys" / "child.jpg"
        photo.write_bytes(portraits.read().probe)
        where = ("--camera", scenes.CAMERA, "--photo", photo, "--to", lasts, "--secrecy-end", lasts)
        gallery = str(self.stage.verb("gallery", "draft", *LAWS, *where, person=OFFICER)["gallery"])
        (one,) = self.stage.verb("gallery", "show", gallery, person=OFFICER)["gallery"]["references"]
        self.stated(WANTED, "name", gallery, "--gallery", "--reference", one["reference"], person=OFFICER)
        for approver in APPROVERS:
            self.stage.verb("gallery", "sign", gallery, "--yes", person=approver)
        return gallery

    def searched(self, lasts: str) -> str:
        """A warrant for the same person, searched once: nobody passed."""
        photo = self.stage.out / "keys" / "child.jpg"
        where = ("--camera", scenes.CAMERA, "--probe", photo, "--from", "-1h", "--to", "+1h")
        until = ("--expires", lasts, "--secrecy-end", lasts)
        warrant = str(self.stage.verb("warrant", "draft", *LAWS, *where, *until, person=OFFICER)["warrant"])
        self.stated(WANTED, "name", warrant, person=OFFICER)
        for approver in APPROVERS:
            self.stage.verb("warrant", "sign", warrant, "--yes", person=approver)
        assert self.stage.verb("search", warrant, person=OFFICER)["candidates"] == []
        return warrant

    def got(self, path: str) -> bytes:
        """The bytes of a page of the portal."""
        host = self.portal.partition("://")[2]
        connection = HTTPConnection("127.0.0.1", int(host.rpartition(":")[2]), timeout=60)
        connection.request("GET", path, headers={"host": host})
        return connection.getresponse().read()

    @contextmanager
    def person(self, size: tuple[int, int] = PHONE) -> Iterator[Page]:
        """Somebody's browser, without scripts."""
        context = self.browser.new_context(viewport={"width": size[0], "height": size[1]}, java_script_enabled=False)
        context.set_default_timeout(60_000)
        yield context.new_page()
        context.close()


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Station]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COUNTENANCE_PORTAL_DESK", "Central station, hall 2")
        patch.setenv("COUNTENANCE_PORTAL_AUTHORITY", "Authority of Example")
        with ground(tmp_path_factory.mktemp("station"), browser) as (stage, _):
            found(stage)
            alerting.founded(stage)
            public = {one["name"]: one["key"] for one in stage.verb("roster", "list", quiet=True)["persons"]}
            organisation = next(home for name, home, _ in ROSTER if name == CLERK)
            facts = ("--organisation", organisation, "--role", "clerk", "--public", public[CLERK])
            stage.verb("roster", "add", CLERK, *facts, "--gallery")
            scenes.camera(stage)
            began = time.monotonic()
            stage.verb("warrant", "list", person=OFFICER)
            # Long enough for all that happens while it is secret, on a machine as quick as this one is now.
            minutes = 2 + int((time.monotonic() - began) * 50 / 60)
            genesis = records.read(Genesis, (stage.deployment / "genesis.json").read_bytes())
            assert genesis.portal is not None
            yield Station(stage, browser, genesis.portal.origin, minutes)


def plain(file: Path) -> Told:
    """What a file says."""
    return records.read(Told, records.read(Signed, file.read_bytes()).body)


def told_later(station: Station, name: str, *where: str) -> tuple[dict[str, Any], Path]:
    """Ask again and again, until the secret is over and the clock's part done."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE:
        told, file = station.asked(WANTED, f"{name}-{time.monotonic_ns()}.json", *where)
        if told["matters"]:
            return told, file
        time.sleep(10)
    raise AssertionError("nothing was told")


@pytest.mark.timeout(1700)
def test_nobody_is_told_while_it_is_secret_and_who_it_concerns_is_told_after(station: Station) -> None:
    # Given a list and a search that are secret for long, others that are for minutes, and a page about lists,
    station.listed("+2d")
    station.searched("+2d")
    began, lasts = time.monotonic(), f"+{station.minutes}m"
    gallery, warrant = station.listed(lasts), station.searched(lasts)
    page = station.got("/en/lists")
    # when somebody who is on it, and somebody who is not, ask at the desk,
    for where in ((), ("--gallery",)):
        mine, my_file = station.asked(WANTED, f"mine{len(where)}.json", *where)
        nobodys, nobodys_file = station.asked(NOBODY, f"nobodys{len(where)}.json", *where)
        # then both are told the same,
        assert mine["matters"] == nobodys["matters"] == []
        assert {**records.plain(plain(my_file)), "document": "", "made": 0} == {  # type: ignore[dict-item]
            **records.plain(plain(nobodys_file)),  # type: ignore[dict-item]
            "document": "",
            "made": 0,
        }
    # when the minutes are over, then whom they concern is told of what is no secret now, and of the others nothing;
    time.sleep(max(0.0, 60.0 * station.minutes - (time.monotonic() - began)))
    told, file = told_later(station, "told")
    (one,) = told["matters"]
    assert (one["matter"], one["list"], one["searches"], one["found"]) == (warrant, False, 1, [0])
    assert station.stage.verb("afterwards", "check", file) == told
    told, file = told_later(station, "told-list", "--gallery")
    (one,) = told["matters"]
    assert (one["matter"], one["list"], one["ground"]) == (gallery, True, "law 3")
    assert one["start"] < one["end"]
    assert station.stage.verb("afterwards", "check", file, "--gallery") == told
    # a stranger is told what they were told before, and the page says to everybody what it said.
    assert station.asked(NOBODY, "nobodys-later.json")[0]["matters"] == []
    assert station.got("/en/lists") == page


def test_the_page_says_who_is_told_and_who_never_is_and_where_to_complain(station: Station, pictures: Path) -> None:
    # Given somebody with a phone who wonders,
    with station.person() as page:
        # when they read the page about lists,
        page.goto(f"{station.portal}/en/lists")
        main = page.locator("main")
        # then it says for whom there is a later answer, where, and for whom there is none;
        for said in ("twelve months", "Central station, hall 2", "does not mean that there was nothing"):
            expect(main).to_contain_text(said)
        expect(main).to_contain_text("nobody can tell you later")
        # and it leads to whom they can complain to.
        main.get_by_role("link", name="Complain").click()
        expect(main).to_contain_text("Authority of Example")
        expect(main).to_contain_text("the file that the desk gave you")
    context = station.browser.new_context(bypass_csp=True)
    page = context.new_page()
    for language in ("en", "zh", "ru"):
        page.goto(f"{station.portal}/{language}/lists")
        for name, size in (("phone", PHONE), ("laptop", DESK)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            page.screenshot(path=pictures / f"lists-{language}-{name}.png", full_page=True)
        assert axe.grave(page) == []
    context.close()
