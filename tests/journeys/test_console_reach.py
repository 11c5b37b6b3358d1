"""What a narrower warrant would touch: half the hours, only cameras that saw anybody, only the busiest."""

from typing import Any

from journeys.conftest import Town

HOUR = 3_600_000

# The page's own arithmetic, over counts that are made up: rows an hour of each camera.
COUNTED = """async ([cameras, hours]) => {
    const an_hour = { hall: 5, yard: 0, gate: 40 };
    window.extent = async (extractor, scope) => ({
        scope, stated: {},
        rows: scope.cameras.reduce((sum, one) => sum + an_hour[one] * (scope.end - scope.start) / HOUR, 0),
    });
    const found = await narrower("", { cameras, start: 10 * HOUR, end: (10 + hours) * HOUR });
    return found.map(({ scope, rows, told }) =>
        [scope.cameras.join(" "), scope.start / HOUR, scope.end / HOUR, rows, told]);
}"""


def test_each_is_narrower_and_has_its_own_figures(town: Town) -> None:
    # Given a form, when three cameras of five hours are chosen, one of which saw nobody,
    page = town.people["officer-1"].page
    town.people["officer-1"].go("/warrants/new")

    def told(*cameras: str, hours: int) -> list[Any]:
        found: list[Any] = page.evaluate(COUNTED, [list(cameras), hours])
        return found

    found = told("hall", "yard", "gate", hours=5)
    # then the halves meet at a full hour and are the whole; the empty camera is left out; the busiest is named.
    assert [one[:4] for one in found] == [
        ["hall yard gate", 10, 13, 135],
        ["hall yard gate", 13, 15, 90],
        ["hall gate", 10, 15, 225],
        ["gate", 10, 15, 200],
    ]
    assert "2 of 3 cameras" in found[2][4]
    assert "gate" in found[3][4]
    # And where nothing is narrower, nothing is proposed: one hour, one camera.
    assert told("hall", hours=1) == []
    assert [one[0] for one in told("hall", "gate", hours=1)] == ["gate"]
