"""People in front of pages: a real Chromium profile and an authenticator each; and those at the approval page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = (390, 844), (1280, 900)
VIRTUAL = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    assert path is not None, "Chromium is not installed: 'make browser' says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield browser
        browser.close()


@dataclass
class Profile:
    """Somebody with a browser profile and an authenticator of their own. `complaints`: what their browser said."""

    name: str
    origin: str
    context: BrowserContext
    page: Page
    cdp: Any
    authenticator: str
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def opened(cls, context: BrowserContext, origin: str, name: str, virtual: dict[str, Any]) -> Self:
        """A new authenticator, at the first page."""
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": virtual})
        profile = cls(name, origin, context, page, cdp, made["authenticatorId"])
        page.on("pageerror", lambda error: profile.complaints.append(str(error)))
        page.on("console", lambda said: profile.heard(said.type, said.text))
        page.goto(f"{origin}/")
        return profile

    def heard(self, kind: str, text: str) -> None:
        """What the page's console said."""
        if kind == "error":
            self.complaints.append(text)

    def saved(self, folder: Path) -> tuple[Path, str]:
        """The registration that was made: its file, and what the page says to read out."""
        with self.page.expect_download() as saved:
            self.page.click("#registration")
        path = folder / saved.value.suggested_filename
        saved.value.save_as(path)
        return path, self.page.inner_text("#fingerprint")

    def told(self, words: str) -> None:
        """Wait until the page says this."""
        expect(self.page.locator("#status")).to_contain_text(words)

    def warned(self, words: str) -> None:
        """Wait until the page complains like this."""
        expect(self.page.locator("#alert")).to_contain_text(words)

    def shot(self, path: Path, size: tuple[int, int] = DESK, *, dark: bool = False) -> None:
        """A picture of the whole page in a window of this size."""
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.screenshot(path=path, full_page=True, animations="disabled")
        self.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        self.page.emulate_media(color_scheme="light")


class Somebody(Profile):
    """A person at the approval page."""

    @classmethod
    def at(cls, browser: Browser, origin: str, name: str, **changed: Any) -> Self:
        """A new profile; `changed`: what its authenticator has otherwise."""
        context = browser.new_context(ignore_https_errors=True, locale="en-GB", accept_downloads=True)
        somebody = cls.opened(context, origin, name, VIRTUAL | changed)
        somebody.page.fill("#person", name)
        return somebody

    def enrol(self, folder: Path) -> tuple[Path, str]:
        """Make a credential; the registration's file, and what the page says to read out."""
        self.page.click("nav [data-view=enrol]")
        self.page.click("#make")
        expect(self.page.locator("#made")).to_be_visible()
        return self.saved(folder)

    def read(self, warrant: str) -> None:
        """List the warrants and open one."""
        self.page.click("nav [data-view=warrants]")
        self.page.click("#list")
        self.page.click(f"#found li:has-text('{warrant}') button:has-text('Read')")
        expect(self.page.locator("#warrant")).to_be_visible()

    def look(self, warrant: str, sighting: str) -> None:
        """Open a candidate for review."""
        self.page.click("nav [data-view=review]")
        self.page.fill("#review-warrant", warrant)
        self.page.fill("#review-candidate", sighting)
        self.page.click("#show")
        expect(self.page.locator("#pictures")).to_be_visible()

    def say(self, verdict: str) -> None:
        """Give a verdict on what is shown."""
        self.page.click(f"[data-verdict={verdict}]")
        expect(self.page.locator("#status")).to_contain_text("Recorded")


def virtual_root(browser: Browser, origin: str, folder: Path) -> Path:
    """The certificate that this browser's virtual authenticators show, in PEM: what a test deployment lists."""
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.route("**/*", lambda route: route.fulfill(body="<!doctype html><title>x</title>", content_type="text/html"))
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL})
    page.goto(f"{origin}/")
    made = page.evaluate(
        """async () => {
            const made = await navigator.credentials.create({ publicKey: {
                challenge: new Uint8Array(32), rp: { name: "x" }, attestation: "direct",
                user: { id: new Uint8Array(8), name: "x", displayName: "x" },
                pubKeyCredParams: [{ type: "public-key", alg: -7 }] } });
            return Array.from(new Uint8Array(made.response.attestationObject));
        }"""
    )
    context.close()
    (certificate,) = cbor2.loads(bytes(made))["attStmt"]["x5c"]
    path = folder / "virtual.pem"
    path.write_bytes(x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM))
    return path
