"""People in front of the console: a real Chromium profile each, with an authenticator of their own."""

from pathlib import Path
from typing import Self

from playwright.sync_api import Browser, expect

from prove.approvers import DESK, VIRTUAL, Profile


class Visitor(Profile):
    """Somebody at the console. Answers that refuse are no complaints of their browser."""

    @classmethod
    def at(cls, browser: Browser, origin: str, name: str, *, locale: str = "en-GB") -> Self:
        """A new profile with a new authenticator, at the shell."""
        context = browser.new_context(locale=locale, accept_downloads=True, reduced_motion="reduce")
        visitor = cls.opened(context, origin, name, VIRTUAL)
        expect(visitor.page.locator("#way-in")).to_be_visible()
        return visitor

    def heard(self, kind: str, text: str) -> None:
        """What the page's console said."""
        if "Failed to load resource" not in text:
            super().heard(kind, text)

    def forget(self) -> None:
        """Remove every passkey from the authenticator: with two, it is chance which of them signs."""
        self.cdp.send("WebAuthn.clearCredentials", {"authenticatorId": self.authenticator})

    def enrol(self, folder: Path) -> tuple[Path, str]:
        """Make a sign-in passkey; the registration's file, and what the page says to read out."""
        self.page.fill("#person", self.name)
        self.page.click("summary")
        self.page.click("#enrol")
        expect(self.page.locator("#enrolled")).to_be_visible()
        return self.saved(folder)

    def sign_in(self) -> None:
        """With the passkey, at the shell."""
        self.page.fill("#person", self.name)
        self.page.click("#sign-in button")
        expect(self.page.locator("nav a[aria-current]")).to_be_visible()

    def go(self, path: str) -> None:
        """Open a page of the console."""
        self.page.goto(f"{self.origin}{path}")

    def fits(self, width: int) -> bool:
        """Whether the page needs no sideways scrolling in a window of this width."""
        self.page.set_viewport_size({"width": width, "height": 844})
        fits: bool = self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        self.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        return fits
