"""What a wave is said to have found, and how: page, JSON, PDF, and the figures of 2019 beside."""

import json
import re
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from countenance.errors import Malformed, Refused
from countenance.survey import (
    analysis,
    budget,
    charts,
    collecting,
    earlier,
    methods,
    printing,
    publishing,
    report,
    waves,
    weighting,
)
from countenance.survey.analysis import Analysis, Share
from countenance.survey.methods import Sponsor
from countenance.vocabulary.survey import Way
from simulator.surveys import DAY, OPEN, begun
from unit.survey.answers import answered

ALL = re.compile(r"<script|http://|https://|onload=", re.IGNORECASE)


def found(opened: waves.Opened, *, weighted: bool = True, before: waves.Opened | None = None) -> Analysis:
    margins = weighting.declared(opened.instrument) if weighted else ()
    return analysis.analyse(opened, margins=margins, language="en", before=before)


def limits(said: Analysis) -> tuple[str, ...]:
    return methods.limits(methods.of(said, Sponsor()), "en")


@pytest.fixture
def opened(tmp_path: Path) -> waves.Opened:
    made = begun(tmp_path)
    answered(made, (2000, 2500), (500, 2500))
    return made


def share(said: Analysis, item: str, answer: str) -> Share:
    one = next(one for one in said.found if one.id == item)
    return next(two.said for two in one.answers if two.id == answer)


def test_the_truth_is_within_the_bounds_weighted_and_not(opened: waves.Opened) -> None:
    for weighted, truth in ((False, 0.5), (True, 0.6 * 0.8 + 0.4 * 0.2)):
        fine = share(found(opened, weighted=weighted), "comfort", "fine")
        assert fine.low is not None
        assert fine.high is not None
        assert fine.low < truth < fine.high
        assert fine.high - fine.low < 0.2
        assert fine.effect is not None
        assert fine.effect > 1


def test_parts_that_differ_are_called_so_and_those_that_do_not_are_not(opened: waves.Opened) -> None:
    said = found(opened)
    sure = {(one.item, one.answer) for one in said.parts if one.sure}
    assert sure == {("comfort", "fine"), ("comfort", "uncomfortable")}
    assert next(one.by for one in said.parts if one.answer == "fine") == pytest.approx(0.6, abs=0.15)


def test_a_part_with_fewer_than_fifty_answers_is_not_told_apart(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    answered(opened, (100, 200), (20, 40))
    said = found(opened)
    assert (said.parts, said.small) == ((), ("age: young", "age: old"))
    assert "age: old" in " ".join(limits(said))


def test_few_true_answers_are_left_out_or_nothing_is_told(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    answered(opened, (10, 20), (10, 20), way=Way.PAPER)
    with pytest.raises(Refused, match="fewer than 50 people"):
        found(opened)
    answered(opened, (10, 20), (10, 20))
    said = found(opened)
    assert (said.total, said.few) == (40, (Way.PAPER,))
    assert "answers by paper" in " ".join(limits(said))


def test_a_few_who_stand_for_many_are_said_to(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    answered(opened, (500, 1000), (5, 10))
    assert "A few people stand for many" in " ".join(limits(found(opened)))


def test_the_wave_before_is_held_against_this_one(opened: waves.Opened, tmp_path: Path) -> None:
    waves.end(opened, DAY)
    second = begun(tmp_path)
    answered(second, (2400, 2500), (2400, 2500))
    said = found(second, before=opened)
    fine = next(one for one in said.trend if one.answer == "fine")
    assert fine.sure
    assert fine.by == pytest.approx(0.46, abs=0.12)
    assert not any(one.sure for one in said.trend if one.item == "trust.shop")
    assert "wave 1" in report.page(said, earlier.shipped(), Sponsor()).decode()


def test_that_others_came_is_no_difference_of_waves(tmp_path: Path) -> None:
    """Young and old think as they did, and far more of the old answered."""
    text = OPEN.replace("epsilon: 2", "privacy: central")
    first = begun(tmp_path, text)
    answered(first, (1600, 2000), (100, 500))
    waves.end(first, DAY)
    second = begun(tmp_path, text)
    answered(second, (400, 500), (400, 2000))
    said = found(second, before=first)
    fine = next(one for one in said.trend if one.answer == "fine")
    assert (fine.by, fine.weighted, fine.sure) == (pytest.approx(0), True, False)
    assert "comparisons with wave 1, with weights, 0 differ" in report.page(said, earlier.shipped(), Sponsor()).decode()
    said = found(second, before=first, weighted=False)
    fine = next(one for one in said.trend if one.answer == "fine")
    assert (fine.by, fine.weighted, fine.sure) == (pytest.approx(-0.36), False, True)


@pytest.mark.parametrize("other", ["nobody of a part", "another group"])
def test_a_wave_that_cannot_be_weighted_alike_is_compared_without_weights(other: str, tmp_path: Path) -> None:
    text = OPEN.replace("epsilon: 2", "privacy: central")
    first = begun(tmp_path, text.replace("people: 600", "people: 700") if other == "another group" else text)
    answered(first, (100, 200), (0, 0) if other == "nobody of a part" else (50, 200))
    waves.end(first, DAY)
    second = begun(tmp_path, text)
    answered(second, (100, 200), (50, 200))
    said = found(second, before=first)
    assert {one.weighted for one in said.trend} == {False}
    assert said.found[0].weighted
    assert "with wave 1, not weighted" in report.page(said, earlier.shipped(), Sponsor()).decode()


def test_an_empty_part_is_refused_with_weights_and_reported_without(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    answered(opened, (100, 200), (0, 0))
    with pytest.raises(Refused, match="nobody answered from one part of age"):
        found(opened)
    assert found(opened, weighted=False).total == 200


def test_all_one_answer_makes_a_report(tmp_path: Path) -> None:
    opened = begun(tmp_path, OPEN.replace("epsilon: 2", "privacy: central"))
    answered(opened, (300, 300), (300, 300))
    said = found(opened)
    assert share(said, "comfort", "fine").value == 1
    assert b"NaN" not in report.record(said, earlier.shipped(), Sponsor())
    assert "CENTRAL: no local privacy" in report.page(said, earlier.shipped(), Sponsor()).decode()


def test_forged_answers_move_a_share_by_no_more_than_is_said_and_show_where_they_aim(tmp_path: Path) -> None:
    opened = begun(tmp_path, OPEN.replace("waves: 2", "waves: 2\nreported: 1"))
    answered(opened, (0, 3000), (0, 3000))
    honest = found(opened, weighted=False)
    assert honest.aimed == ()
    with collecting.collecting(opened) as collector:
        collector.add(Way.WEB, b"\x00\x01\xff" * 200)
        collector.flush(DAY)
    stuffed = found(opened, weighted=False)
    moved = (share(stuffed, "comfort", "fine").value or 0) - (share(honest, "comfort", "fine").value or 0)
    assert 0.02 < moved <= 200 * budget.forged(opened.instrument) / 6000
    answered(opened, (0, 1), (0, 1))
    with collecting.collecting(opened) as collector:
        collector.add(Way.WEB, b"\x00\x01\xff" * 200)
        collector.flush(DAY)
    assert found(opened, weighted=False).aimed == ("comfort",)
    assert "REPORTED MORE OFTEN" in report.page(found(opened), earlier.shipped(), Sponsor()).decode()


def test_who_forges_from_a_part_that_few_answer_from_weighs_what_is_said(tmp_path: Path) -> None:
    opened = begin_few(tmp_path)
    honest = found(opened)
    said = methods.of(honest, Sponsor())
    assert said.forged > 10 * 100 * budget.forged(opened.instrument)
    # One more of the old, whose answer is not mixed with chance.
    with collecting.collecting(opened) as collector:
        collector.add(Way.WEB, bytes([1, 1, 1]))
        collector.flush(DAY)
    moved = (share(found(opened), "comfort", "fine").value or 0) - (share(honest, "comfort", "fine").value or 0)
    assert moved > 3 * budget.forged(opened.instrument) / honest.total
    assert moved <= said.forged / 100 / honest.total


def begin_few(folder: Path) -> waves.Opened:
    """Of a thousand answers ten are of the old, who are four of ten at the site."""
    opened = begun(folder)
    answered(opened, (500, 990), (0, 10))
    return opened


def test_an_item_that_weights_do_not_reach_says_so(tmp_path: Path) -> None:
    opened = begun(tmp_path, OPEN.replace("waves: 2", "waves: 2\nreported: 1"))
    answered(opened, (50, 100), (0, 0))
    with collecting.collecting(opened) as collector:
        collector.add(Way.WEB, bytes([1, 1, 255]))
        collector.flush(DAY)
    said = found(opened)
    assert [one.weighted for one in said.found] == [True, False]
    page = report.page(said, earlier.shipped(), Sponsor()).decode()
    assert page.count("Without weights: nobody of some part reported this, or too few gave an answer") == 1
    assert "fewer than 5 who did not say where they belong" in page


def test_only_a_closed_wave_of_fifty_is_for_the_register(tmp_path: Path) -> None:
    opened = begun(tmp_path)
    answered(opened, (10, 20), (10, 20))
    with pytest.raises(Refused, match="still open"):
        publishing.results(found(opened), Sponsor())
    closed = waves.end(opened, DAY)
    with pytest.raises(Refused, match="fewer than 50"):
        publishing.results(found(closed), Sponsor())
    second = begun(tmp_path)
    answered(second, (100, 200), (100, 200))
    closed = waves.end(second, DAY)
    with pytest.raises(Malformed, match="at most 500"):
        publishing.results(found(closed), Sponsor(by="x" * 501))
    said = found(closed)
    drawn = publishing.drawn(publishing.results(said, Sponsor()), "ru")
    assert [one.id for one in drawn] == [one.id for one in said.found]
    for one, other in zip(drawn[0].answers, said.found[0].answers, strict=True):
        assert one.said.value == pytest.approx(other.said.value, abs=1e-4)
        assert one.said.high == pytest.approx(other.said.high, abs=1e-4)


def test_page_and_json_say_the_same_and_what_is_asked_of_them(opened: waves.Opened) -> None:
    answered(opened, (10, 30), (10, 30), way=Way.PAPER)
    said, sponsor = found(opened), Sponsor("<b>the station</b>", "", "everybody who passes", 9000)
    page = report.page(said, earlier.shipped(), sponsor).decode()
    record = json.loads(report.record(said, earlier.shipped(), sponsor))
    assert not ALL.search(page)
    assert "<b>the station" not in page
    assert "&lt;b&gt;the station" in page
    for words in (
        "local: epsilon 2 a person, over all answers and waves", "60 (paper: no local privacy)",
        "not said by who asked",
        "Ballot stuffing", "Design effect of the weights", "known at second hand", opened.wave.instrument.hex(),
    ):  # fmt: skip
        assert words in page, words
    assert record["people"] == {
        "local: epsilon 2 a person, over all answers and waves": 5000,
        "paper: no local privacy": 60,
    }
    fine = record["items"][0]["answers"][1]["weighted"]
    assert charts.told(Share(fine["value"], fine["low"], fine["high"], None), "en") in page
    assert record["methods"]["Who asked"] == "<b>the station</b>"


def test_the_figures_of_2019_stand_beside_with_all_that_reports_say() -> None:
    shipped = earlier.shipped()
    assert {one.people for one in shipped.reports} == {6100, 6152}
    # Nobody here has read the survey's own report.
    assert {one.hand for one in shipped.reports} == {"second"}
    told = {(one.topic, one.answer): one.span for one in shipped.figures}
    assert told == {
        ("comfort", "uncomfortable"): (39, 39), ("comfort", "fine"): (41, 41), ("knowledge", "did-not-know"): (40, 40),
        ("deletion", "yes"): (83, 84), ("leaks", "yes"): (79, 80), ("another-way", "yes"): (74, 74),
    }  # fmt: skip


def test_a_chart_needs_no_colour(opened: waves.Opened) -> None:
    said = found(opened)
    drawn = charts.chart(said.found[0], earlier.shipped(), "item-1", "en")
    assert drawn.count("<rect") == 3
    assert drawn.count("2019: ") == 2
    assert 'aria-labelledby="item-1"' in drawn
    assert charts.told(Share(None, None, None, None), "en") == "not enough answers"


def test_a_pdf_has_its_letters_or_is_none(opened: waves.Opened) -> None:
    assert printing.pdf(found(opened), earlier.shipped(), Sponsor()).startswith(b"%PDF-")
    for language, fine in (("ru", True), ("zh", False)):
        said = analysis.analyse(opened, margins=(), language=language)
        if fine:
            assert printing.pdf(said, earlier.shipped(), Sponsor())
        else:
            with pytest.raises(Refused, match="--font"):
                printing.pdf(said, earlier.shipped(), Sponsor())


def _font(place: Path, letters: set[str]) -> Path:
    """A font of one box for every one of these letters."""
    names = {ord(letter): f"u{ord(letter):04x}" for letter in letters}
    glyphs = [".notdef", *names.values()]
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, 700), (900, 700), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder(glyphs)
    made.setupCharacterMap(names)
    made.setupGlyf(dict.fromkeys(glyphs, pen.glyph()))
    made.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 100)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(place)
    return place


def test_letters_that_ours_lack_come_from_a_font_that_has_them_all(opened: waves.Opened, tmp_path: Path) -> None:
    said, shipped = analysis.analyse(opened, margins=(), language="zh"), earlier.shipped()
    han = {letter for letter in report.page(said, shipped, Sponsor()).decode() if ord(letter) > 0x2E80}
    assert len(han) > 100
    whole = printing.pdf(said, shipped, Sponsor(), font=_font(tmp_path / "boxes.ttf", han))
    assert whole.startswith(b"%PDF-")
    assert b"Boxes" in whole
    some = _font(tmp_path / "some.ttf", set(sorted(han)[: len(han) // 2]))
    with pytest.raises(Refused, match="--font"):
        printing.pdf(said, shipped, Sponsor(), font=some)
    # Whoever needs none of it may name it all the same.
    assert printing.pdf(found(opened), shipped, Sponsor(), font=some)


@pytest.mark.parametrize("how", ["nothing", "empty", "text", "cut", "folder", "changed"])
def test_what_is_no_font_is_refused_by_name(opened: waves.Opened, tmp_path: Path, how: str) -> None:
    place = tmp_path / "font.ttf"
    good = _font(tmp_path / "good.ttf", set("漢字")).read_bytes()
    if how == "folder":
        place.mkdir()
    elif how != "nothing":
        changed = good.replace(b"cmap", b"cmop").replace(b"head", b"haad")
        place.write_bytes({"empty": b"", "text": b"no font" * 99, "cut": good[:200], "changed": changed}[how])
    with pytest.raises(Malformed, match="is no font: give"):
        printing.pdf(found(opened), earlier.shipped(), Sponsor(), font=place)


def test_each_report_of_2019_says_where_it_was_read_or_that_nobody_verified_that(opened: waves.Opened) -> None:
    shipped = earlier.shipped()
    page = report.page(found(opened), shipped, Sponsor()).decode()
    assert {one.id for one in shipped.reports if not one.address} == {"lifars", "founding"}
    assert {one.id for one in shipped.reports if one.copied} == {"ft", "bbc"}
    for one in shipped.reports:
        assert one.address.removeprefix("https://") in page
    assert page.count("address not verified") == 2
    assert page.count("(a copy)") == 2
    told = json.loads(report.record(found(opened), shipped, Sponsor()))["earlier"]["reports"]
    assert [one["address"] for one in told] == [one.address for one in shipped.reports]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("report: ft", "report: nobody"),
        ("percent: 84", "percent: 840"),
        ("address: https://www.scmp.com/", "address: javascript:"),
        ("address: https://www.scmp.com/", "address: https://www.scmp.com/ "),
    ],
)
def test_an_earlier_survey_with_a_fault_is_malformed(old: str, new: str) -> None:
    text = (Path(earlier.__file__).parent / earlier.SHIPPED).read_text(encoding="utf-8")
    with pytest.raises(Malformed):
        earlier.read(text.replace(old, new).encode())


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [
        ("zh", ("人们的回答", "方法", "出资者", "误差至多"), "Methods"),
        ("ru", ("Что ответили люди", "Методика", "Кто платил", "погрешность не более"), "Methods"),
    ],
)
def test_a_report_is_in_one_language(opened: waves.Opened, language: str, said: tuple[str, ...], unsaid: str) -> None:
    found = analysis.analyse(opened, margins=(), language=language)
    page = report.page(found, earlier.shipped(), Sponsor()).decode()
    assert f'<html lang="{language}">' in page
    assert all(words in page for words in said)
    assert unsaid not in page
    # What machines read is the same in every language.
    assert "Who paid" in json.loads(report.record(found, earlier.shipped(), Sponsor()))["methods"]


def test_every_word_is_there_in_three_languages_with_the_same_facts() -> None:
    spelled = json.loads((Path(report.__file__).parent / "words.json").read_text(encoding="utf-8"))
    for word, three in spelled.items():
        facts = [sorted(set(re.findall(r"\{(\w+)", one))) for one in three]
        assert len(three) == 3, word
        assert all(three), word
        assert facts[0] == facts[1] == facts[2], word
