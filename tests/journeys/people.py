"""People in front of the console: a real Chromium profile each, with an authenticator of their own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from prove.approvers import DESK, VIRTUAL


@dataclass
class Visitor:
    """Somebody at the console. `complaints`: what their browser had to say, beside answers that refuse."""

    name: str
    origin: str
    context: BrowserContext
    page: Page
    cdp: Any
    authenticator: str
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, browser: Browser, origin: str, name: str, *, locale: str = "en-GB") -> "Visitor":
        """A new profile with a new authenticator, at the shell."""
        context = browser.new_context(locale=locale, accept_downloads=True, reduced_motion="reduce")
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL})
        visitor = cls(name, origin, context, page, cdp, made["authenticatorId"])
        page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        page.on("console", lambda said: visitor._heard(said.type, said.text))
        page.goto(f"{origin}/")
        expect(page.locator("#way-in")).to_be_visible()
        return visitor

    def _heard(self, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)

    def forget(self) -> None:
        """Remove every passkey from the authenticator: with two, it is chance which of them signs."""
        self.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self.authenticator})

    def enrol(self, folder: Path) -> tuple[Path, str]:
        """Make a sign-in passkey; the registration's file, and what the page says to read out."""
        self.page.fill("#person", self.name)
        self.page.click("summary")
        self.page.click("#enrol")
        expect(self.page.locator("#enrolled")).to_be_visible()
        with self.page.expect_download() as saved:
            self.page.click("#registration")
        path = folder / saved.value.suggested_filename
        saved.value.save_as(path)
        return path, self.page.inner_text("#fingerprint")

    def sign_in(self) -> None:
        """With the passkey, at the shell."""
        self.page.fill("#person", self.name)
        self.page.click("#sign-in button")
        expect(self.page.locator("nav a[aria-current]")).to_be_visible()

    def go(self, path: str) -> None:
        """Open a page of the console."""
        self.page.goto(f"{self.origin}{path}")

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

    def fits(self, width: int) -> bool:
        """Whether the page needs no sideways scrolling in a window of this width."""
        self.page.set_viewport_size({"width": width, "height": 844})
        fits: bool = self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        self.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        return fits
