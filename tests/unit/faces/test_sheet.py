import numpy as np
import pytest

from countenance.faces import sheet
from countenance.vocabulary.faces import Template


def of(*people: int, like: float = 0.6) -> list[Template]:
    """A template for a photo each of these people; two of one person score `like`, of two people 0."""
    found = []
    for number, person in enumerate(people):
        vector = np.zeros(32, "<f4")
        vector[person], vector[16 + number] = like**0.5, (1 - like) ** 0.5
        found.append(Template(bytes(32), vector.tobytes()))
    return found


@pytest.mark.parametrize("people", [(1, 1), (1, 1, 1), (1, 1, 1, 1, 1, 1), (1,)])
def test_photos_of_one_person_pass(people: tuple[int, ...]) -> None:
    assert sheet.strangers(of(*people), 0.4) is None


@pytest.mark.parametrize(
    ("people", "named"),
    [((1, 2), 0), ((1, 1, 2), 2), ((2, 1, 1, 1), 0), ((1, 1, 2, 2), 0), ((1, 1, 1, 2, 2), 3), ((1, 1, 1, 2, 2, 2), 0)],
)
def test_photos_of_two_people_do_not_however_many_of_each(people: tuple[int, ...], named: int) -> None:
    assert sheet.strangers(of(*people), 0.4) == named
