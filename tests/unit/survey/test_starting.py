"""The questionnaire that ships: nobody asks with it before they have said whom it stands for."""

import pytest

from countenance.errors import Malformed
from countenance.survey import instrument, starting


def test_what_ships_is_refused_until_its_people_are_filled_in() -> None:
    with pytest.raises(Malformed, match=r"groups\[1\].parts\[1\].people: in place of every \? write how many people"):
        instrument.read(starting.shipped())
    half = starting.shipped().replace(b'people: "?"', b"people: 4000", 4)
    with pytest.raises(Malformed, match=r"groups\[2\].parts\[2\].people"):
        instrument.read(half)


def test_filled_in_it_is_the_file_and_nothing_else() -> None:
    made_up = starting.made_up()
    asked = instrument.read(made_up)
    assert tuple(part.people for group in asked.groups for part in group.parts) == starting.MADE_UP
    for people in starting.MADE_UP:
        made_up = made_up.replace(f"people: {people}}}".encode(), b'people: "?"}')
    assert made_up == starting.shipped()
