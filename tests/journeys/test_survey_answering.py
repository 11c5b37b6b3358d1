"""Somebody with a phone says what they think: in three languages, by card, and nothing they ticked leaves the page."""

import html
import http.client
import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from countenance.formats import records
from countenance.survey import instrument, preview, responses, waves
from countenance.vocabulary.survey import UNREPORTED, Submission
from journeys import axe
from prove.approvers import DESK, PHONE
from simulator.asking import Asking, asking
from simulator.door import Door
from simulator.surveys import DAY, SMALL
from simulator.zone import Zone

VECTORS = Path(__file__).parents[1] / "vectors"
WITH_CARD = SMALL.replace("survey: station", "survey: card").replace("waves: 2", "waves: 2\nreported: 2\norder: random")
ANYBODY = SMALL.replace("waves: 2", "waves: 2\nadmission: open\nreported: 1")
DICE = """Crypto.prototype.getRandomValues = (place) =>
    place.fill(place instanceof BigUint64Array ? 0xfffffffffffff000n : 0xff);"""
THANKS = {"en": "Thank you", "zh": "谢谢您", "ru": "Спасибо"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Asking, list[str]]]:
    """Two surveys that are open at once, one by invitation."""
    zone = Zone(tmp_path_factory.mktemp("custodian"))
    zone.open()
    zone.admit("operator-1")
    edge = zone.enrol("secret-host")
    door = Door(zone, cameras={"hall": zone.declare("hall", edge)})
    with asking(tmp_path_factory.mktemp("deployment"), door, 12) as (made, public, codes):
        made.begin(WITH_CARD, public)
        made.begin(ANYBODY)
        yield made, codes
    zone.crash()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
    context.set_default_timeout(60_000)
    page = context.new_page()
    yield page
    assert context.cookies() == []
    context.close()


def submitted(page: Page) -> list[Request]:
    """Every request that the page makes from now on."""
    found: list[Request] = []
    page.on("request", lambda request: found.append(request))  # noqa: PLW0108 - a builtin cannot be wrapped
    return found


def test_what_browsers_do_is_what_the_vectors_say(place: tuple[Asking, list[str]], phone: Page) -> None:
    made, _ = place
    phone.goto(f"{made.portal}/en/surveys/station")
    drawn = json.loads((VECTORS / "survey" / "randomised.json").read_text())
    found = phone.evaluate(
        """async (drawn) => {
            const { kept, below, reported } = await import("/static/survey.js");
            const taped = (tape) => { const left = [...tape]; return (n) => {
                const [wanted, value] = left.shift();
                if (BigInt(wanted) !== n) throw new Error("another draw");
                return BigInt(value);
            }; };
            return {
                kept: drawn.kept.map((one) => String(kept(one.size, BigInt(one.epsilon)))),
                below: drawn.below.map((one) => { const left = one.draws.map(BigInt);
                    return String(below(BigInt(one.n), () => left.shift())); }),
                reported: drawn.reported.map((one) => reported(one.plan, one.truths, taped(one.tape))),
            };
        }""",
        drawn,
    )
    assert found["kept"] == [one["kept"] for one in drawn["kept"]]
    assert found["below"] == [one["found"] for one in drawn["below"]]
    assert found["reported"] == [one["reported"] for one in drawn["reported"]]
    blind = json.loads((VECTORS / "blind" / "rsabssa-sha384-pss.json").read_text())
    modulus = int(blind["p"], 16) * int(blind["q"], 16)
    for case in blind["cases"]:
        cover = int(blind["cover"], 16)
        cover = cover if case["cover_is"] == "r" else pow(cover, -1, modulus)
        told = phone.evaluate(
            """async ({ prepared, modulus, salt, cover, signed }) => {
                const { blinded, finished } = await import("/static/survey.js");
                const bytes = (text) => Uint8Array.from((text.match(/../g) ?? []).map((one) => parseInt(one, 16)));
                const salted = bytes(salt);
                const made = await blinded(bytes(prepared), BigInt(modulus), salted, BigInt(cover));
                return [made.blinded, finished(made, signed)];
            }""",
            {
                "prepared": case["prefix"] + blind["message"],
                "modulus": f"0x{modulus:x}",
                "salt": case["salt"],
                "cover": f"0x{cover:x}",
                "signed": case["blind_signature"],
            },
        )
        if case["salt"]:
            assert told == [case["blinded"], case["signature"]], case["name"]


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_somebody_answers_by_card_and_only_chance_leaves_the_page(
    place: tuple[Asking, list[str]], phone: Page, pictures: Path, language: str
) -> None:
    made, codes = place
    code = codes.pop()
    requests = submitted(phone)
    # Given a card whose picture they follow, and a page that says the total before it asks
    phone.goto(f"{made.portal}/{language}/surveys/card#{code}")
    expect(phone.locator("#epsilon")).to_have_text("2")
    expect(phone.locator("#code")).to_have_value(code)
    expect(phone.locator("#plain")).to_be_hidden()
    for name, size in (("phone", PHONE), ("desk", DESK)):
        phone.set_viewport_size({"width": size[0], "height": size[1]})
        phone.screenshot(path=pictures / f"survey-{language}-{name}.png", full_page=True)
        assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert axe.grave(phone) == []
    phone.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    # when they tick and send
    phone.locator("[data-item='0'] label").nth(0).click()
    phone.locator("[data-item='1'] label").nth(0).click()
    phone.locator("[data-group] label").nth(1).click()
    phone.locator("form button").click()
    expect(phone.get_by_role("heading", name=THANKS[language])).to_be_visible()
    phone.screenshot(path=pictures / f"survey-{language}-done.png", full_page=True)
    assert axe.grave(phone) == []
    # then two requests were posted: the code to the issuer without answers, the record to the portal without the code
    posted = [one for one in requests if one.method == "POST"]
    assert [one.url for one in posted] == [f"{made.issuing}/sign", f"{made.portal}/s/card"]
    to_issuer, to_portal = (one.post_data or "" for one in posted)
    assert sorted(json.loads(to_issuer)) == ["blinded", "code"]
    assert code not in to_portal
    assert all(code not in one.url.partition("#")[0] for one in requests)
    said = records.read(Submission, to_portal.encode())
    assert said.groups == (1,)
    assert said.token.hex() not in to_issuer
    assert "cookie" not in posted[1].all_headers()
    assert language not in posted[1].all_headers()["referer"].removeprefix(made.portal)
    assert code not in phone.url


def test_no_request_depends_on_what_was_ticked_but_through_chance(
    place: tuple[Asking, list[str]], browser: Browser
) -> None:
    """With the same dice, which always fall on *answer by chance*, all that leaves is the same whatever is ticked."""
    made, _ = place
    found: list[list[tuple[object, ...]]] = []
    for ticks in ((), ((0, 0),), ((0, 1), (1, 0)), ((0, 2), (1, 1))):
        context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
        context.add_init_script(DICE)
        page = context.new_page()
        requests = submitted(page)
        page.goto(f"{made.portal}/en/surveys/station")
        for item, option in ticks:
            page.locator(f"[data-item='{item}'] label").nth(option).click()
        page.locator("form button").click()
        expect(page.locator("#done")).to_be_visible()
        found.append([(one.method, one.url, one.post_data, sorted(one.all_headers().items())) for one in requests])
        context.close()
    assert all(one == found[0] for one in found)
    assert sum(one[0] == "POST" for one in found[0]) == 1


def lies(plan: dict[str, object], page: str) -> Iterator[tuple[str, str, str]]:
    """Pages with that plan, each with a lie by which the program, unchanged, would tell more than it shows."""
    spelled = html.escape(json.dumps(plan, sort_keys=True, separators=(",", ":"))).replace("&quot;", "&#34;")
    assert spelled in page
    for name, lie in {
        "epsilon of nothing": {"epsilon": " "},
        "epsilon of a list": {"epsilon": []},
        "epsilon split to nothing": {"epsilon": 1, "reported": 2},
        "waves without end": {"waves": 10**12},
        "half a wave": {"waves": 0.5},
        "one item and a half": {"reported": 1.5},
        "fewer answers than are asked": {"sizes": [2, 3]},
        "fewer items than are asked": {"sizes": [3]},
        "more items than are asked": {"sizes": [3, 3, 3]},
    }.items():
        told = html.escape(json.dumps(plan | lie, sort_keys=True, separators=(",", ":")))
        yield name, page.replace(spelled, told), "hidden"
    yield "an answer that chance never gives", page.replace('id="q1-1" value="1"', 'id="q1-1" value="7"'), "hidden"
    grouped = page.replace('data-item="0"', 'data-item="0" data-group="3"')
    assert grouped != page
    yield "a question that is a group as well", grouped, "hidden"
    yield "the same answer twice", page.replace('id="q1-1" value="1"', 'id="q1-1" value="0"'), "hidden"
    nothing = html.escape(json.dumps(plan | {"epsilon": 0}, sort_keys=True, separators=(",", ":")))
    yield "no chance at all", page.replace(spelled, nothing), "∞"


def test_a_page_that_lies_about_its_numbers_asks_nothing_or_says_so(
    place: tuple[Asking, list[str]], phone: Page
) -> None:
    """The program is under the hash that a wave names, the page is not."""
    made, _ = place
    address = f"{made.portal}/en/surveys/station"
    honest = phone.goto(address)
    assert honest is not None
    plan = json.loads(phone.locator("form").get_attribute("data-plan") or "")
    expect(phone.locator("#waves")).to_have_text("2")
    shown: list[str] = []
    # With its own headers: nothing of them saves who reads it.
    headers = {name: value for name, value in honest.headers.items() if name != "content-length"}
    phone.route("**/en/surveys/station", lambda route: route.fulfill(headers=headers, body=shown.pop()))
    for name, page, says in lies(plan, honest.text()):
        shown.append(page)
        with phone.expect_response("**/static/survey.js"):
            phone.goto(address)
        if says == "hidden":
            phone.wait_for_load_state()
            assert not phone.locator("form").is_visible(), name
            assert phone.locator("#plain").is_visible(), name
        else:
            expect(phone.locator("#epsilon")).to_have_text(says)


def test_the_words_on_the_page_follow_from_the_questionnaire_and_others_show(
    place: tuple[Asking, list[str]], phone: Page
) -> None:
    """Who serves the page cannot word a question as a group, or an answer as another, behind the fingerprint."""
    made, _ = place
    asked = instrument.read(ANYBODY.encode())
    for language in ("en", "zh", "ru"):
        honest = phone.goto(f"{made.portal}/{language}/surveys/station")
        expect(phone.locator("#worded")).to_have_text(f"SHA-256 {preview.worded(asked, language).hex()}")
    assert honest is not None
    shown: list[str] = []
    headers = {name: value for name, value in honest.headers.items() if name != "content-length"}
    phone.route("**/ru/surveys/station", lambda route: route.fulfill(headers=headers, body=shown.pop()))
    first, second = (phone.locator("[data-item='0'] label").nth(at).inner_text() for at in (0, 1))
    page, group = honest.text(), phone.locator("[data-group] legend").inner_text()
    swapped = page.replace(f">{first}<", ">…<").replace(f">{second}<", f">{first}<").replace(">…<", f">{second}<")
    found = set()
    for lie in (swapped, page.replace(f">{group}<", ">Удобно<"), page.replace(f">{first}<", ">Иное<")):
        assert lie != page
        shown.append(lie)
        phone.goto(f"{made.portal}/ru/surveys/station")
        expect(phone.locator("#worded")).to_contain_text("SHA-256")
        found.add(phone.locator("#worded").text_content())
    assert len(found) == 3
    assert f"SHA-256 {preview.worded(asked, 'ru').hex()}" not in found


def test_chance_is_drawn_once_however_often_it_is_sent(place: tuple[Asking, list[str]], phone: Page) -> None:
    made, _ = place
    phone.goto(f"{made.portal}/en/surveys/station")
    bodies: list[str] = []

    def lost(route: Route) -> None:
        bodies.append(route.request.post_data or "")
        route.abort()

    phone.route("**/s/station", lost)
    phone.locator("[data-item='0'] label").nth(1).click()
    for tries in range(1, 4):
        phone.locator("form button").click()
        expect(phone.locator("[data-said=unreached]")).to_be_visible()
        expect(phone.locator("form button")).to_be_enabled()
        assert len(bodies) == tries
    expect(phone.locator("[data-item='0'] input").first).to_be_disabled()
    phone.unroute("**/s/station")
    with phone.expect_request("**/s/station") as last:
        phone.locator("form button").click()
    expect(phone.locator("#done")).to_be_visible()
    assert {*bodies, last.value.post_data} == {bodies[0]}
    answers = records.read(Submission, bodies[0].encode()).answers
    assert answers.count(UNREPORTED) == len(answers) - 1


def answer_lost(route: Route) -> None:
    """The request arrives, and its answer does not."""
    asked = urlsplit(route.request.url)
    headers = {**route.request.headers, "host": asked.netloc}
    connection = http.client.HTTPConnection("127.0.0.1", asked.port or 0, timeout=60)
    connection.request("POST", asked.path, route.request.post_data_buffer, headers)
    assert connection.getresponse().status in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}
    connection.close()
    route.abort()


def kept(made: Asking, name: str) -> int:
    """How many people's answers the wave has."""
    found = waves.current(made.folder / "survey" / name).answers
    return sum(responses.whole(path, 3)[0].people for _, path in found)


def test_whose_acknowledgement_was_lost_sends_the_same_again_and_counts_once(
    place: tuple[Asking, list[str]], phone: Page
) -> None:
    made, _ = place
    before = kept(made, "station")
    phone.goto(f"{made.portal}/en/surveys/station")

    phone.route("**/s/station", answer_lost)
    phone.locator("form button").click()
    expect(phone.locator("[data-said=unreached]")).to_be_visible()
    assert kept(made, "station") == before + 1
    phone.unroute("**/s/station")
    phone.locator("form button").click()
    expect(phone.locator("#done")).to_be_visible()
    assert kept(made, "station") == before + 1
    token = json.loads(phone.locator("#record").text_content() or "")["token"]
    assert len(bytes.fromhex(token)) == 32


def test_whose_signature_was_lost_still_answers_by_card(place: tuple[Asking, list[str]], phone: Page) -> None:
    made, codes = place
    phone.goto(f"{made.portal}/en/surveys/card#{codes.pop()}")

    phone.route("**/sign", answer_lost)
    phone.locator("form button").click()
    expect(phone.locator("[data-said=unreached]")).to_be_visible()
    phone.unroute("**/sign")
    phone.locator("form button").click()
    expect(phone.locator("#done")).to_be_visible()


def test_without_scripts_nothing_is_asked(place: tuple[Asking, list[str]], browser: Browser, pictures: Path) -> None:
    made, _ = place
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False)
    page = context.new_page()
    for language, said in (("en", "paper form"), ("zh", "纸质问卷"), ("ru", "бумажную анкету")):
        page.goto(f"{made.portal}/{language}/surveys/station")
        expect(page.locator("#plain")).to_contain_text(said)
        expect(page.locator("#plain")).to_contain_text("Central station, hall 2")
        expect(page.locator("form")).to_be_hidden()
        page.screenshot(path=pictures / f"survey-{language}-plain.png", full_page=True)
    context.close()


def test_the_notice_of_a_camera_leads_there_and_two_surveys_are_told_apart(
    place: tuple[Asking, list[str]], phone: Page
) -> None:
    made, _ = place
    phone.goto(f"{made.portal}/c/hall")
    phone.get_by_role("link", name="Tell us what you think").click()
    assert axe.grave(phone) == []
    expect(phone.locator(".door-ways a")).to_have_count(2)
    phone.locator(".door-ways a").last.click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Faces")


def test_a_card_that_was_used_is_refused_and_says_so(place: tuple[Asking, list[str]], phone: Page) -> None:
    made, codes = place
    code = codes.pop()
    before = len(waves.current(made.folder / "survey" / "card").answers)
    for shown in ("#done", "[data-said=uninvited]"):
        phone.goto("about:blank")
        phone.goto(f"{made.portal}/en/surveys/card#{code}")
        phone.locator("form button").click()
        expect(phone.locator(shown)).to_be_visible()
    phone.goto("about:blank")
    phone.goto(f"{made.portal}/en/surveys/card")
    phone.locator("form button").click()
    expect(phone.locator("[data-said=uninvited]")).to_be_visible()
    assert len(waves.current(made.folder / "survey" / "card").answers) in {before, 1}
    assert (made.folder / "survey" / "card" / "wave-1" / "answers" / f"{DAY}.web").exists()
