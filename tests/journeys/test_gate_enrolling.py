"""At the gate's kiosk: somebody makes a code with chip photo and face, and goes through with it, in Chromium."""

import pytest
from playwright.sync_api import Page, expect

from journeys.gates import GateKiosk, document, ticket
from journeys.posing import pose


def begun(gate: GateKiosk, page: Page, code: str, photo: bytes, *, language: str = "en") -> None:
    """Ticket, photo, consent."""
    page.goto(f"{gate.origin}/{language}/enrol")
    page.fill("#ticket", code)
    page.set_input_files("#document", {"name": "dg2", "mimeType": "application/octet-stream", "buffer": photo})
    page.check("#agreed")
    page.click("main button[type=submit]")


def ended(page: Page) -> str:
    """What was made of it: a code, or why none."""
    page.locator("#drawn, #missed").first.wait_for()
    return "code" if page.locator("#drawn").count() else str(page.get_attribute("#missed", "data-advice"))


@pytest.mark.timeout(300)
def test_from_passport_to_open_gate(gate: GateKiosk) -> None:
    code = ticket(next(gate.sequences))
    with gate.before() as context:
        pose(context, "d")
        page = context.new_page()
        # Given somebody who sent the form empty, and was told what is missing,
        page.goto(f"{gate.origin}/en/")
        gate.looked_at(page, "first")
        page.click("#enrol")
        page.click("main button[type=submit]")
        expect(page.locator(".govuk-error-summary li")).to_have_count(2)
        gate.looked_at(page, "enrol")
        for _ in range(4):
            # when an officer has seen their document and they turn their head as asked,
            begun(gate, page, code, document())
            number, desk = page.inner_text("#number"), gate.desk()
            expect(desk.locator("#enrols")).to_contain_text(number)
            desk.click("#vouch")
            if ended(page) == "code":
                break
        # then they have a code, which the kiosk reads from a picture of its screen,
        expect(page.locator("#unverified")).to_have_count(0)
        gate.looked_at(page, "code")
        shown = page.locator("#drawn svg").screenshot()
        page.click("#done")
        for _ in range(4):
            page.goto(f"{gate.origin}/en/through")
            page.fill("#ticket", code)
            page.set_input_files("#code-picture", {"name": "code.png", "mimeType": "image/png", "buffer": shown})
            expect(page.locator("#scan-told")).to_have_text("The code was read.")
            gate.looked_at(page, "through")
            page.click("main button[type=submit]")
            outcome, reasons = gate.ends(page)
            if reasons not in (["challenge"], ["nobody"]):
                break
        # and it opens the gate; the number is for the officer, who tells the border.
        assert (outcome, reasons) == ("pass", [])
        assert page.locator("main p.govuk-body strong").first.inner_text().isdecimal()
        gate.looked_at(page, "pass")


def test_whoever_wants_no_face_is_asked_nothing_and_leaves_none(gate: GateKiosk) -> None:
    # Given somebody at the first page,
    before = gate.desk().inner_text("#lane-face")
    with gate.before() as context:
        page = context.new_page()
        sent: list[str] = []
        page.on("request", lambda asked: sent.append(f"{asked.method} {asked.url}"))
        page.goto(f"{gate.origin}/zh/")
        # when they choose the lane without a face,
        page.click("#other")
        expect(page.locator("h1")).to_have_text("请走旁边的通道")
        gate.looked_at(page, "other")
        # then nothing of theirs was sent,
        assert all(one.startswith("GET") for one in sent)
    # and the officer at that lane counts them by their ticket, with its time; nothing else is there.
    desk, code = gate.desk(), ticket(next(gate.sequences))
    count = int(desk.inner_text("#lane-other td >> nth=0"))
    desk.fill("#other-ticket", code)
    desk.click("form[data-act=other] button[value=yes]")
    expect(desk.locator("#lane-other td").first).to_have_text(str(count + 1))
    expect(desk.locator("#other-ticket")).to_have_value("")
    assert desk.inner_text("#lane-face") == before
    assert code[22:30] not in desk.content()
