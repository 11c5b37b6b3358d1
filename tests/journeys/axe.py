"""axe-core over a page: what stops people with screen readers or keyboards, found by rule (WCAG 2.2 A and AA).

The script is Deque's, unmodified (MPL 2.0, `vendor/`), and is evaluated through the browser's debugger: the pages' own
Content-Security-Policy would not let it in, and stays as it is.
"""

import hashlib
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

VENDOR: Final = Path(__file__).parent / "vendor"
GRAVE: Final = ("serious", "critical")


def source() -> str:
    """The script, if it is the one that was taken over."""
    for line in (VENDOR / "SHA256SUMS").read_text(encoding="ascii").splitlines():
        digest, _, path = line.partition("  ")
        assert hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() == digest, path
    return next(VENDOR.glob("axe-core-*/axe.min.js")).read_text(encoding="utf-8")


def grave(page: Page) -> list[str]:
    """Serious and critical violations on a page: rule, what it says, and where."""
    page.evaluate(f"() => {{ if (!window.axe) {{ {source()} }} }}")
    found: list[dict[str, object]] = page.evaluate(
        """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
            .map(({ id, impact, help, nodes }) => {
                return { id, impact, help, at: nodes.map((one) => one.target.join(" ")).slice(0, 5) };
            })"""
    )
    return [f"{one['id']}: {one['help']} at {one['at']}" for one in found if one["impact"] in GRAVE]
