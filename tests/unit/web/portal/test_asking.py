"""The portal before a real custodian: forms without scripts, sentences for what is missing, codes in no address."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from urllib.parse import urlencode

import pytest

from countenance.channel.message import Message
from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.rights import receipts
from countenance.survey import waves
from countenance.survey.receiving import Receiver
from countenance.vocabulary.cameras import Camera
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.vocabulary.moments import written
from countenance.vocabulary.rights import Statement
from countenance.web.kit import codes
from countenance.web.portal.application import application
from countenance.web.portal.configuration import PortalSettings
from countenance.web.portal.house import Beside
from countenance.zones.custodian.rights import questions
from simulator.asgi import Answer, Client
from simulator.people import NOW
from simulator.zone import Zone

ORIGIN = "http://portal.localhost:8450"
PORTAL = ApprovalOrigin("portal.localhost", ORIGIN, ())
VERBS = {"door.ask": questions.ask, "door.status": questions.status}


@dataclass
class Door:
    """A portal, and the repository's door before a custodian. `away`: what every call raises instead."""

    zone: Zone
    cameras: list[Camera] = field(default_factory=list)
    away: CountenanceError | None = None
    said: list[str] = field(default_factory=list)

    def client(self, **settings: str) -> Client:
        app = application(
            self.zone.genesis,
            self.call,
            PortalSettings(**settings),
            clock=self.zone.clock,
            random=secrets.token_bytes,
            beside=Beside(Receiver(Path("nowhere"), waves.today)),
        )
        return Client(app, ORIGIN)

    def call(self, verb: str, body: Mapping[str, Json], blobs: tuple[bytes, ...]) -> Message:
        self.said.append(verb)
        if self.away is not None:
            raise self.away
        if verb == "cameras":
            return Message(verb, {"cameras": [records.plain(one) for one in self.cameras]})
        return VERBS[verb](self.zone.opened, Message(verb, body, blobs))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    zone = Zone(tmp_path, portal=PORTAL)
    zone.open()
    zone.admit("operator-1", "clerk-1")
    edge = zone.enrol("host-1")
    yield Door(zone, [zone.declare("hall-1", edge), zone.declare("yard", edge)])
    zone.crash()


def post(client: Client, path: str, fields: Mapping[str, str], origin: str = ORIGIN) -> Answer:
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": origin}
    return client.post(path, urlencode(fields).encode(), headers)


def filled(**other: str) -> dict[str, str]:
    day, clock = written(NOW - 600_000).rstrip("Z").split("T")
    asked = {
        "wish": "delete",
        "camera": "hall-1",
        "date": day,
        "time": clock[:5],
        "minutes": "10",
        "words": "a red scarf",
    }
    return asked | other


def code_in(page: Answer) -> str:
    found = re.search(r'id="code">([A-Z2-7-]+)<', page.text)
    assert found, page.text
    return found[1]


def test_a_question_is_asked_and_its_answer_seen_with_the_code_alone(door: Door) -> None:
    client = door.client()
    asked = post(client, "/en/ask", filled())
    assert asked.status == 200
    code = code_in(asked)
    (kept,) = questions.every(door.zone.opened)
    assert (kept.camera, kept.wish.value, kept.language) == ("hall-1", "delete", "en")
    seen = post(client, "/ru/answer", {"code": code.lower().replace("-", " ")})
    assert seen.status == 200
    assert kept.request in seen.text
    assert "Ждёт сотрудника" in seen.text


def test_a_receipt_is_a_file_that_anybody_can_check(door: Door) -> None:
    client = door.client()
    given = post(client, "/en/receipt", {"code": code_in(post(client, "/en/ask", filled()))})
    assert given.headers["content-disposition"].startswith('attachment; filename="countenance-')
    receipts.check(records.read(Statement, given.body), door.zone.genesis)


def test_a_code_is_in_no_address_and_no_cookie_is_set(door: Door) -> None:
    client = door.client()
    code = code_in(post(client, "/en/ask", filled()))
    seen = post(client, "/en/answer", {"code": code})
    for address in re.findall(r'(?:href|action|src)="([^"]*)"', seen.text):
        assert code not in address
    assert "set-cookie" not in seen.headers
    assert seen.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"wish": ""}, "Choose what you want"),
        ({"wish": "everything"}, "Choose what you want"),
        ({"camera": "elsewhere"}, "Choose a camera from the list"),
        ({"date": "yesterday"}, "Give a day and a time"),
        ({"time": "14:05+02:00"}, "Give a day and a time"),
        ({"date": "9999-12-31"}, "has not come yet"),
        ({"minutes": "45"}, "Choose how long"),
        ({"words": "x" * 501}, "fewer words"),
    ],
)
def test_what_is_missing_is_said_and_nothing_that_was_written_is_lost(
    door: Door, changed: dict[str, str], sentence: str
) -> None:
    page = post(door.client(), "/en/ask", filled(**changed))
    assert page.status == 400
    assert sentence in page.text
    if "words" not in changed:
        assert "a red scarf" in page.text
    # What a browser is told is a page in its language; a program gets JSON.
    sent = {"origin": "https://elsewhere.example", "content-type": "application/x-www-form-urlencoded"}
    page = door.client()("POST", "/ru/ask", b"", {**sent, "accept": "text/html"})
    assert page.status == 400
    assert "Вернитесь, проверьте написанное" in page.text
    assert "content-security-policy" in page.headers
    assert '"error":"malformed"' in door.client()("POST", "/ru/ask", b"", sent).text
    assert list(questions.every(door.zone.opened)) == []


def test_what_somebody_writes_is_text_and_nothing_else(door: Door) -> None:
    page = post(door.client(), "/en/ask", filled(words="</textarea><script>x</script>", wish=""))
    assert "<script" not in page.text


def test_a_wrong_code_is_a_sentence(door: Door) -> None:
    client = door.client()
    assert post(client, "/en/answer", {"code": "too short"}).status == 400
    unknown = post(client, "/en/answer", {"code": codes.spelled(bytes(16))})
    assert unknown.status == 403
    assert "No question with this code" in unknown.text
    assert "<title>Not done: " in unknown.text
    russian = post(client, "/ru/answer", {"code": codes.spelled(bytes(16))})
    assert "Вопроса с этим кодом здесь нет" in russian.text
    # What went wrong is said in the page's language, and then exactly, in English.
    elsewhere = client.get("/ru/nowhere").text
    assert "Такой страницы нет" in elsewhere
    assert 'lang="en">there is no such page here' in elsewhere
    assert "cannot be read" not in client.get("/en/nowhere").text


def test_a_form_of_another_page_is_not_taken(door: Door) -> None:
    for origin in ("https://elsewhere.example", "null", ""):
        assert post(door.client(), "/en/ask", filled(), origin=origin).status == 400
    assert list(questions.every(door.zone.opened)) == []


def test_another_host_and_large_bodies_are_refused(door: Door) -> None:
    client = door.client()
    assert client.get("/en/", {"host": "console.localhost:8440"}).status == 400
    assert post(client, "/en/ask", filled(words="x" * 20_000)).status == 400


def test_when_the_custodian_is_locked_a_page_says_what_to_do(door: Door) -> None:
    door.away = Unavailable("the custodian is locked: try again later")
    page = post(door.client(contact="privacy@transport.example"), "/zh/ask", filled())
    assert page.status == 503
    assert "privacy@transport.example" in page.text
    assert "现在无法办理" in page.text
    assert 'lang="zh"' in page.text
    # Who has had no receipt for a day is led to the way that does not pass through these machines.
    assert 'href="/zh/complain#silent"' in page.text
    assert 'id="silent"' in door.client().get("/zh/complain").text


def test_every_page_is_there_in_three_languages_without_a_script(door: Door) -> None:
    client = door.client()
    for language in ("en", "zh", "ru"):
        for name in ("", "ask", "answer", "lists", "rights", "complain"):
            page = client.get(f"/{language}/{name}")
            assert page.status == 200, name
            assert f'<html lang="{language}"' in page.text
            assert "<script" not in page.text
            assert "style=" not in page.text
            assert not re.search(r"{{|}}|\bNone\b", page.text)
        assert client.get(f"/{language}/nothing").status == 404
    assert client.get("/de/ask").status == 404
    assert client.get("/", {"accept-language": "ru, en;q=0.5"}).headers["location"] == "/ru/"


def test_whether_somebody_is_on_a_list_is_the_same_bytes_for_everybody(door: Door) -> None:
    one, other = (door.client().get("/en/lists", {"cookie": cookie}) for cookie in ("", "a=b"))
    assert one.body == other.body
    assert door.said == []


def test_a_zone_that_is_none_is_a_setting_that_is_refused(door: Door) -> None:
    with pytest.raises(Malformed, match="IANA"):
        door.client(timezone="Nowhere/City")


@pytest.mark.parametrize("code", [bytes(16), bytes(range(16)), b"\xff" * 16])
def test_a_code_survives_how_people_write_it(code: bytes) -> None:
    spelled = codes.spelled(code)
    assert codes.read(spelled) == code
    assert codes.read(f"  {spelled.lower().replace('-', ' ')}\n") == code
    assert codes.read(spelled.replace("O", "0").replace("I", "1").replace("B", "8")) == code


@pytest.mark.parametrize("typed", ["", "A", "A" * 25, "A" * 27, "!" * 26, "A" * 10_000, "\x00" * 26])
def test_what_is_no_code_is_refused(typed: str) -> None:
    with pytest.raises(Malformed):
        codes.read(typed)


def test_the_words_are_in_three_languages() -> None:
    folder = Path(codes.__file__).parent / "words"
    for file in folder.glob("*.json"):
        for word, spelled in json.loads(file.read_text()).items():
            assert len(spelled) == 3, f"{file.name} {word}"
            assert all(one.strip() for one in spelled), f"{file.name} {word}"


@pytest.mark.parametrize(("package", "file"), [("portal", "portal.css"), ("kit", "kiosk.css")])
def test_links_of_a_summary_are_in_our_font_too(package: str, file: str) -> None:
    ours = resources.files(f"countenance.web.{package}") / "static" / file
    (line,) = [one for one in ours.read_text(encoding="utf-8").splitlines() if "PingFang" in one]
    assert ".govuk-error-summary__list a" in line
