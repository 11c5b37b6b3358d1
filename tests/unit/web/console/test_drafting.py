"""Photos to the helper, and what goes with a warrant: this officer's, this text's, and nothing that is no photo."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.formats import records
from countenance.vocabulary.acts import Extent, Filing, Verb
from countenance.vocabulary.requests import Ask
from countenance.vocabulary.warrants import Role, Scope
from countenance.warrants.stated import stated
from countenance.web.console import drafting
from countenance.web.console.drafting import Brought
from simulator.counted import counted
from simulator.people import EXTRACTOR, probe
from simulator.room import TOKEN, Room, somebody

PHOTO, SECOND, SHEET = b"a photo", b"another", b"a sheet of both"
TEXT = '{"a":1}'
WARRANT = "0123456789abcdef"
Helper = Callable[[tuple[bytes, ...]], Message]


def extracted(*, of: bytes = PHOTO, blobs: tuple[bytes, ...] = (b"template", b"key", b"ciphertext")) -> Helper:
    """A helper that says this of a photo, whatever it is given."""
    made = records.plain(replace(probe(), image_digest=hashlib.sha256(of).digest()))
    return lambda _: Message("extract", {"probe": made, "faces": 1, "quality": 80, "reasons": ["turned"]}, blobs)


def brought(room: Room, *photos: bytes, sizes: tuple[int, ...] = ()) -> Any:
    query = "&".join(f"sizes={size}" for size in sizes or map(len, photos))
    return room.client(drafting.routes).post(
        f"/photo?{query}", b"".join(photos), {"content-type": "application/octet-stream"}
    )


def ask(body: object, verb: Verb = Verb.DRAFT) -> Ask:
    return Ask("00" * 8, "officer-1", verb.value, records.write(body), 0, bytes(16), bytes(32))


def filing(text: str = TEXT, number: int = 1) -> Ask:
    return ask(Filing(WARRANT, number, hashlib.sha256(text.encode()).digest()))


def test_a_photo_is_passed_on_as_it_is_and_what_was_sealed_is_kept_for_the_session() -> None:
    passed: list[tuple[bytes, ...]] = []
    answer = extracted()
    room = Room(helper=lambda blobs: (passed.append(blobs), answer(blobs))[1])
    told = brought(room, PHOTO).json()
    assert passed == [(PHOTO,)]
    assert (told["quality"], told["reasons"], told["sheet"]) == (80, ["turned"], False)
    kept = room.holding.get(TOKEN, f"photo/{told['warrant']}", Brought)
    assert kept == Brought((b"template", b"key", b"ciphertext"), b"")
    assert b"template" not in repr(kept).encode()
    assert room.asked == [("extract", {"warrant": told["warrant"]})]


def test_several_photos_become_a_sheet_that_the_officer_is_shown() -> None:
    room = Room(helper=extracted(of=SHEET, blobs=(b"template", b"key", b"ciphertext", SHEET)))
    told = brought(room, PHOTO, SECOND).json()
    assert told["sheet"] is True
    assert room.client(drafting.routes).get(f"/sheet/{told['warrant']}").body == SHEET
    room.who = somebody(token="another")
    assert room.client(drafting.routes).get(f"/sheet/{told['warrant']}").status == 403


@pytest.mark.parametrize(
    ("photos", "sizes", "said"),
    [
        ((PHOTO,), (3,), "each with its size"),
        ((PHOTO,), (0, len(PHOTO)), "each with its size"),
        ((PHOTO,), (-1, len(PHOTO) + 1), "each with its size"),
        ((b"",), (0,), "each with its size"),
        ((PHOTO,) * 7, (), "load the page again"),
        ((bytes(drafting.LARGEST + 1),), (), "at most 32 MiB"),
    ],
)
def test_bodies_that_are_no_photos_reach_nobody(photos: tuple[bytes, ...], sizes: tuple[int, ...], said: str) -> None:
    room = Room(helper=extracted())
    answer = brought(room, *photos, sizes=sizes)
    assert answer.status == 400
    assert said in answer.json()["message"]
    assert room.asked == []


def test_deep_json_is_a_photo_like_any_other_to_who_reads_no_json() -> None:
    deep = b"[" * 100_000

    def no_picture(blobs: tuple[bytes, ...]) -> Message:
        assert blobs == (deep,)
        raise Malformed("this is not a picture")

    room = Room(helper=no_picture)
    answer = room.client(drafting.routes).post(f"/photo?sizes={len(deep)}", deep, {"content-type": "application/json"})
    assert (answer.status, answer.json()["message"]) == (400, "this is not a picture")
    assert room.holding.find(TOKEN, "photo", Brought) is None


def test_an_answer_for_another_photo_is_refused() -> None:
    room = Room(helper=extracted(of=SECOND))
    answer = brought(room, PHOTO)
    assert answer.status == 409
    assert "another photo" in answer.json()["message"]
    assert brought(Room(helper=extracted(blobs=(b"template",))), PHOTO).status == 400


def test_only_officers_bring_photos() -> None:
    room = Room(who=somebody(roles=(Role.OPERATOR,)), helper=extracted())
    taken: list[bytes] = []

    def parts() -> Iterator[bytes]:
        taken.append(PHOTO)
        yield PHOTO

    sent = room.client(drafting.routes).post(f"/photo?sizes={len(PHOTO)}", parts())
    # Refused before any of it was read.
    assert (sent.status, taken, room.asked) == (403, [], [])


def test_with_a_draft_goes_the_text_that_was_signed_and_what_was_sealed_for_it() -> None:
    room = Room()
    room.holding.keep(TOKEN, f"photo/{WARRANT}", Brought((b"1", b"2", b"3"), b""), size=3, life=10)
    papers = drafting.beside(room.holding)
    assert papers(room.who, filing(), {"text": TEXT}) == (TEXT.encode(), b"1", b"2", b"3")
    assert papers(room.who, filing(number=2), {"text": TEXT}) == (TEXT.encode(),)
    for besides in ({"text": TEXT + " "}, {}):
        with pytest.raises(Malformed, match="not the text whose hash was signed"):
            papers(room.who, filing(), besides)
    with pytest.raises(Refused, match="not kept for you"):
        papers(somebody(token="another"), filing(), {"text": TEXT})
    # Filed, it is kept no longer.
    assert drafting.drafted(room.holding)(room.who, filing(), {"entry": 7}, ()) == {"entry": 7}
    with pytest.raises(Refused, match="not kept for you"):
        papers(room.who, filing(), {"text": TEXT})


def test_what_a_scope_touches_is_told_for_every_number_that_the_form_offers() -> None:
    calibration = counted()
    asked = ask(Extent(EXTRACTOR, Scope(("hall-east",), 0, 3_600_000)), Verb.EXTENT)
    answer: Any = {"rows": 20_000, "calibrations": [records.write(calibration).decode()]}
    told: Any = drafting.extent(somebody(), asked, answer, ())
    assert told["rows"] == 20_000
    assert list(told["stated"]) == [str(one) for one in drafting.ONE_IN]
    assert told["stated"]["1000"] == records.plain(stated((calibration,), 20_000, one_in=1000))
    assert json.dumps(told).count("Calibration") == 0
    with pytest.raises(Refused, match="nobody has counted"):
        drafting.extent(somebody(), asked, {"rows": 1, "calibrations": []}, ())
    with pytest.raises(Malformed, match="lacks a part"):
        drafting.extent(somebody(), asked, {"rows": "many"}, ())
