"""A code that was made at home: from two pictures on somebody's own machine to the gate, where an officer looks."""

from pathlib import Path

from playwright.sync_api import expect

from countenance.formats import base45
from countenance.web.gate import scanning
from journeys.gates import GateKiosk, ticket
from simulator import desk


def test_a_code_from_home_is_for_this_flight_without_a_camera_and_calls_an_officer(
    gate: GateKiosk, tmp_path: Path
) -> None:
    # Given somebody who made a code at home, of a picture of their document and one of themselves,
    code, photo, out = ticket(next(gate.sequences)), tmp_path / "d.jpg", tmp_path / "home.png"
    photo.write_bytes(desk.jpeg(desk.shown("d", "head", 0, 0)))
    made = gate.stage.verb("gate", "home", photo, photo, "--out", out)
    with gate.before() as context:
        page = context.new_page()
        for language in ("zh", "ru", "en"):
            page.goto(f"{gate.origin}/{language}/enrol")
            page.click("#home")
            gate.looked_at(page, f"home-{language}")
        # when they show it, and first forget the letters,
        page.fill("#ticket", code)
        page.set_input_files("#home-picture", {"name": "c.png", "mimeType": "image/png", "buffer": out.read_bytes()})
        expect(page.locator("#scan-told")).to_have_text("The code was read.")
        page.check("#agreed")
        page.click("main button[type=submit]")
        expect(page.locator("#letters-wrong")).to_be_visible()
        gate.looked_at(page, "home-wrong")
        page.fill("#letters", str(made["letters"]))
        page.check("#agreed")
        page.click("main button[type=submit]")
        # then they have a code for this flight, which says that an officer will look,
        expect(page.locator("#unverified")).to_be_visible()
        token = scanning.read(page.locator("#drawn svg").screenshot())
        page.click("#done")
    # and so it is: the face is theirs, and an officer is called; with another's face, too.
    assert gate.crossed(code, token) == ("officer", ["unverified"])
    assert gate.crossed(code, token, "b") == ("officer", ["different"])
    # What was made at home opens no gate by itself.
    assert gate.crossed(code, base45.read(scanning.read(out.read_bytes()))) == ("officer", ["altered"])
