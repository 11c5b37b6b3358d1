"""A gate's kiosk, running alone with one flight that boards: no custodian, no repository, no network.

Portraits re-imaged, in part edited: SYNTHETIC. Tokens that only a kiosk could make are made with the kiosk's own keys,
read from its folder.
"""

import io
import os
import secrets
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import segno
from playwright.sync_api import Browser, BrowserContext, Page, expect

from countenance.cli.demo.opening import _free_origin
from countenance.cli.demo.stage import Stage
from countenance.crypto.token import FlightKey
from countenance.faces import Image, Template
from countenance.formats import base45, records
from countenance.gates.enrolling import Enrolment
from countenance.gates.flights import HeldKey
from countenance.vocabulary.gates import Checked, Flight
from countenance.zones.edge import identity
from journeys import axe
from journeys.conftest import _listens
from journeys.people import Visitor
from journeys.posing import pose
from prove import founding
from prove.approvers import VIRTUAL, virtual_root
from simulator import desk

NAME, OFFICER = "gate-a", "officer-1"
FLIGHT = Flight("AC", "834", 226, "YUL", "FRA")
SIZES = ((390, 844), (1080, 1920), (1280, 800))
LIVE = "d"
"""Whose portrait stands before the camera, unless a journey says otherwise."""
TOO_LATE = (["challenge"], ["nobody"])
"""Reasons of a machine that is too busy to see somebody in their seconds."""


def ticket(sequence: int) -> str:
    """A boarding pass of the flight; each its own booking."""
    return f"M1DESMARAIS/LUC       EABC{sequence:03} YULFRAAC 0834 226F001A{sequence:04} 100"


@dataclass
class GateKiosk:
    """The kiosk: its process, its officer, and what lies in its folder."""

    stage: Stage
    origin: str
    browser: Browser
    pictures: Path
    process: "subprocess.Popen[bytes] | None" = None
    officer: Visitor | None = None
    sequences: Iterator[int] = field(default_factory=lambda: iter(range(100, 1000)))
    name: str = NAME
    portal: str = ""

    @property
    def folder(self) -> Path:
        return self.stage.deployment / "edge" / self.name

    def start(self) -> None:
        """Start its process, and wait until it answers."""
        words = ("-m", "countenance.cli.run_gate", "--name", self.name, "--deployment", str(self.stage.deployment))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self.process = subprocess.Popen([sys.executable, *words], env=environment)
        self.stage.until(partial(_listens, self.origin), "the gate")

    def kill(self) -> None:
        """As when its power is cut."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def key(self, phone: bytes | None = None) -> FlightKey:
        return FlightKey(self._held().key, str(FLIGHT), phone=phone)

    def token(
        self,
        code: str,
        who: Template | None = None,
        *,
        seconds: int = 3600,
        checked: Checked = Checked.CHIP,
        phone: bytes | None = None,
    ) -> bytes:
        """A token as this kiosk makes one, over in so many seconds; `phone`: under a phone's part, too."""
        signing, found, now = identity.load(self.stage.deployment, self.name).signing, who or template(), self.now()
        making = Enrolment(FLIGHT, signing, same=-1.0, ends=now + 1000 * seconds)
        return making.token(self.key(phone), code, checked, found, [found], now)

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    @contextmanager
    def before(self, *, locale: str = "en-GB", size: tuple[int, int] = SIZES[1]) -> Iterator[BrowserContext]:
        """The kiosk's screen."""
        context = self.browser.new_context(locale=locale, viewport={"width": size[0], "height": size[1]})
        context.set_default_timeout(60_000)
        yield context
        assert context.cookies() == []
        context.close()

    def show(self, page: Page, code: str, token: bytes | str, language: str = "en") -> None:
        """Ticket and code, as a scanner types them."""
        page.goto(f"{self.origin}/{language}/through")
        page.fill("#ticket", code)
        page.fill("#code", token if isinstance(token, str) else base45.write(token))
        page.click("main button[type=submit]")

    def ends(self, page: Page) -> tuple[str, list[str]]:
        """The outcome on the page, and the reasons."""
        page.locator("#outcome").wait_for()
        outcome = str(page.get_attribute("#outcome", "data-outcome"))
        reasons = page.locator("[data-reason]").evaluate_all("(all) => all.map((one) => one.dataset.reason)")
        return outcome, reasons

    def crossed(self, code: str, token: bytes | str, name: str = LIVE, **posed: Any) -> tuple[str, list[str]]:
        """Somebody comes and goes; on a busy machine a face or a turn may be seen too late, and they come again."""
        outcome: tuple[str, list[str]] = ("officer", ["challenge"])
        with self.before() as context:
            pose(context, name, **posed)
            page = context.new_page()
            for _ in range(4):
                self.show(page, code, token)
                outcome = self.ends(page)
                if outcome[1] not in TOO_LATE:
                    break
        return outcome

    def looked_at(self, page: Page, name: str) -> None:
        """For everybody, at every size, and kept as a picture."""
        before = page.viewport_size
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, width)
            page.screenshot(path=self.pictures / f"gate-{name}-{width}.png", full_page=True)
        assert axe.grave(page) == [], name
        if before:
            page.set_viewport_size(before)

    def desk(self) -> Page:
        """The officer's page, as it is now."""
        assert self.officer is not None
        self.officer.page.goto(f"{self.origin}/officer/")
        expect(self.officer.page.locator("#board")).to_be_visible()
        return self.officer.page

    def _held(self) -> HeldKey:
        return records.read(HeldKey, (self.folder / "flights" / str(FLIGHT) / "key").read_bytes())


@contextmanager
def opened(out: Path, browser: Browser, pictures: Path) -> Iterator[GateKiosk]:
    """A kiosk that boards `FLIGHT`, with an officer at their page."""
    with founding.ground(out, browser) as (stage, _):
        secret = stage.out / "keys" / "custodian.passphrase"
        secret.write_text(secrets.token_urlsafe(18))
        origin, approvals = _free_origin("http://gate.localhost"), _free_origin()
        portal = _free_origin("http://portal.localhost")
        stage.verb(
            *("init", "--passphrase-file", secret, "--auditors-key", stage.out / "keys" / "auditors.key"),
            *("--approval-origin", approvals, "--console-origin", _free_origin("http://console.localhost")),
            *("--portal-origin", portal),
            *("--attestation-root", virtual_root(browser, approvals, stage.out)),
        )
        stage.verb("gate", "kiosk", NAME, "--port", origin.rpartition(":")[2])
        kiosk = GateKiosk(stage, origin, browser, pictures, portal=portal)
        kiosk.start()
        try:
            staffed(kiosk)
            begun(kiosk)
            yield kiosk
        finally:
            kiosk.kill()


def staffed(kiosk: GateKiosk) -> None:
    """An officer with a passkey, signed in."""
    context = kiosk.browser.new_context(locale="en-GB", accept_downloads=True, reduced_motion="reduce")
    officer = kiosk.officer = Visitor.opened(context, f"{kiosk.origin}/officer", OFFICER, VIRTUAL)
    expect(officer.page.locator("#way-in")).to_be_visible()
    kiosk.looked_at(officer.page, "officer-shell")
    file, fingerprint = officer.enrol(kiosk.stage.out / "keys")
    kiosk.stage.verb("gate", "officer", kiosk.name, OFFICER, "--registration", file, "--fingerprint", fingerprint)
    officer.page.fill("#person", OFFICER)
    officer.page.click("#sign-in button")
    expect(officer.page.locator("#none")).to_be_visible()
    kiosk.looked_at(officer.page, f"officer-none-{kiosk.name}")


def begun(kiosk: GateKiosk) -> None:
    """The officer begins the flight."""
    officer = kiosk.officer
    assert officer is not None
    officer.page.fill("#flight", str(FLIGHT))
    officer.page.click("form[data-act=begin] button")
    expect(officer.page.locator("#flight-name")).to_have_text(str(FLIGHT))


@cache
def template(name: str = LIVE) -> Template:
    """Of somebody who looks straight ahead."""
    return desk.engine().extract(desk.shown(name, "head", 0, 0))


def scored(name: str, score: float) -> Template:
    """A reference whose comparison score with `name` is `score`: made for it, nobody's."""
    axis = np.frombuffer(template(name).values, "<f4").astype(np.float64)
    drawn = np.random.default_rng(8).normal(size=axis.size)
    drawn -= axis * float(drawn @ axis)
    made = score * axis + (1 - score**2) ** 0.5 * drawn / np.linalg.norm(drawn)
    return Template(template(name).extractor, made.astype("<f4").tobytes())


def chip(picture: bytes, width: int, height: int) -> bytes:
    """Data group 2 with this JPEG (ICAO 9303-10, ISO/IEC 19794-5:2005)."""
    face = struct.pack(">IH14x", 20 + 12 + len(picture), 0) + struct.pack(">BBHH6x", 1, 0, width, height) + picture
    record = struct.pack(">4s4sIH", b"FAC\0", b"010\0", 14 + len(face), 1) + face
    return _tlv(0x75, _tlv(0x7F61, b"\x02\x01\x01" + _tlv(0x7F60, _tlv(0x5F2E, record))))


def document(name: str = LIVE) -> bytes:
    """The chip of somebody's passport."""
    picture = desk.shown(name, "head", 0, 0)
    return chip(desk.jpeg(picture), picture.shape[1], picture.shape[0])


def glasses(picture: Image) -> Image:
    """EDITED: dark rims and a bridge around the eyes."""
    made, eyes = picture.copy(), max(desk.engine().subjects(picture), key=lambda one: one.box.area).landmarks[:2]
    (left, top), (right, other) = ((round(x), round(y)) for x, y in eyes)
    radius = max(6, round(0.42 * np.hypot(right - left, other - top)))
    for at in ((left, top), (right, other)):
        cv2.circle(made, at, radius, (20, 20, 24), 2, cv2.LINE_AA)
    cv2.line(made, (left + radius, top), (right - radius, other), (20, 20, 24), 2, cv2.LINE_AA)
    return made


def dark(picture: Image) -> Image:
    """EDITED: a fiftieth of the light."""
    return np.asarray(picture * 0.02, np.uint8)


def hall(*people: tuple[str, int, float]) -> Image:
    """EDITED: a grey hall of 640 x 480 with portraits in it: whose, the middle of the face, the size."""
    made = np.full((480, 640, 3), 96, np.uint8)
    for name, middle, size in people:
        small = cv2.resize(desk.shown(name, "head", 0, 0), None, fx=size, fy=size, interpolation=cv2.INTER_AREA)
        side = small.shape[0]
        # A head and its shoulders: the middle of the portrait.
        part = small[:, round(0.3 * side) : round(0.7 * side)]
        left = max(0, middle - part.shape[1] // 2)
        width = min(part.shape[1], 640 - left)
        made[60 : 60 + side, left : left + width] = part[:420, :width]
    return made


def drawn(token: bytes) -> bytes:
    """A picture of a token's code, as PNG."""
    data = io.BytesIO()
    segno.make_qr(base45.write(token), error="m", boost_error=False).save(data, kind="png", scale=6, border=4)
    return data.getvalue()


def _tlv(tag: int, value: bytes) -> bytes:
    head = tag.to_bytes(2 if tag > 0xFF else 1)
    return head + b"\x83" + len(value).to_bytes(3) + value
