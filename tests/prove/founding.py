"""Founding: a deployment that is no demo, open, whose people have authenticators, as proofs and journeys begin."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from rich.console import Console

from countenance.cli.demo.opening import rise
from countenance.cli.demo.stage import Stage
from prove.approvers import chromium, virtual_root


@contextmanager
def ground(out: Path, browser: Browser | None = None) -> Iterator[tuple[Stage, Browser]]:
    """A stage in `out` and a browser, `browser` if one runs already. What is started on it ends with it."""
    (out / "keys").mkdir()
    stage = Stage(out, as_json=True, console=Console(stderr=True))
    opened = chromium() if browser is None else nullcontext(browser)
    with opened as shown, pytest.MonkeyPatch.context() as patch:
        # No withdrawal period: the search follows at once. That there is one is the custodian's unit test.
        patch.setenv("COUNTENANCE_CUSTODIAN_WITHDRAWAL_MINUTES", "0")
        try:
            yield stage, shown
        finally:
            stage.stop_all()


def founded(stage: Stage, browser: Browser, approvals: str, *words: str) -> None:
    """Found the deployment with this approval origin, and open it. `words`: what else `init` is told."""
    secret = stage.out / "keys" / "custodian.passphrase"
    secret.write_text(secrets.token_urlsafe(18))
    stage.verb(
        *("init", "--passphrase-file", secret, "--auditors-key", stage.out / "keys" / "auditors.key"),
        *("--approval-origin", approvals, "--attestation-root", virtual_root(browser, approvals, stage.out), *words),
    )
    rise(stage)


def listed(
    stage: Stage, person: str, organisation: str, role: str, made: tuple[Path, str], cameras: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Put somebody on the roster with the registration that they made; what the verb said."""
    file, fingerprint = made
    return stage.verb(
        *("roster", "add", person, "--organisation", organisation, "--role", role),
        *(word for camera in cameras for word in ("--camera", camera)),
        *("--registration", file, "--fingerprint", fingerprint),
    )
