"""The portal's room of surveys: what it asks, what it takes, and what it keeps of who sent it."""

import hashlib
import json
import logging
import random
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from countenance.formats import records
from countenance.survey import budget, preview, responses, waves
from countenance.survey.receiving import Receiver
from countenance.vocabulary.survey import Submission
from countenance.web.portal import program
from simulator.asgi import Answer
from simulator.door import ORIGIN, Door
from simulator.surveys import DAY, OPEN, SMALL, Person, submission
from simulator.zone import Zone

VECTORS = Path(__file__).parents[3] / "vectors" / "survey" / "randomised.json"


@pytest.fixture
def asked(door: Door, tmp_path: Path) -> tuple[Door, waves.Opened]:
    opened = begin(tmp_path)
    return at(door.zone, tmp_path), opened


def at(zone: Zone, folder: Path) -> Door:
    return Door(zone, surveys=Receiver(folder / "survey", lambda: DAY))


def begin(folder: Path, text: str = OPEN, **other: object) -> waves.Opened:
    return waves.begin(
        folder / "survey" / "station", text.encode(), day=DAY, **{"issuer": b"", "program": program.digest(), **other}
    )


def sent(door: Door, data: bytes, address: str = "/s/station", **headers: str) -> Answer:
    return door.client.post(address, data, {"origin": ORIGIN, "content-type": "application/json", **headers})


def people(opened: waves.Opened) -> int:
    return sum(int(one.people.sum()) for one in waves.counted(opened).values())


def test_the_vectors_that_browsers_are_held_to_come_out() -> None:
    found = json.loads(VECTORS.read_text())
    for one in found["kept"]:
        assert str(budget.channel(one["size"], one["epsilon"] or None).kept) == one["kept"]
    for case in found["reported"]:
        plan, tape = case["plan"], iter(case["tape"])
        share = plan["epsilon"] // (plan["waves"] * plan["reported"]) or None

        def below(number: int, tape: object = tape) -> int:
            wanted, drawn = next(tape)  # type: ignore[call-overload]
            assert wanted == str(number)
            return int(drawn)

        waiting = list(range(len(plan["sizes"])))
        taken = {waiting.pop(below(len(waiting))) for _ in range(plan["reported"])}
        answers = [
            budget.randomised(truth, budget.channel(size, share), below) if item in taken else -1
            for item, (truth, size) in enumerate(zip(case["truths"], plan["sizes"], strict=True))
        ]
        assert answers == case["reported"]


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
def test_the_page_has_one_script_no_address_to_send_to_and_says_the_total(
    asked: tuple[Door, waves.Opened], language: str
) -> None:
    door, opened = asked
    page = door.get(f"/{language}/surveys/station")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "form-action 'none'" in policy
    assert "connect-src 'self';" in policy
    assert page.text.count("<script") == 1
    assert program.integrity() in page.text
    assert opened.wave.program.hex() in page.text
    assert "action=" not in page.text
    assert 'id="answers" data-plan=' in page.text
    assert page.text.count(" hidden>") >= 5
    assert opened.instrument.title.said(language) in page.text
    assert "set-cookie" not in page.headers


def test_the_questionnaire_is_there_to_compare_and_its_words_are_the_pages(asked: tuple[Door, waves.Opened]) -> None:
    door, opened = asked
    file = door.get("/s/station/questionnaire")
    assert hashlib.sha256(file.body).digest() == opened.wave.instrument
    assert file.headers["content-disposition"] == "attachment"
    assert door.get("/s/another/questionnaire").status == 403
    words = json.loads((resources.files("countenance.web.portal") / "words" / "survey.json").read_text("utf-8"))
    for place, language in enumerate(("en", "zh", "ru")):
        page = door.get(f"/{language}/surveys/station").text
        assert 'id="worded"' in page
        for ours, theirs in (("silent", "_SILENT"), ("none", "_NONE"), ("unsaid", "_UNSAID")):
            assert words[ours][place] == getattr(preview, theirs)[language]
            assert f">{words[ours][place]}<" in page


def test_no_other_page_may_run_a_script(asked: tuple[Door, waves.Opened]) -> None:
    door, _ = asked
    for path in ("/en/", "/en/cameras", "/en/surveys", "/en/ask", "/nowhere"):
        policy = door.get(path).headers["content-security-policy"]
        assert "script-src 'none'" in policy
        assert "connect-src 'none'" in policy


def test_notices_and_the_first_page_lead_there_only_while_a_wave_is_open(door: Door, tmp_path: Path) -> None:
    made = at(door.zone, tmp_path)
    made.cameras = door.cameras
    pages = ("/en/", "/en/cameras/hall")
    assert not any("/en/surveys" in made.get(page).text for page in pages)
    opened = begin(tmp_path)
    assert all("/en/surveys" in made.get(page).text for page in pages)
    assert "/en/surveys/station" in made.get("/en/surveys").text
    assert made.get("/s/station", accept_language="ru").headers["location"] == "/ru/surveys/station"
    waves.end(opened, DAY)
    assert not any("/en/surveys" in made.get(page).text for page in pages)
    assert made.get("/en/surveys/station").status == 403
    assert "Nobody is asked" in made.get("/en/surveys").text


def test_a_record_is_kept_before_it_is_acknowledged_and_nothing_of_who_sent_it(
    asked: tuple[Door, waves.Opened], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    door, opened = asked
    caplog.set_level(logging.DEBUG)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    said = submission(opened, (0, 1))
    told = sent(door, records.write(said), **{"accept-language": "ru", "user-agent": "phone of 1.2.3.4"})
    assert (told.status, told.body) == (204, b"")
    assert people(opened) == 1
    new = {path for path in tmp_path.rglob("*") if path.is_file()} - set(before)
    assert {path.name for path in new} == {f"{DAY}.web"}
    kept = (opened.folder / "answers" / f"{DAY}.web").read_bytes()
    header, rows, tokens = responses.whole(opened.folder / "answers" / f"{DAY}.web", 3)
    assert kept == records.write(header) + b"\n" + rows + tokens
    assert (rows, tokens) == (bytes([0, 0, 1]), responses.spent(said.token))
    assert not any(word in caplog.text for word in ("1.2.3.4", "phone", "/s/station"))


def test_the_files_are_the_same_in_whatever_order_and_language_people_answer(door: Door, tmp_path: Path) -> None:
    found = []
    for name, order in (("one", (0, 1, 2)), ("two", (2, 0, 1))):
        opened = begin(tmp_path / name)
        made = at(door.zone, tmp_path / name)
        for answer in order:
            language = ("en", "zh", "ru")[(answer + len(found)) % 3]
            sent(
                made,
                records.write(submission(opened, (answer, 1), token=bytes([answer]) * 32)),
                **{"accept-language": language},
            )
        found.append((opened.folder / "answers" / f"{DAY}.web").read_bytes())
    assert found[0] == found[1]


def test_a_batch_is_one_write_and_each_hears_its_own_answer(asked: tuple[Door, waves.Opened], tmp_path: Path) -> None:
    import asyncio

    door, opened = asked
    bad, *good = (records.write(submission(opened, answers)) for answers in ((9, 9), (0, 1), (0, 1), (0, 1)))

    async def all_at_once() -> list[Answer]:
        headers = {"origin": ORIGIN}
        return await asyncio.gather(
            *(
                door.client.sent("POST", "/s/station", data, headers)
                for data in (good[0], bad, good[1], b"", good[2], good[0])
            )
        )

    assert [one.status for one in asyncio.run(all_at_once())] == [204, 400, 204, 400, 204, 204]
    # The first came twice: whoever does not hear that it was taken sends it again.
    assert people(opened) == 3


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"[" * 8000, 400),
        (b"\x00" * 9000, 400),
        (b"x" * (10 * 1024 * 1024), 400),
        (b'{"type":"Submission"}', 400),
    ],
    ids=["empty", "no-record", "deep", "too-long", "ten-megabytes", "half"],
)
def test_rubbish_is_refused_and_changes_nothing(asked: tuple[Door, waves.Opened], data: bytes, status: int) -> None:
    door, opened = asked
    assert sent(door, data).status == status
    assert not opened.answers


def test_answers_of_other_pages_with_cookies_or_to_other_surveys_are_refused(asked: tuple[Door, waves.Opened]) -> None:
    door, opened = asked
    good = records.write(submission(opened, (0, 1)))
    assert sent(door, good, origin="http://elsewhere.example").status == 400
    assert sent(door, good, cookie="who=me").status == 400
    assert sent(door, good, "/s/another").status == 403
    assert sent(door, good, "/s/..%2Fstation").status in {400, 403, 404}
    assert sent(door, records.write(submission(opened, (0, 1), wave=2))).status == 403
    assert not opened.answers


def test_a_replayed_token_counts_once(door: Door, tmp_path: Path) -> None:
    from countenance.survey import inviting

    public, (code,) = inviting.found(tmp_path / "issuer", 1)
    asks = SMALL.replace("waves: 2", "waves: 2\nkiosk: allowed")
    opened = begin(tmp_path, asks, issuer=public, issuing="http://issuer.localhost:1")
    made = at(door.zone, tmp_path)
    person = Person(code, random.Random(1).randrange)
    with inviting.issuing(tmp_path / "issuer") as issuer:
        person.fetch(issuer)
    data = person.answer(opened, (0, 1))
    page = made.get("/en/surveys/station")
    assert "connect-src 'self' http://issuer.localhost:1;" in page.headers["content-security-policy"]
    assert [sent(made, data).status for _ in range(3)] == [204, 403, 403]
    again = replace(records.read(Submission, data), answers=(1, 0))
    assert sent(made, records.write(again)).status == 403
    assert sent(made, records.write(again), "/s/station/kiosk").status == 403
    assert people(opened) == 1


def test_a_questionnaire_or_program_that_was_changed_stops_the_wave(door: Door, tmp_path: Path) -> None:
    opened = begin(tmp_path)
    made = at(door.zone, tmp_path)
    made.cameras = door.cameras
    good = records.write(submission(opened, (0, 1)))
    file = opened.folder / waves.QUESTIONS
    file.write_bytes(file.read_bytes().replace(b"Comfort", b"Comfy  "))
    assert made.get("/en/surveys/station").status == 409
    assert sent(made, good).status == 409
    assert made.get("/en/cameras/hall").status == 200
    other = tmp_path / "other"
    begin(other, program=bytes(32))
    assert made.get("/en/").status == 200
    page = at(door.zone, other).get("/en/surveys/station")
    assert page.status == 409
    assert "answer on paper" in page.text


def test_a_wave_is_closed_while_its_page_is_served(asked: tuple[Door, waves.Opened]) -> None:
    from countenance.survey import collecting

    door, opened = asked
    good = records.write(submission(opened, (0, 1)))
    assert sent(door, good).status == 204
    with collecting.collecting(opened):
        assert sent(door, good).status == 503
        waves.end(opened, DAY)
    assert sent(door, good).status == 403
    assert people(opened) == 1


def test_an_invitation_that_nobody_signs_in_browsers_is_said_to_be_for_paper(door: Door, tmp_path: Path) -> None:
    from countenance.crypto.blind import IssuingKey

    begin(tmp_path, SMALL, issuer=IssuingKey.generate(2048).public)
    assert "answer on paper" in at(door.zone, tmp_path).get("/en/surveys/station").text


def test_a_shared_device_has_a_page_where_the_questionnaire_says_so_and_its_answers_a_label(
    door: Door, tmp_path: Path
) -> None:
    opened = begin(tmp_path, OPEN.replace("waves: 2", "waves: 2\nkiosk: allowed\nreported: 1"))
    made = at(door.zone, tmp_path)
    page = made.get("/en/surveys/station/kiosk")
    assert "no local privacy" in page.text
    assert "/static/survey.js" not in page.text
    assert "kiosk" not in made.get("/en/surveys").text + made.get("/en/surveys/station").text
    true = records.write(submission(opened, (1, 0)))
    assert sent(made, true, "/s/station/kiosk").status == 204
    # Answers of the one way are none of the other: as many are reported as that way has.
    assert sent(made, true).status == 400
    assert sent(made, records.write(submission(opened, (1, -1))), "/s/station/kiosk").status == 400
    assert sent(made, true, "/s/station/kiosk", cookie="who=me").status == 400
    counted = waves.counted(opened)
    assert {way.value: int(one.people.sum()) for way, one in counted.items()} == {"kiosk": 1}
    assert budget.label(opened.instrument, next(iter(counted))) == "kiosk: no local privacy"


def test_a_shared_device_is_refused_where_the_questionnaire_does_not_say_so(asked: tuple[Door, waves.Opened]) -> None:
    door, opened = asked
    assert door.get("/en/surveys/station/kiosk").status == 403
    assert sent(door, records.write(submission(opened, (1, 0))), "/s/station/kiosk").status == 403
    assert not opened.answers
