"""Maps: labels that lie on nothing at any width, cameras that everybody can press, nothing that nobody said."""

import itertools
import re
from importlib import resources
from random import Random

import pytest
from jinja2 import Environment, PackageLoader, StrictUndefined

from countenance.web.kit.maps import HIGH, LEAST, MARK, TURNED, WIDEST, Label, Map, Mark, Measure, Spot, laid, shortened

WORDS = {
    "map_scale": "Scale: {n}",
    "map_north": "North: {n}",
    "map_unmeasured": "No scale",
    "metres": "m",
    "north": "N",
}
LETTER = 7.6  # No letter of 13 px is wider in the mean, in the fonts that kit.css names.


def spots(number: int, seed: int) -> list[Spot]:
    random = Random(seed)
    return [
        Spot(f"platform-{at:02}", "platform", random.randrange(1001), random.randrange(1001)) for at in range(number)
    ]


def label(mark: Mark, width: int) -> Label:
    return mark.narrow if width < TURNED else mark.wide


def box(mark: Mark, width: int) -> tuple[float, float, float, float]:
    """A label's rectangle in pixels on a map of this width."""
    at = label(mark, width)
    x, y = mark.spot.x * width / 1000 + at.x, mark.spot.y * width / 1000 + at.y
    half = len(mark.text) * LETTER / 2
    return x - half, y - HIGH / 2, x + half, y + HIGH / 2


def over(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    least = 1e-6
    across = min(one[2], other[2]) - max(one[0], other[0])
    return across > least and min(one[3], other[3]) - max(one[1], other[1]) > least


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("number", [2, 12, 40])
def test_labels_lie_on_nothing_at_any_width(number: int, seed: int) -> None:
    marks = laid(spots(number, seed), None).marks
    for width in (LEAST, 366, 500, TURNED - 1, TURNED, 777, 1000, 1300, WIDEST):
        shown = [one for one in marks if label(one, width).room]
        assert len(shown) >= number / (7 if width < TURNED else 1.5)
        for one, other in itertools.combinations(shown, 2):
            assert not over(box(one, width), box(other, width)), (width, one, other)
        for one in shown:
            left, top, right, low = box(one, width)
            assert left >= 0 <= top
            assert right <= width >= low
            for other in shown:
                x, y = other.spot.x * width / 1000, other.spot.y * width / 1000
                assert not over((left, top, right, low), (x - MARK, y - MARK, x + MARK, y + MARK)), (one, other)


def test_where_there_is_no_room_a_label_waits_and_the_camera_is_there() -> None:
    marks = laid([Spot(f"camera-{at}", "", 500, 500) for at in range(40)], None).marks
    assert len(marks) == 40
    assert 1 <= sum(one.wide.room for one in marks) < 40


def test_a_long_name_keeps_both_ends() -> None:
    assert shortened("hall-east") == "hall-east"
    short = shortened("central-station-platform-17-north")
    assert len(short) <= 18
    assert (short[:7], short[-5:]) == ("central", "north")


@pytest.mark.parametrize(("metres", "bar"), [(1, 1), (2, 1), (60, 20), (100, 20), (151, 50), (100_000, 20_000)])
def test_a_bar_is_a_round_number_of_metres_and_fits(metres: int, bar: int) -> None:
    measure = Measure(metres, 0)
    assert measure.bar == bar
    assert measure.share == pytest.approx(100 * bar / metres, abs=0.01)


def drawn(shown: Map, **facts: object) -> str:
    environment = Environment(
        loader=PackageLoader("countenance.web.kit", "templates"), autoescape=True, undefined=StrictUndefined
    )
    text = "{% from 'map.html' import map %}{{ map(shown, words, 'Map', pressed, base) }}"
    return environment.from_string(text).render(shown=shown, words=WORDS, **{"pressed": None, "base": None, **facts})


def test_cameras_are_buttons_or_links_with_their_names_and_nothing_is_inline() -> None:
    shown = laid([Spot("hall", "<hall> east", 100, 200)], Measure(80, 45))
    button, tick, link = drawn(shown), drawn(shown, pressed=False), drawn(shown, base="/cameras#")
    for text in (button, tick, link):
        assert 'aria-label="hall, &lt;hall&gt; east"' in text
        assert "<hall>" not in text
        assert not re.search(r"\sstyle=|\son\w+=|https?:", text)
    assert 'role="button" tabindex="0"' in button
    assert "aria-pressed" not in button
    assert 'aria-pressed="false"' in tick
    assert '<a class="mark" href="/cameras#hall"' in link


def test_a_map_that_nobody_measured_says_so() -> None:
    text = drawn(laid([], None))
    assert "No scale" in text
    assert "North" not in text


def test_what_is_chosen_or_broken_has_another_shape_and_not_only_another_colour() -> None:
    css = (resources.files("countenance.web.kit") / "static" / "map.css").read_text(encoding="utf-8")
    for state, shape in (('[data-state="bad"]', "cross"), ('[aria-pressed="true"]', "tick")):
        assert re.search(rf"\.map {re.escape(state)} \.{shape} {{[^}}]*display: inline", css)
        assert re.search(rf"\.map {re.escape(state)} \.disc[^{{]*{{ display: none", css)
