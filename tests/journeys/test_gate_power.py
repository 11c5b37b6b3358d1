"""Power and network cut in the middle, at the gate, in Chromium; and that the officer page opens to officers alone."""

import pytest
from playwright.sync_api import expect

from journeys.gates import FLIGHT, OFFICER, GateKiosk, template, ticket
from journeys.people import Visitor
from journeys.posing import pose
from prove.approvers import VIRTUAL


@pytest.mark.timeout(300)
def test_power_cut_in_the_middle(gate: GateKiosk) -> None:
    # Given one who went through, and another before the camera,
    used, code = (ticket(next(gate.sequences)) for _ in range(2))
    first, token = gate.token(used), gate.token(code)
    assert gate.crossed(used, first) == ("pass", [])
    with gate.before() as context:
        pose(context, "d", turns=False)
        page = context.new_page()
        gate.show(page, code, token)
        expect(page.locator("#camera[data-state=held], #camera[data-state=running]")).to_have_count(1)
        # when the power is cut,
        gate.kill()
        # then the page says so and names the other lane;
        expect(page.locator("#say")).to_contain_text("take the lane beside")
        gate.looked_at(page, "cut")
    # no picture, template or ticket is on the kiosk's disk,
    values = template().values
    for path in gate.folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        # As a page's canvas writes a picture. Its first three bytes alone come by chance in what is encrypted.
        assert b"\xff\xd8\xff\xe0\x00\x10JFIF" not in data
        assert values not in data
        assert b"DESMARAIS" not in data
        assert code[23:29].encode() not in data
    gate.start()
    # and after it is back, the flight goes on: what was spent stays spent, the other's code is still good.
    assert gate.crossed(used, first) == ("officer", ["used"])
    assert gate.crossed(code, token) == ("pass", [])
    assert gate.officer is not None
    gate.officer.page.goto(f"{gate.origin}/officer/")
    expect(gate.officer.page.locator("#flight-name")).to_have_text(str(FLIGHT))


@pytest.mark.timeout(300)
def test_network_cut_in_the_middle(gate: GateKiosk) -> None:
    # The kiosk has no network at all in these journeys. What can be cut besides is between page and process.
    code = ticket(next(gate.sequences))
    token = gate.token(code)
    with gate.before() as context:
        pose(context, "d", turns=False)
        page = context.new_page()
        gate.show(page, code, token)
        expect(page.locator("#camera[data-state=held], #camera[data-state=running]")).to_have_count(1)
        context.set_offline(True)
        expect(page.locator("#say")).to_contain_text("did not answer")
        context.set_offline(False)
        page.click(".kiosk-stop")
        expect(page.locator("#other")).to_be_visible()
    # Nothing was decided for them: an officer is called, and the token is still good (tests/unit/web/gate).
    expect(gate.desk().locator("#board")).to_contain_text("nobody")


@pytest.mark.timeout(200)
def test_a_stranger_does_not_get_into_the_officer_page(gate: GateKiosk) -> None:
    # Given somebody with a passkey of this page that nobody took on,
    context = gate.browser.new_context(locale="en-GB", accept_downloads=True, reduced_motion="reduce")
    stranger = Visitor.opened(context, f"{gate.origin}/officer", "officer-9", VIRTUAL)
    expect(stranger.page.locator("#way-in")).to_be_visible()
    stranger.enrol(gate.stage.out / "keys")
    for name in ("officer-9", OFFICER):
        stranger.page.fill("#person", name)
        stranger.page.click("#sign-in button")
        # then they stay outside, under their own name and under an officer's,
        stranger.warned("no officer")
    # and without a proof the board is refused.
    assert stranger.page.evaluate("async (path) => (await fetch(path)).status", "/officer/board") == 401
    context.close()
