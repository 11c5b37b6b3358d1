"""After a loss: every part has a page, and what it says of telling people is the law's."""

import pytest

from countenance.vocabulary.warrants import Role
from countenance.web.console import breach
from countenance.web.console.breach import REPORTED, TOLD, Lost
from simulator.room import Room, somebody

STATUS = {"sightings": 1234, "segments": 56, "warrants": 7}


def page(lost: str = "", role: Role = Role.OPERATOR, language: str = "en") -> str:
    room = Room(who=somebody(roles=(role,)), answers={"status": STATUS})
    address = f"/breach?lost={lost}" if lost else "/breach"
    return room.client(breach.routes).get(address, {"accept-language": language}).text


@pytest.mark.parametrize("language", ["en", "zh", "ru"])
@pytest.mark.parametrize("lost", list(Lost))
def test_every_loss_has_a_page_in_every_language(lost: Lost, language: str) -> None:
    text = page(lost.value, language=language)
    assert "1234" in text
    assert ('<pre tabindex="0"' in text) == (lost in REPORTED)


def test_who_could_see_faces_is_told_to_people_and_whoever_cannot_is_recorded() -> None:
    assert TOLD < REPORTED
    assert "(Art. 34(3)(c))" in page("custodian-open")
    assert "Art. 33(5)" in page("repository")
    assert "Art. 33(1)" not in page("repository")


def test_nothing_is_asked_of_the_repository_before_something_is_chosen() -> None:
    room = Room(who=somebody(roles=(Role.AUDITOR,)))
    assert room.client(breach.routes).get("/breach").status == 200
    assert room.asked == []


def test_it_is_for_those_who_answer_for_it() -> None:
    room = Room(who=somebody(roles=(Role.OFFICER,)), answers={"status": STATUS})
    assert room.client(breach.routes).get("/breach").status == 403


def test_what_is_no_loss_is_refused() -> None:
    room = Room(who=somebody(roles=(Role.OPERATOR,)), answers={"status": STATUS})
    assert room.client(breach.routes).get("/breach?lost=everything").status == 400
