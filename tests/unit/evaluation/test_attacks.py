"""APCER, BPCER and non-response: known answers, and the words for them."""

from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countenance.evaluation import attacks
from countenance.evaluation.attacks import BONA_FIDE, counted
from countenance.vocabulary.liveness import Outcome

GOOD, BAD, NONE = Outcome.BONA_FIDE, Outcome.ATTACK, Outcome.NO_RESPONSE


def some(name: str, **counts: int) -> list[tuple[str, list[Outcome]]]:
    kinds = {"good": GOOD, "bad": BAD, "none": NONE}
    return [(name, [kinds[kind]]) for kind, count in counts.items() for _ in range(count)]


def test_rates_of_each_species_and_the_worst_counts() -> None:
    report = counted(
        "tiny",
        [
            *some("print", good=5, bad=90, none=5),
            *some("screen", good=20, bad=80),
            *some(BONA_FIDE, good=190, bad=6, none=4),
        ],
    )
    assert [it.name for it in report.species] == ["print", "screen"]
    paper, screen = report.species
    assert (paper.wrong.value, paper.wrong.trials) == (5 / 95, 95)
    assert (paper.silent.value, paper.silent.trials) == (0.05, 100)
    assert report.bona_fide.wrong.value == 6 / 196
    assert report.bona_fide.silent.value == 0.02
    assert report.worst is screen
    plain = attacks.plain(report)
    assert plain["apcer"] == {"species": "screen", "value": 0.2, "low": ANY, "high": ANY}
    assert (plain["apcer"]["low"], plain["apcer"]["high"]) == pytest.approx((0.1334, 0.2888), abs=1e-3)


def test_bounds_are_wilsons() -> None:
    """Of 100 with 5: 2.2 to 11.2 % (Newcombe 1998)."""
    (species,) = counted("tiny", some("print", good=5, bad=95)).species
    assert (species.wrong.low, species.wrong.high) == pytest.approx((0.0215, 0.1118), abs=2e-3)


def test_the_words() -> None:
    presented = [*some("print", good=50, bad=950), *some(BONA_FIDE, good=99, bad=1, none=2)]
    said = attacks.sentences(counted("tiny", presented))
    assert said[0] == (
        "Of 1,000 presentations of the species 'print', about 50 would be taken for a living face; between 38 and 65."
    )
    assert "people who present themselves" in said[1]
    assert said[1].endswith("2 of 102 had no response.")
    assert said[2] == "An attacker chooses, so the worst species counts: 'print'."


def test_few_attempts_are_not_enough_to_say() -> None:
    said = attacks.sentences(counted("tiny", [*some("mask", bad=3), *some("print", good=2, bad=98)]))
    assert said[0].startswith("Not enough attempts to say. Of 100 presentations of the species 'mask', at most about ")
    assert said[-1].startswith("Least is known of 'mask': up to ")


def test_where_nothing_passed_the_least_known_is_named() -> None:
    said = attacks.sentences(counted("tiny", [*some("mask", bad=3), *some("print", bad=98)]))
    assert [sentence for sentence in said if "may pass" in sentence] == [said[-1]]
    assert "'mask'" in said[-1]
    assert not any("worst" in sentence for sentence in said)


def test_where_nothing_responds_nothing_is_known() -> None:
    """Silence is no good APCER."""
    report = counted("tiny", [*some("print", none=50), *some(BONA_FIDE, none=50)])
    assert report.worst is None
    assert (report.species[0].wrong.low, report.species[0].wrong.high) == (0.0, 1.0)
    assert report.species[0].silent.value == 1.0
    said = " ".join(attacks.sentences(report))
    assert "nothing can be said" in said
    assert "nothing is known of what would pass" in said
    assert attacks.plain(report)["apcer"] == {"species": None, "value": None, "low": 0.0, "high": 1.0}


def test_a_file_is_one_presentation_however_often_it_was_tried() -> None:
    (species,) = counted("tiny", [("replay", [GOOD] + [BAD] * 19), ("replay", [BAD] * 20)]).species
    assert (species.wrong.trials, species.wrong.value) == (2, 0.025)
    assert species.wrong.high > 0.6


def test_no_people_and_empty_lists_of_trials() -> None:
    report = counted("tiny", [("print", [])])
    assert (report.species[0].silent.value, report.bona_fide.presentations) == (1.0, 0)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", BONA_FIDE]), st.lists(st.sampled_from(list(Outcome)), max_size=4)),
        max_size=60,
    )
)
def test_rates_are_rates(presented: list[tuple[str, list[Outcome]]]) -> None:
    report = counted("tiny", presented)
    assert sum(it.presentations for it in (*report.species, report.bona_fide)) == len(presented)
    for it in (*report.species, report.bona_fide):
        for rate in (it.wrong, it.silent):
            assert 0 <= rate.low <= rate.value <= rate.high <= 1
    assert attacks.sentences(report)
