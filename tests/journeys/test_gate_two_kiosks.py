"""Two kiosks of one gate, in Chromium, with the deployment's repository between them: in sync, cut, in sync again."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from countenance.channel import address
from countenance.cli.demo.opening import _free_origin
from countenance.cli.demo.stage import Stage
from countenance.errors import Unavailable
from journeys import gates
from journeys.gates import FLIGHT, GateKiosk, ticket
from prove import founding
from prove.approvers import virtual_root

NAMES = ("gate-a", "gate-b")


class Network:
    """The deployment's repository: what the kiosks hear from each other through."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.socket = stage.deployment / "sockets" / "repository"
        self.start()

    def start(self) -> None:
        words = ("-m", "countenance.cli.run_repository", "--deployment", str(self._stage.deployment))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self.process = subprocess.Popen([sys.executable, *words], env=environment)
        self._stage.until(self._answers, "the repository")

    def cut(self) -> None:
        """As when a cable is pulled: nothing is said any more."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _answers(self) -> bool:
        try:
            address.connect(self.socket, 1.0).close()
        except Unavailable:
            return False
        return True


@pytest.fixture
def two(tmp_path: Path, browser: Browser, pictures: Path) -> Iterator[tuple[GateKiosk, GateKiosk, Network]]:
    """Both kiosks with an officer each; `gate-a` boards, `gate-b` not yet."""
    with founding.ground(tmp_path, browser) as (stage, _), ExitStack() as after:
        secret, approvals = stage.out / "keys" / "custodian.passphrase", _free_origin()
        secret.write_text(secrets.token_urlsafe(18))
        stage.verb(
            *("init", "--passphrase-file", secret, "--auditors-key", stage.out / "keys" / "auditors.key"),
            *("--approval-origin", approvals, "--console-origin", _free_origin("http://console.localhost")),
            *("--attestation-root", virtual_root(browser, approvals, stage.out)),
        )
        made = [GateKiosk(stage, _free_origin("http://gate.localhost"), browser, pictures, name=name) for name in NAMES]
        keys = {}
        for kiosk in made:
            port = kiosk.origin.rpartition(":")[2]
            keys[kiosk.name] = stage.verb("gate", "kiosk", kiosk.name, "--port", port)["signing_key"]
        for name, other in (NAMES, NAMES[::-1]):
            stage.verb("gate", "neighbour", name, other, "--key", keys[other])
        network = Network(stage)
        after.callback(network.cut)
        for kiosk in made:
            kiosk.start()
            after.callback(kiosk.kill)
            gates.staffed(kiosk)
        gates.begun(made[0])
        yield made[0], made[1], network


@pytest.mark.timeout(300)
def test_two_kiosks_board_one_flight_and_a_code_passes_once(two: tuple[GateKiosk, GateKiosk, Network]) -> None:
    one, other, network = two
    # The second joins: its officer names the flight, and the first hands the key over.
    assert other.officer is not None
    page = other.officer.page
    page.fill("#join-flight", str(FLIGHT).lower())
    page.click("form[data-act=join] button")
    expect(page.locator("#flight-name")).to_have_text(str(FLIGHT))
    # In sync, a code that went through at one is used at the other.
    code = ticket(next(one.sequences))
    token = one.token(code)
    assert one.crossed(code, token) == ("pass", [])
    one.stage.until(partial(_known, other, 1), "the second kiosk's knowing of the first's decision")
    assert other.crossed(code, token) == ("officer", ["used"])
    # Without a network both go on; a kiosk that starts meanwhile admits it again, and says that it is alone.
    network.cut()
    code = ticket(next(one.sequences))
    token = one.token(code)
    assert one.crossed(code, token) == ("pass", [])
    other.kill()
    other.start()
    with other.before() as context:
        gates.pose(context, gates.LIVE)
        shown = context.new_page()
        other.show(shown, code, token)
        outcome, reasons = other.ends(shown)
        assert (outcome, reasons) in (("pass", []), ("officer", ["challenge"]), ("officer", ["nobody"]))
        expect(shown.locator("#alone")).to_be_visible()
    passed_twice = outcome == "pass"
    # The network is back: each knows what the other decided, and a code that passed at both is counted.
    network.start()
    waiting = one.desk()
    one.stage.until(partial(_known, one, 4), "the first kiosk's knowing of everything")
    if passed_twice:
        expect(waiting.locator("#twice")).to_have_text("1")
    one.looked_at(waiting, "officer-two-kiosks")


def _known(kiosk: GateKiosk, least: int) -> bool:
    """Whether the officer's page counts so many travellers of the flight."""
    return int(kiosk.desk().locator("#lane-face td").first.inner_text()) >= least
