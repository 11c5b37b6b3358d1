"""A court before two custodians, and its zone."""

from collections.abc import Iterator

import pytest

from simulator.court import Court, sitting
from simulator.second import Pair, Second


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting(kind=Pair) as court:
        yield court


@pytest.fixture
def pair(court: Court) -> Pair:
    assert isinstance(court.zone, Pair)
    return court.zone


@pytest.fixture
def second(pair: Pair) -> Second:
    return pair.second
