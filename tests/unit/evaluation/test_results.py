import html
import json
import re
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from countenance.errors import Malformed, Refused
from countenance.evaluation import (
    calibrating,
    comparing,
    demographics,
    inspecting,
    page,
    pairs,
    record,
    results,
    synthetic,
    verification,
    words,
)
from countenance.evaluation.manifest import Manifest, Row
from countenance.evaluation.results import Results
from countenance.evaluation.synthetic import Group
from countenance.vocabulary.evaluation import Acquired, Failure, Lost
from countenance.vocabulary.rates import Rate
from countenance.warrants import threshold

GROUPS = (Group("plain", 220, images=3), Group("alike", 220, images=3, alike=0.3, same=0.6))


@pytest.fixture(scope="module")
def found() -> Results:
    table, outcomes = synthetic.draw(GROUPS, 5)
    return results.evaluate(table, outcomes, synthetic.EXTRACTOR)


@pytest.fixture(scope="module")
def plain(found: Results) -> dict[str, object]:
    return json.loads(record.write(found))  # type: ignore[no-any-return]


def test_the_record_has_what_machines_are_promised(plain: dict[str, object]) -> None:
    thresholds = [round(0.2 + 0.005 * step, 3) for step in range(121)]
    for name in ("fmr", "fnmr"):
        points = plain[name]
        assert isinstance(points, list)
        assert [point["threshold"] for point in points] == thresholds
        assert all(point["low"] <= point["value"] <= point["high"] for point in points)
    for name in ("fpir", "fnir"):
        points = plain[name]
        assert isinstance(points, list)
        assert {point["gallery"] for point in points} == {100}
        assert [point["threshold"] for point in points] == thresholds
    assert {"groups", "fta", "fte", "counts", "extractor"} <= set(plain)
    assert plain["counts"]["templates"] == 1320  # type: ignore[index]


def test_a_group_whose_people_resemble_each_other_is_found_to_be_worse(found: Results) -> None:
    index = int(np.argmin(np.abs(pairs.THRESHOLDS - 0.35)))
    worst = demographics.worst(demographics.compared(found.groups, index, "fmr"))
    assert worst is not None
    assert worst.group == "alike"
    assert worst.low > 1.2


def test_a_group_with_all_the_errors_is_not_compared_with_itself() -> None:
    table, outcomes = synthetic.draw([Group("many", 300), Group("worse", 200, same=0.5)], 6)
    one = results.evaluate(table, outcomes, synthetic.EXTRACTOR)
    index = int(np.argmin(np.abs(pairs.THRESHOLDS - 0.45)))
    many, worse = demographics.compared(one.groups, index, "fnir")
    assert many.rate.value < 0.01
    # Whatever the sizes of the groups, the ratio to both together would be at most 5 / 2.
    assert worse.low > 5
    assert "higher" in words.against(worse, "fnir")
    assert demographics.worst((many, worse)) is worse


@pytest.mark.parametrize(
    ("ratio", "low", "said"),
    [
        (float("inf"), 4.2, "is higher: the other groups had no such error; at least 4.2 times theirs"),
        (float("inf"), 0.7, "no difference was found"),
        (float("nan"), 0.0, "not enough data to say"),
    ],
)
def test_a_ratio_to_no_errors_is_told_without_a_number_that_is_none(ratio: float, low: float, said: str) -> None:
    one = demographics.Against("age", "old", Rate(0.1, 0.08, 0.12, 500), ratio, low, float("inf"))
    assert said in words.against(one, "fnir")
    assert not {"inf", "nan"} & set(words.against(one, "fnir").split())


def test_groups_that_do_not_differ_are_not_said_to() -> None:
    table, outcomes = synthetic.draw([Group("left", 200), Group("right", 200)], 6)
    same = results.evaluate(table, outcomes, synthetic.EXTRACTOR)
    index = int(np.argmin(np.abs(pairs.THRESHOLDS - 0.3)))
    for one in demographics.compared(same.groups, index, "fmr"):
        assert one.enough
        assert not one.differs


def test_of_a_small_group_nothing_is_claimed() -> None:
    table, outcomes = synthetic.draw([Group("many", 300), Group("few", 4)], 6)
    found = results.evaluate(table, outcomes, synthetic.EXTRACTOR)
    few = [one for one in demographics.compared(found.groups, found.index, "fmr") if one.group == "few"]
    assert [one.enough for one in few] == [False]
    assert "not enough data" in words.against(few[0], "fmr")


def test_twins_are_taken_for_each_other() -> None:
    def rate(twins: float) -> float:
        table, outcomes = synthetic.draw([Group("people", 300, twins=twins)], 9)
        return float(results.evaluate(table, outcomes, synthetic.EXTRACTOR).fpir[100].value[80])

    assert rate(0.5) > 5 * rate(0.0)


class _Structure(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "path", "use", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_the_page_is_whole_has_no_script_and_says_it_in_words(found: Results) -> None:
    text = page.write(found).decode()
    structure = _Structure()
    structure.feed(text)
    assert structure.open == []
    assert "<script" not in text
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"|<!--.*?-->|<!DOCTYPE[^>]*>', "", text.replace("http-equiv", ""))
    said = " ".join(structure.texts)
    assert re.search(r"Of [\d,]+ strangers who are searched for, (about|at most)", said)
    assert "SYNTHETIC" in said


def test_the_same_evaluation_writes_the_same_page(found: Results) -> None:
    assert page.write(found) == page.write(found)


def test_words_of_others_are_escaped() -> None:
    table, outcomes = synthetic.draw([Group("<script>alert(1)</script>", 40), Group("x&y", 40)], 5)
    hostile = results.evaluate(table, outcomes, results.Extractor("<img src=x>", bytes(32)))
    hostile = replace(hostile, ignored=("<b>note</b>",), left_out={"<i>why</i>": 3})
    text = page.write(hostile).decode()
    assert "<script" not in text
    assert "<img" not in text
    assert "<b>" not in text
    assert "<i>" not in text


def test_without_groups_the_page_says_that_nothing_is_said_of_any(found: Results) -> None:
    text = page.write(replace(found, groups=())).decode()
    assert "nothing is said here" in text


def test_failures_are_counted_by_picture_and_by_subject() -> None:
    table, outcomes = synthetic.draw([Group("people", 10, images=2)], 1)
    changed: list[Acquired | Lost] = [replace(one, quality=50) for one in outcomes]
    changed[0], changed[1] = Lost(0, Failure.NO_FACE), Lost(1, Failure.NO_FACE)
    changed[2], changed[4] = Lost(2, Failure.NO_FACE), Lost(4, Failure.MISSING)
    found = results.evaluate(table, changed, synthetic.EXTRACTOR)
    assert found.fta.value == pytest.approx(3 / 19)
    assert found.fte.value == pytest.approx(1 / 10)
    assert found.counts["missing"] == 1


def test_error_falls_as_the_lowest_quality_is_left_out() -> None:
    random = np.random.default_rng(2)
    table, outcomes = synthetic.draw([Group("people", 200, images=2)], 2)
    worse: list[Acquired | Lost] = []
    for one in outcomes:
        noise = float(random.uniform(0, 1.5)) if one.row % 2 else 0.0
        direction = random.normal(size=synthetic.DIMENSION)
        values = np.frombuffer(one.values, "<f4") + noise * direction / np.linalg.norm(direction)
        values = (values / np.linalg.norm(values)).astype("<f4")
        worse.append(replace(one, values=values.tobytes(), quality=round(100 / (1 + noise))))
    found = results.evaluate(table, worse, synthetic.EXTRACTOR)
    values = [one.fnmr.value for one in found.discards]
    assert values[0] > 0.05
    assert values[10] < values[5] < values[0]
    assert [one.share for one in found.discards] == list(results.DISCARDS)


def test_too_few_subjects_are_refused() -> None:
    table = Manifest(Path(), tuple(Row(f"{n}", "one", None, ()) for n in range(4)), (), {})
    values = np.eye(4, dtype="<f4")
    outcomes = [Acquired(n, values[n].tobytes(), -1, aligned=False) for n in range(4)]
    with pytest.raises(Malformed, match="at least 3 subjects"):
        results.evaluate(table, outcomes, synthetic.EXTRACTOR)


def test_a_threshold_is_chosen_for_a_rate_and_a_gallery(found: Results) -> None:
    chosen = calibrating.choose(found.prepared, found.tallied, gallery=200, fpir=0.02)
    assert chosen.fpir.value <= 0.02
    assert chosen.fpir.low <= found.fpir[100].low[chosen.index] + 1
    larger = calibrating.choose(found.prepared, found.tallied, gallery=400, fpir=0.02)
    assert larger.threshold >= chosen.threshold
    surely = calibrating.choose(found.prepared, found.tallied, gallery=200, fpir=0.02, surely=True)
    assert surely.threshold >= chosen.threshold
    with pytest.raises(Malformed, match="above 0"):
        calibrating.choose(found.prepared, found.tallied, gallery=200, fpir=0.0)
    with pytest.raises(Refused, match="no threshold"):
        calibrating.choose(found.prepared, found.tallied, gallery=430, fpir=1e-9, surely=True)


def test_bounds_for_other_people_are_wider_than_those_of_the_true_rate(found: Results) -> None:
    curve = found.fpir[100]
    for index in (20, 40, 60):
        other = calibrating.expected(curve, index)
        assert other.low <= curve.low[index]
        assert other.high >= curve.high[index]


def test_two_thresholds_are_compared_on_the_same_people(found: Results) -> None:
    names = tuple(f"{group.name}-{number}" for group in GROUPS for number in range(group.subjects))
    measured = comparing.Measured("it", found.prepared, found.tallied, names)
    low, high = (comparing.side(measured, gallery=100, fpir=0.01, index=comparing.nearest(at)) for at in (0.45, 0.55))
    assert comparing.compare(low, high).difference[1] > 0
    value, least, most = comparing.compare(low, low).difference
    assert value == 0
    assert least < 0 < most
    assert "No difference" in comparing.told(comparing.compare(low, low))
    with pytest.raises(Malformed, match="in steps of"):
        comparing.nearest(0.4512)


def test_a_gallery_shows_who_would_be_taken_for_whom() -> None:
    table, outcomes = synthetic.draw([Group("people", 100, images=2)], 3)
    twice = [*outcomes, replace(outcomes[10], row=len(outcomes))]
    rows = (*table.rows, Row("elsewhere/x", "somebody else", None, ("people",)))
    ready, _ = results.prepared(replace(table, rows=rows), twice)
    found = inspecting.inspect(ready, pairs.count(ready), comparing.nearest(0.7))
    assert (found.alike[0].first, found.alike[0].second) == (10, len(outcomes))
    assert found.alike[0].score == pytest.approx(1.0, abs=1e-5)
    assert found.alike_count == len(found.alike)


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (Rate(0.0012, 0.0007, 0.0019, 50_000), "Of 10,000 strangers who walk past, about 12 would; between 7 and 19."),
        (
            Rate(0.0, 0.0, 0.0004, 9_000),
            "Of 100,000 strangers who walk past, at most about 40 would; none did in 9,000",
        ),
        (Rate(0.002, 0.0001, 0.03, 400), "not enough data to say it more closely"),
        (Rate(0.0, 0.0, 1.0, 0), "nothing is known"),
    ],
)
def test_rates_in_words(rate: Rate, said: str) -> None:
    assert said in words.people(rate, "would", who="strangers who walk past")


@pytest.mark.parametrize(
    "groups",
    [[], [Group("", 9)], [Group("a", 1), Group("a", 1)], [Group("a", 5, alike=0.7, same=0.6)], [Group("a", 10**6)]],
)
def test_impossible_populations_are_refused(groups: list[Group]) -> None:
    with pytest.raises(Malformed):
        synthetic.draw(groups, 1)


def test_what_was_counted_becomes_a_calibration_that_a_deployment_takes() -> None:
    table, outcomes = synthetic.draw([Group("people", 400, images=2)], 12)
    ready, _ = results.prepared(table, outcomes)
    tallied = pairs.count(ready)
    made = calibrating.calibration(ready, tallied, bytes(32), gallery=100, told="synthetic", made=1)
    threshold.check(made)
    assert made.points[0].comparisons == int(tallied.non.sum())
    curve = verification.fmr(ready, tallied)
    for one in made.points:
        at = comparing.nearest(one.threshold / 1000)
        assert one.false == int(tallied.crowd[:, at].sum()) // 2
        assert one.most >= 10**9 * curve.value[at]
    assert all(0 <= one.fnir <= 1000 for one in made.points)


def test_too_few_comparisons_make_no_calibration() -> None:
    table, outcomes = synthetic.draw([Group("people", 40)], 12)
    ready, _ = results.prepared(table, outcomes)
    with pytest.raises(Malformed, match=r"10000 comparisons|1 to 200 points"):
        calibrating.calibration(ready, pairs.count(ready), bytes(32), gallery=10, told="synthetic", made=1)


def test_a_gallery_that_nobody_was_looked_for_in_finds_nobody() -> None:
    table, outcomes = synthetic.draw([Group("a", 12, images=1)], 1)
    one = results.evaluate(table, outcomes, synthetic.EXTRACTOR)
    chosen = calibrating.choose(one.prepared, one.tallied, gallery=5, fpir=0.5)
    assert chosen.tpir.trials == 0
    assert chosen.tpir.value == 0


def test_a_threshold_that_is_no_number_is_refused() -> None:
    with pytest.raises(Malformed, match="steps"):
        comparing.nearest(float("nan"))


def test_letters_of_any_script_are_drawn_in_silence() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table, outcomes = synthetic.draw([Group("丸", 20), Group("é", 20)], 1)
        text = page.write(results.evaluate(table, outcomes, synthetic.EXTRACTOR)).decode()
    assert text.count("丸") > 3


def test_pictures_without_a_face_are_told_where_the_misses_are() -> None:
    table, outcomes = synthetic.draw([Group("a", 20)], 1)
    lost: list[Acquired | Lost] = [Lost(0, Failure.NO_FACE), *outcomes[1:]]
    text = page.write(results.evaluate(table, lost, synthetic.EXTRACTOR)).decode()
    assert "In 1 more pictures no face was found" in text
    assert "more pictures no face" not in page.write(results.evaluate(table, outcomes, synthetic.EXTRACTOR)).decode()


@pytest.mark.parametrize("name", ["$\\frac{$", "_hidden", "100 % $5", "\\x", "名", "x" * 400])
@pytest.mark.filterwarnings("error")
def test_a_group_may_be_called_anything(name: str) -> None:
    table, outcomes = synthetic.draw([Group(name, 40), Group("other", 40)], 5)
    text = page.write(results.evaluate(table, outcomes, synthetic.EXTRACTOR)).decode()
    assert html.escape(name) in text
    assert html.escape(name[:20]) in text[text.index("<svg") :]
