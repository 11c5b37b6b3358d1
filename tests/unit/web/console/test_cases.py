"""The page of a case, and the list: for officers, of their own, and without keys."""

from typing import Any

from countenance.formats import records
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Answer, Role
from countenance.web.console import cases, warrants
from countenance.web.console.cases import Searched
from countenance.web.kit.holding import Holding
from simulator.room import TOKEN, Room, somebody

WARRANT, SIGHTING = "0123456789abcdef", "ab" * 16
ASK = Ask("00" * 8, "officer-1", "search", b"{}", 0, bytes(16), bytes(32))
ANSWER = Answer(
    warrant=WARRANT,
    number=1,
    candidates=(),
    more_than_limit=False,
    rows=4,
    partitions=1,
    threshold=430,
    incomplete=("hall-east: </script><b>",),
    not_recorded=(),
    not_searched=(),
    not_compared=(),
    expected_false=1,
    missed=-1,
    entry=9,
)
PASSED = {"sighting": SIGHTING, "camera": "hall-east", "start": 1, "end": 2, "record": "more", "extractor": "00"}


def test_what_a_search_said_is_kept_for_the_session_that_asked_and_shown_on_its_page() -> None:
    room = Room()
    page = room.client(cases.routes)
    assert '<script type="application/json" id="answer">null</script>' in page.get(f"/cases/{WARRANT}").text
    answer: Any = records.plain(ANSWER)
    assert cases.searched(room.holding)(room.who, ASK, answer, ()) == answer
    assert room.holding.get(TOKEN, f"answer/{WARRANT}", Searched).answer == ANSWER
    shown = page.get(f"/cases/{WARRANT}").text
    assert '"entry": 9' in shown
    # A sentence ends no script block.
    assert "</script><b>" not in shown
    room.who = somebody(token="another")
    assert '"entry": 9' not in page.get(f"/cases/{WARRANT}").text


def test_an_answer_that_there_is_no_room_for_is_told_all_the_same() -> None:
    room = Room()
    room.holding = Holding(lambda: room.now, largest=10)
    answer: Any = records.plain(ANSWER)
    assert cases.searched(room.holding)(room.who, ASK, answer, ()) == answer
    assert room.holding.find(TOKEN, f"answer/{WARRANT}", Searched) is None


def test_what_was_read_comes_without_the_photos_key() -> None:
    told = cases.read(somebody(), ASK, {"text": "00", "photo_key": "11" * 32, "state": "waiting"}, ())
    assert told == {"text": "00", "state": "waiting"}


def test_a_case_has_an_id_and_no_path_in_it() -> None:
    page = Room().client(cases.routes)
    for wrong in ("x", "0123456789ABCDEF", f"{WARRANT}0", "..%2f..%2fetc", "%00"):
        assert page.get(f"/cases/{wrong}").status == 400


def test_when_a_candidate_passed_is_told_of_cameras_that_the_officer_has() -> None:
    room = Room(answers={"sightings.show": PASSED})
    page = room.client(cases.routes)
    assert page.get(f"/sightings/{SIGHTING}").json() == {
        name: PASSED[name] for name in ("sighting", "camera", "start", "end")
    }
    room.who = somebody(cameras=("yard",))
    assert page.get(f"/sightings/{SIGHTING}").status == 403
    assert page.get("/sightings/ab").status == 400


def test_officers_only() -> None:
    room = Room(who=somebody(roles=(Role.OPERATOR, Role.REVIEWER)))
    for path in ("/warrants", "/warrants/new", f"/cases/{WARRANT}"):
        answer = room.client(warrants.routes).get(path)
        assert answer.status == 403
        assert "needs the role officer" in answer.json()["message"]
    assert room.asked == []


def test_the_form_has_the_officers_cameras_in_three_languages() -> None:
    listed = [
        {"name": name, "place": "<hall>", "publicly_accessible": name == "square"} for name in ("hall-east", "square")
    ]
    room = Room(answers={"cameras": {"cameras": listed}, "sightings.list": {"sightings": [{"extractor": "ab" * 32}]}})
    page = room.client(warrants.routes)
    every = page.get("/warrants/new").text
    assert every.count('name="camera"') == 2
    assert "&lt;hall&gt;" in every
    assert f'data-extractor="{"ab" * 32}"' in every
    room.who = somebody(cameras=("square",))
    own = page.get("/warrants/new").text
    assert 'value="hall-east"' not in own
    assert "24 hours ago" in own
    for language, word in (("zh", "新令状"), ("ru", "Новый ордер")):
        assert word in page.get("/warrants/new", {"accept-language": language}).text
        assert page.get("/warrants", {"accept-language": language}).status == 200
        assert page.get(f"/cases/{WARRANT}", {"accept-language": language}).status == 200
    room.answers["sightings.list"] = {"sightings": []}
    assert len(page.get("/warrants/new").text.split('data-extractor="')[1].split('"')[0]) == 64
