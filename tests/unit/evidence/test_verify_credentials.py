"""Evidence of a deployment that is no demo: approvals and verdicts are assertions, and only those of the roster hold.

The story's log begins with the genesis of a demo, so steps *deployment* and *manifest*, which names the genesis, fail
here throughout; the others must not.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.evidence import folder
from countenance.evidence.verify import check
from countenance.formats import records
from countenance.vocabulary.requests import Ask, Signed
from countenance.vocabulary.warrants import Person
from evidence import scene
from evidence.scene import Scene
from simulator.authenticator import APPROVAL, PRESENT, Authenticator

OF_A_DEMO = {"deployment", "manifest"}
CONSOLE = "https://console.localhost:8443"


def unrepeated(photo: bytes, template: bytes, extractor: bytes) -> str:
    return "not repeated here"


def failing(
    story: Scene, files: dict[str, bytes], place: Path, sign: Callable[[Authenticator, Ask], Signed]
) -> set[str]:
    """Which steps do not hold if everybody has a credential and `sign` made what they signed."""
    scene.write(place, files)
    held = folder.read(place)
    told = held.disclosure.instructions
    keys = {signed.signer: Authenticator() for signed in (*told.approvals, *told.verdicts)}

    def again(signed: Signed) -> Signed:
        return sign(keys[signed.signer], records.read(Ask, signed.body))

    def holding(person: Person) -> Person:
        own = keys.get(person.name)
        return person if own is None else replace(person, key=b"", credentials=(own.credential,))

    told = replace(
        told,
        genesis=replace(told.genesis, demo=False, approval=APPROVAL),
        persons=tuple(map(holding, told.persons)),
        approvals=tuple(map(again, told.approvals)),
        verdicts=tuple(map(again, told.verdicts)),
    )
    (place / "disclosure.json").write_bytes(records.write(replace(held.disclosure, demo=False, instructions=told)))
    (place / "delivery.json").write_bytes(records.write(story.deliver(folder.read(place).digest)))
    return {one.name for one in check(folder.read(place), unrepeated) if not one.holds}


def test_assertions_of_the_roster_hold(story: Scene, files: dict[str, bytes], tmp_path: Path) -> None:
    assert failing(story, files, tmp_path / "e", lambda own, ask: own.signed(ask)) == OF_A_DEMO


@pytest.mark.parametrize(
    "sign",
    [
        lambda own, ask: Authenticator().signed(ask),
        lambda own, ask: own.signed(ask, origin=CONSOLE),
        lambda own, ask: own.signed(ask, rp_id="console.localhost"),
        lambda own, ask: own.signed(ask, flags=PRESENT),
        lambda own, ask: own.signed(ask, challenge=bytes(32)),
        lambda own, ask: replace(own.signed(ask), signature=bytes(64)),
    ],
    ids=["another credential", "another origin", "another rp id", "not verified", "something else", "no assertion"],
)
def test_other_assertions_do_not(story: Scene, files: dict[str, bytes], tmp_path: Path, sign: Callable) -> None:
    assert failing(story, files, tmp_path / "e", sign) == {*OF_A_DEMO, "approvals", "verdicts"}
