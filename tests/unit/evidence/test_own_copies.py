"""A copy for the person themselves: asked for at a kiosk, made by the real processes, verified by anybody, offline."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from countenance.cli import main
from countenance.crypto import segment
from countenance.evidence import folder, unpacking
from countenance.evidence.folder import Folder
from countenance.evidence.repeat import repeat
from countenance.evidence.verify import check
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Hour
from countenance.vocabulary.rights import Wish
from countenance.vocabulary.warrants import Subject, Warrant, WarrantKind
from countenance.zones.custodian import edges
from evidence import scene
from evidence.conftest import serving
from evidence.test_with_the_custodian import passed_by, running
from simulator.counted import calibrated
from simulator.court import LAST_HOUR, sitting
from simulator.kiosk import Capture, Kiosk, of_custodian


@dataclass
class Made:
    """The folder at `out`, and the genesis record it is held against."""

    out: Path
    genesis: Genesis

    @property
    def held(self) -> Folder:
        return folder.read(self.out)

    def failing(self, held: Folder) -> set[str]:
        return {one.name for one in check(held, lambda *_: "not repeated here", self.genesis) if not one.holds}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Somebody asks for deletion and a copy; two clerks, two reviewers; a clerk has it made."""
    place = tmp_path_factory.mktemp("copy")
    (place / "sockets").mkdir()
    with pytest.MonkeyPatch.context() as patch, sitting() as court:
        for name, value in (("HOUR", LAST_HOUR), ("START", Hour(LAST_HOUR).start + 60_000), ("EDGE", "edge-1")):
            patch.setattr(scene, name, value)
        template, extractor = scene.extracted(scene.portrait())
        store = passed_by(court, extractor, template)
        court.tell()
        calibrated(court.zone.opened, extractor=extractor, group="hall", cameras=("hall-east",))
        kiosk = Kiosk(court.zone.genesis, of_custodian(lambda: court.zone.opened), court.zone.clock)
        edges.enrol(court.zone.opened, kiosk.identity)
        capture = Capture(template, scene.portrait(), extractor)
        text = kiosk.text(bytes(16), capture, Wish.DELETE)
        assert text.subject is not None
        text = replace(text, subject=replace(text.subject, copy=True))
        filing = kiosk.filing(text, capture)
        kiosk.file(filing)
        court.filed[text.warrant, 1], store.photo = filing.papers, filing.blobs[4]
        for name in ("clerk-1", "clerk-2"):
            court.say(name, text)
        court.search(text, "clerk-1")
        court.confirm(text, scene.SIGHTING)
        with serving(place / "sockets" / "repository", store), running(place):
            answer, sealed = court.disclose(text, scene.SIGHTING, place / "sockets" / "evidence", "clerk-1")
        unpacking.unpack(segment.decrypt(bytes.fromhex(answer["key"]), sealed), place / "evidence")
        (place / "genesis.json").write_bytes(records.write(court.zone.genesis))
        yield Made(place / "evidence", court.zone.genesis)


def test_everything_of_it_holds_and_it_says_whose_it_is(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    held = made.held
    assert [one for one in check(held, repeat, made.genesis) if not one.holds] == []
    assert held.disclosure.composed.uncovered == len(scene.WALK)
    genesis = str(made.out.parent / "genesis.json")
    with pytest.raises(SystemExit) as ended:
        main.main(["verify", str(made.out), "--genesis", genesis])
    said = " ".join(capsys.readouterr().out.split())
    assert not ended.value.code
    assert "A copy for the person themselves" in said
    assert "2 clerks" in said
    with pytest.raises(SystemExit):
        main.main(["verify", str(made.out), "--genesis", genesis, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["verified"], told["for_themselves"]) == (True, True)


def test_its_page_speaks_to_the_person(made: Made) -> None:
    page = (made.out / "index.html").read_text(encoding="utf-8")
    assert "Copy for the person themselves under warrant" in page
    assert "asked about themselves at a desk" in page
    assert "case file" not in page


def spoken(held: Folder, **changed: object) -> Folder:
    instructions = replace(held.disclosure.instructions, **changed)  # type: ignore[arg-type] - what a test alters
    return replace(held, disclosure=replace(held.disclosure, instructions=instructions))


def altered(held: Folder, text: Warrant) -> Folder:
    return replace(held, warrant=text)


def test_one_clerk_is_not_enough(made: Made) -> None:
    held = made.held
    approvals = held.disclosure.instructions.approvals
    # Whoever is left, one clerk is too few, and the other one's word was not asked for this copy.
    for kept in (approvals[:1], approvals[1:]):
        assert "approvals" in made.failing(spoken(held, approvals=kept))


def test_a_request_that_asked_for_no_copy_verifies_as_none(made: Made) -> None:
    held = made.held
    said = held.warrant.subject
    assert said is not None
    for subject in (replace(said, copy=False), None, Subject(said.wish, said.code_hash, said.consent, True)):
        assert "warrant" in made.failing(altered(held, replace(held.warrant, subject=subject)))


def test_no_officers_warrant_passes_for_it(made: Made) -> None:
    held = made.held
    ordinary = replace(held.warrant, kind=WarrantKind.ORDINARY)
    assert {"warrant", "approvals"} <= made.failing(altered(held, ordinary))
