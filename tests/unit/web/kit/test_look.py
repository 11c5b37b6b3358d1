"""The look's colours: what is written can be read, in both lights (WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from importlib import resources
from typing import Final

import pytest

CSS: Final = (resources.files("countenance.web.kit") / "static" / "kit.css").read_text(encoding="utf-8")
TEXT, SHAPE = 4.5, 3.0
# What is written on what, and what is told by its edge alone.
WRITTEN: Final = (
    *((ink, ground) for ink in ("ink", "soft", "mark", "good", "warn", "bad") for ground in ("ground", "paper")),
    *(("mark-ink", "mark"), ("warn", "warn-ground"), ("bad", "bad-ground")),
)
SHAPES: Final = (("mark", "ground"), ("mark", "paper"), ("soft", "paper"), ("soft", "ground"), ("cover", "paper"))
BLOCK: Final = re.compile(r"([^{}]+)\{([^{}]*--ground:[^{}]*)\}")
NAMED: Final = re.compile(r"--([a-z-]+):\s*(#[0-9a-f]{6})")


def lights() -> dict[str, list[dict[str, str]]]:
    """Every block that names the colours, by the light it is for."""
    found: dict[str, list[dict[str, str]]] = {"light": [], "dark": []}
    for selector, body in BLOCK.findall(CSS):
        found["light" if selector.split("}")[-1].strip().endswith(":root") else "dark"].append(
            dict(NAMED.findall(body))
        )
    return found


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_both_ways_to_the_dark_name_the_same_colours() -> None:
    found = lights()
    assert (len(found["light"]), len(found["dark"])) == (1, 2)
    assert found["dark"][0] == found["dark"][1]
    assert set(found["light"][0]) == set(found["dark"][0])


@pytest.mark.parametrize("light", ["light", "dark"])
def test_what_is_written_can_be_read(light: str) -> None:
    colours = lights()[light][0]
    for least, pairs in ((TEXT, WRITTEN), (SHAPE, SHAPES)):
        weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
        assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < least} == {}


def test_what_lies_on_frames_can_be_read_in_any_light() -> None:
    frame = re.search(r"\.frame \{[^}]*background: (#\w{6}); color: (#\w{6})", CSS)
    assert frame is not None
    assert contrast(*frame.groups()) >= TEXT
