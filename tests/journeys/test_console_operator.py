"""The operator's pages: cameras declared and withdrawn, health, roster, policy, error bounds, assurance."""

import pytest
from playwright.sync_api import Page, expect

from countenance.vocabulary.entries import Kind
from journeys.conftest import Town
from journeys.people import Visitor
from journeys.test_console_sign_in import WALL
from prove import killing, scenes
from prove.approvers import PHONE

PAGES = ("cameras", "health", "roster", "policy", "errors", "assurance")


def entries(town: Town, kind: Kind) -> int:
    """How many entries of a kind the custodian's log has now."""
    return sum(entry.kind is kind for entry in killing.entries(town.stage))


def filled(page: Page, name: str, *, place: str = "the west gate", public: str = "yes") -> None:
    """The form of a declaration."""
    for field, text in (
        *(("name", name), ("edge", "host-1"), ("where", place), ("purpose", "missing persons")),
        *(("basis", "Police Act s. 3"), ("dpia", "DPIA-7"), ("notice", "You are recorded; faces are covered.")),
    ):
        page.fill(f"#{field}", text)
    page.fill("#retention", "48")
    page.check(f"[name=public][value={public}]")


def declared(visitor: Visitor, name: str, **facts: str) -> None:
    """A camera declared at the page, which then shows it."""
    visitor.go("/cameras")
    filled(visitor.page, name, **facts)
    visitor.page.click("#declare button")
    visitor.told("Declared, entry")
    expect(visitor.page.locator(f"#camera-{name}")).to_have_attribute("open", "")


def withdrawn(visitor: Visitor, name: str) -> None:
    """A camera withdrawn at the page, after its question."""
    card = visitor.page.locator(f"#camera-{name}")
    if card.get_attribute("open") is None:
        card.locator("summary").click()
    card.locator(".withdraw").click()
    expect(visitor.page.locator("#ending-name")).to_have_text(name)
    visitor.page.click("#ending-yes")
    visitor.told("Withdrawn, entry")
    expect(card).to_have_count(0)


def pictured(town: Town, visitor: Visitor, name: str) -> None:
    for size_name, size in (("laptop", (1280, 900)), ("phone", PHONE), ("wall", WALL)):
        for dark in (False, True):
            visitor.shot(town.pictures / f"{name}-{size_name}-{'dark' if dark else 'light'}.png", size, dark=dark)
    assert visitor.fits(PHONE[0])


def test_an_operator_declares_places_and_withdraws_a_camera(town: Town) -> None:
    # Given an operator at the console,
    operator = town.people["operator-1"]
    before = entries(town, Kind.CAMERA)
    # when they declare a camera,
    declared(operator, "gate-west")
    # then it is an entry, it is listed with all that was said, and the page says what to do on the camera host,
    assert entries(town, Kind.CAMERA) == before + 1
    card = operator.page.locator("#camera-gate-west")
    for words in ("Police Act s. 3", "DPIA-7", "48 hours", "covered footage only"):
        expect(card).to_contain_text(words)
    expect(card.locator(".command")).to_have_text("countenance camera source gate-west - --edge host-1")
    # and the test says that nobody records it yet.
    card.locator(".test").click()
    operator.told("gate-west: no word from its host")
    # When they draw it on the map, it is there for whoever comes after them; so is the map's scale once it is said.
    operator.page.select_option("#dot", "gate-west")
    operator.page.fill("#x", "250")
    operator.page.fill("#y", "700")
    operator.page.click("#place button")
    operator.told("Drawn there: gate-west")
    operator.go("/cameras")
    mark = operator.page.locator("#plan .mark[data-camera=gate-west]")
    expect(mark.locator("svg")).to_have_attribute("x", "25.0%")
    operator.page.fill("#metres", "120")
    operator.page.fill("#north", "20")
    operator.page.click("#measure button")
    operator.told("The map has a scale now.")
    expect(operator.page.locator("#plan .scale")).to_have_attribute("aria-label", "Scale: 20 metres")
    # Pressing the map says where, pressing a camera which, by mouse or keyboard.
    operator.page.locator("#plan .plan").click(position={"x": 3, "y": 3})
    expect(operator.page.locator("#x")).not_to_have_value("500")
    operator.page.evaluate("document.getElementById('dot').value = ''")
    mark.focus()
    operator.page.keyboard.press("Enter")
    expect(operator.page.locator("#dot")).to_have_value("gate-west")
    pictured(town, operator, "cameras-map")
    # When they withdraw it, it is an entry, and listed no more.
    withdrawn(operator, "gate-west")
    assert entries(town, Kind.CAMERA) == before + 2
    expect(mark).to_have_count(0)
    assert operator.complaints == []


def test_who_has_some_cameras_acts_on_no_other(town: Town) -> None:
    # Given an operator whom the roster gives one camera, and another camera that a colleague declared,
    operator, scoped = town.people["operator-1"], town.people["operator-3"]
    declared(operator, "gate-north")
    cameras, refusals = entries(town, Kind.CAMERA), entries(town, Kind.REFUSED)
    # when they look, they see none but their own;
    scoped.go("/cameras")
    expect(scoped.page.locator("main")).not_to_contain_text("gate-north")
    # when they declare another, the custodian refuses: a sentence, an entry, and no camera;
    filled(scoped.page, "gate-south")
    scoped.page.click("#declare button")
    scoped.warned("not among those that the roster gives you")
    # nor do they withdraw, test or move another's, whatever their page sends.
    said: str = scoped.page.evaluate(
        """() => act("withdraw", "Withdrawal", { camera: "gate-north" }).then(() => "done", (error) => error.said)"""
    )
    assert "roster gives you" in said
    for path, body in (
        ("/cameras/state?camera=gate-north", None),
        ("/cameras/place", '{"camera":"gate-north","x":1,"y":1}'),
        ("/cameras/measure", '{"metres":1,"north":1}'),
    ):
        status: int = scoped.page.evaluate(
            """([path, body]) => fetch(path, body ? { method: "POST", body, headers: { "content-type":
            "application/json" } } : {}).then((answer) => answer.status)""",
            [path, body],
        )
        assert status == 403
    assert (entries(town, Kind.CAMERA), entries(town, Kind.REFUSED)) == (cameras, refusals + 2)
    operator.go("/cameras")
    expect(operator.page.locator("#camera-gate-south")).to_have_count(0)
    expect(operator.page.locator("#plan .mark[data-camera=gate-north]")).to_have_count(0)
    # And with their own they do.
    declared(scoped, "yard", place="the school yard", public="no")
    withdrawn(scoped, "yard")
    operator.go("/cameras")
    withdrawn(operator, "gate-north")


def test_the_policys_forbidden_places_are_named_where_a_camera_hangs(town: Town) -> None:
    # Given a camera whose place has a word that the policy names,
    operator = town.people["operator-1"]
    declared(operator, "school-1", place="the school's main door")
    # when the operator asks for the rules on places,
    operator.page.click("#rules")
    # then the rule is shown in its own sentence, and the camera with the word.
    operator.told("Rules shown: 1")
    expect(operator.page.locator("#rules-list")).to_contain_text("No search at places of children")
    expect(operator.page.locator("#camera-school-1 .forbidden")).to_contain_text("school")
    pictured(town, operator, "cameras")
    withdrawn(operator, "school-1")


def test_another_policy_is_compared_and_not_set(town: Town) -> None:
    # Given an auditor, and the policy that stands,
    auditor = town.people["auditor-1"]
    auditor.go("/policy")
    expect(auditor.page.locator("#text")).to_contain_text("missing-person")
    text: str = auditor.page.locator("#text").text_content() or ""
    before = auditor.page.inner_text("#hash")
    # when they paste it unchanged, then both are the same;
    auditor.page.fill("#other", text)
    auditor.page.click("#compare button")
    auditor.told("Both texts are the same")
    # when they paste it with one line changed and one added, then just these are shown,
    auditor.page.fill("#other", text.replace("resource.hours <= 72", "resource.hours <= 96", 1) + "// more\n")
    auditor.page.click("#compare button")
    auditor.told("Lines added, lines gone: 2, 1")
    expect(auditor.page.locator("#diff .added").first).to_contain_text("resource.hours <= 96")
    expect(auditor.page.locator("#diff .gone")).to_contain_text("resource.hours <= 72")
    pictured(town, auditor, "policy")
    # and nothing is set.
    auditor.go("/policy")
    expect(auditor.page.locator("#hash")).to_have_text(before)
    assert auditor.complaints == []


def test_the_roster_is_shown_without_a_key(town: Town) -> None:
    # Given the roster, when an operator opens the page, then everybody is there, with what they may do.
    operator = town.people["operator-1"]
    operator.go("/roster")
    line = operator.page.locator("tr[data-person=operator-3]")
    expect(line).to_contain_text("yard")
    expect(line).to_contain_text("may act")
    expect(operator.page.locator("tr[data-person='court-b/judge-1']")).to_contain_text("approver")
    pictured(town, operator, "roster")
    # And who wants to know of the entry that put somebody there is led to the page that checks it.
    entry = line.locator("td.number a")
    number = entry.inner_text()
    entry.click()
    expect(operator.page.locator("#entry")).to_have_value(number)


def test_health_says_how_long_the_disk_lasts(recorded: Town) -> None:
    # Given a camera that has recorded,
    operator = recorded.people["operator-1"]
    # when the operator opens the page,
    operator.go("/health")
    # then it says what an hour takes up, and what becomes of the disk.
    expect(operator.page.locator("#measured")).to_contain_text("open")
    expect(operator.page.locator(f"tr[data-camera={scenes.CAMERA}] td").last).to_contain_text("B")
    expect(operator.page.locator("#full")).to_contain_text("disk")
    pictured(recorded, operator, "health")
    # Whoever may act on some cameras only is shown no other, and no forecast.
    scoped = recorded.people["operator-3"]
    scoped.go("/health")
    expect(scoped.page.locator("main")).not_to_contain_text(scenes.CAMERA)
    expect(scoped.page.locator("main")).to_contain_text("needs every camera")


def test_errors_and_assurance_are_told_in_words(town: Town) -> None:
    auditor = town.people["auditor-1"]
    # Given no searches, when an auditor opens the page of error bounds, then it says so, and that nobody is frozen.
    auditor.go("/errors")
    expect(auditor.page.locator("#none-frozen")).to_be_visible()
    pictured(town, auditor, "errors")
    # When they open the assurance page, then it says what this is worth, and what is missing for the next level.
    auditor.go("/assurance")
    expect(auditor.page.locator("#level")).to_contain_text("single-host · UNWITNESSED")
    expect(auditor.page.locator("#missing")).to_contain_text("hosts of different administrators")
    pictured(town, auditor, "assurance")
    assert auditor.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_for_whom_they_are(town: Town, name: str) -> None:
    # Given an officer, who is no operator, when they open one of these pages, then they are told why not.
    officer = town.people["officer-1"]
    officer.go(f"/{name}")
    expect(officer.page.locator(".alert")).to_contain_text("needs the role operator")
    expect(officer.page.locator(f"nav a[href='/{name}']")).to_have_count(0)


@pytest.mark.parametrize(("tag", "title"), [("zh", "摄像机"), ("ru", "Камеры")])
def test_pages_speak_the_readers_language(town: Town, tag: str, title: str) -> None:
    # Given an operator, when they choose a language, then the pages are in it.
    operator = town.people["operator-1"]
    operator.go("/cameras")
    operator.page.select_option("#language", tag)
    expect(operator.page.locator("h1")).to_have_text(title)
    for name in PAGES:
        operator.go(f"/{name}")
        expect(operator.page.locator("html")).to_have_attribute("lang", tag)
        expect(operator.page.locator("h1")).not_to_be_empty()
    operator.page.select_option("#language", "en")
    expect(operator.page.locator("html")).to_have_attribute("lang", "en")
