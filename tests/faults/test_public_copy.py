"""One flipped bit in a published file, with a real custodian and its repository: an alarm entry, and it is repaired."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from attacks.forgeries import Door
from countenance.channel.message import Message
from countenance.formats.canonical import Json
from countenance.log import tiles
from countenance.vocabulary.entries import Kind
from countenance.zones.custodian import service as custodian
from countenance.zones.custodian import ticks
from countenance.zones.repository import publication, service
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.repository import Repository
from simulator.court import Court, sitting
from simulator.repository import Clock, Custodian, make_directory


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        assert ticks.tick(court.zone.opened)
        yield court


@pytest.fixture
def repository(court: Court, tmp_path: Path) -> Iterator[Repository]:
    door: Any = Door(court)
    handlers = custodian.handlers(door, Path("none"))

    def told(verb: str) -> Callable[[Mapping[str, Json], tuple[bytes, ...]], Message]:
        return lambda body, blobs: handlers[verb](Message(verb, body, blobs))

    line = Custodian(answers={verb: told(verb) for verb in ("publish", "published.damaged")})
    with service.opened(
        make_directory(tmp_path / "repository"),
        RepositorySettings(database=f"sqlite:///{tmp_path / 'rows.db'}"),
        line,
        clock=Clock(),
        random=secrets.token_bytes,
        log=lambda _: None,
    ) as repository:
        yield repository


def alarmed(court: Court) -> list[str]:
    return [facts["about"] for facts in court.facts(Kind.LOG_ALARMED)]


def copied(folder: Path) -> dict[str, bytes]:
    """The public copy but for preimages, which are sealed anew each time."""
    files = (path for path in folder.rglob("*") if path.is_file())
    names = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    return {name: data for name, data in names.items() if not name.startswith("preimages")}


@pytest.mark.parametrize("kind", ["tile/0", "tile/entries", "checkpoint"])
def test_a_flipped_byte_is_an_alarm_and_is_repaired(court: Court, repository: Repository, kind: str) -> None:
    size, folder = publication.publish(repository), repository.directory / "log"
    before = copied(folder)
    assert (size > 0, alarmed(court)) == (True, [])
    (place,) = (name for name in before if name.startswith(kind))
    whole = before[place]
    for at in (0, len(whole) // 2, len(whole) - 1):
        (folder / place).write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        assert publication.publish(repository) == size
        assert copied(folder) == before
        assert tiles.damaged(folder, 0) is None
    # At the right edge of the tree a tile and the checkpoint do not agree, and it is the whole copy that is damaged.
    assert alarmed(court) in ([f"published {place}"], ["published checkpoint"])
    assert publication.publish(repository) == size
    assert len(alarmed(court)) == 1, "what was repaired is not said again"
