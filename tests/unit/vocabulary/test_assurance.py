import pytest

from countenance.vocabulary.assurance import Assurance, level, told


@pytest.mark.parametrize("organisations", [0, 1, 2, 9])
def test_one_host_stays_one_host(organisations: int) -> None:
    assert level(Assurance.SINGLE_HOST, organisations) is Assurance.SINGLE_HOST


@pytest.mark.parametrize("founded", [Assurance.SEPARATED, Assurance.WITNESSED])
def test_two_organisations_witness_what_is_separated(founded: Assurance) -> None:
    assert [level(founded, count) for count in (0, 1, 2)] == [
        Assurance.SEPARATED,
        Assurance.SEPARATED,
        Assurance.WITNESSED,
    ]


def test_it_is_told_with_names_or_the_want_of_them() -> None:
    assert told("single-host", ()) == "single-host, UNWITNESSED"
    assert told("single-host", ("w", "v")) == "single-host, witnessed by w, v"
