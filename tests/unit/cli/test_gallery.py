"""gallery init, what `run` starts, what approvers are shown, and what an audit says."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from countenance.cli import gallery_asks, photo
from countenance.cli import run as running
from countenance.cli.gallery_asks import GalleryReading
from countenance.cli.main import run
from countenance.errors import Refused
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.galleries import StandingGallery
from countenance.vocabulary.warrants import Probe
from simulator.gallery import FLIGHT, Watched, camera
from simulator.people import unit

PROBE = Probe(b"i" * 32, b"t" * 32, b"e" * 32, "probe", b"s" * 64)
PASSPHRASE = "correct horse battery staple"
Say = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def place(tmp_path: Path, say: Say) -> Path:
    (tmp_path / "passphrase").write_text(PASSPHRASE + "\n")
    code, _ = say("init", tmp_path / "station", "--demo", "--passphrase-file", tmp_path / "passphrase")
    assert code == 0
    return tmp_path / "station"


def genesis(path: Path) -> Genesis:
    return records.read(Genesis, path.read_bytes())


def test_a_gallery_custodian_is_founded_beside_the_custodian(place: Path, say: Say) -> None:
    code, told = say("gallery", "init", "--shares", "2/3", "--deployment", place)
    assert (code, len(told["shares"]), told["demo"]) == (0, 3, True)
    own, of = genesis(place / "gallery" / "genesis.json"), genesis(place / "genesis.json")
    assert own.deployment == told["deployment"] == f"{of.deployment}/gallery"
    assert own == genesis(place / "gallery.json") == genesis(place / "edge" / "gallery.json")
    assert (own.auditors_key, own.quorum, own.demo) == (of.auditors_key, of.quorum, of.demo)
    assert len({own.custodian_key, of.custodian_key}) == len({own.log_key, of.log_key}) == 2
    assert own.log_origin != of.log_origin
    assert stat.S_IMODE((place / "gallery").stat().st_mode) == 0o700
    assert [path.name for path in place.iterdir() if path.name.startswith(".")] == []
    code, told = say("gallery", "init", "--shares", "2/3", "--deployment", place)
    assert (code, told["error"]) == (1, "refused")


def test_a_founding_that_fails_leaves_nothing(place: Path, say: Say) -> None:
    before = sorted(place.rglob("*"))
    (place.parent / "short").write_text("short\n")
    for words in (("--shares", "3/2"), ("--passphrase-file", place.parent / "short")):
        code, _ = say("gallery", "init", *words, "--deployment", place)
        assert code == 2
    assert sorted(place.rglob("*")) == before


def test_run_starts_it_where_there_is_one(place: Path, say: Say) -> None:
    assert "gallery" not in {program.name for program in running.plan(place, {})}
    say("gallery", "init", "--shares", "2/3", "--deployment", place)
    assert "gallery" in {program.name for program in running.plan(place, {})}


def test_an_audit_reads_its_log_too(place: Path, say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = say("audit", place)
    assert (code, told["gallery"]) == (0, None)
    say("gallery", "init", "--shares", "2/3", "--deployment", place)
    code, told = say("audit", place)
    assert (code, told["gallery"]["entries"], told["gallery"]["rules_checked"]) == (0, 2, True)
    assert told["gallery"]["irregularities"] == []
    assert run(["audit", str(place)]) == 0
    assert capsys.readouterr().out.count("every rule checked") == 2
    journal = place / "gallery" / "log" / "journal"
    journal.write_bytes(journal.read_bytes()[:-1])
    code, told = say("audit", place)
    assert code == 1
    assert told["irregularities"] == []
    assert told["gallery"]["irregularities"]
    journal.unlink()
    assert say("audit", place)[0] == 1


def reading(tmp_path: Path, **changed: object) -> GalleryReading:
    watched = Watched(tmp_path / "gallery")
    brought = [watched.reference(unit(seed)) for seed in range(3)]
    text: StandingGallery = watched.text(tuple(one for one, _ in brought), **changed)
    return GalleryReading(text, records.write(text), {"state": "waiting"})


def test_approvers_are_shown_what_they_sign_and_what_it_costs_strangers(tmp_path: Path) -> None:
    read = reading(tmp_path, purpose="a missing child\x1b[2J")
    said = gallery_asks.printable(gallery_asks.in_words(read))
    for words in ("3 references", "hall: hall (safety), not publicly accessible", "24 hours", read.hash.hex()):
        assert words in said
    assert read.text.decode() in said
    assert "at most one false alert in 10 strangers who pass" in said
    assert "\x1b" not in said


def test_of_a_flights_gallery_approvers_are_shown_flight_kiosks_law_and_how_often_it_is_asked(tmp_path: Path) -> None:
    kiosks = tuple(camera(name, edge=name, place="gate B12") for name in ("gate-a", "gate-b"))
    read = reading(tmp_path, flight=FLIGHT, legal_basis="Border Act, section 7", cameras=kiosks)
    said = gallery_asks.printable(gallery_asks.in_words(read))
    for words in (
        f"{FLIGHT}: its kiosks are told whose face they see",
        "Border Act, section 7",
        "kiosk       gate-a: gate B12",
        "kiosk       gate-b: gate B12",
        "asked at most 5 times",
        "at most one stranger taken for a traveller in 10 strangers who look",
        "3 photos, of travellers",
        read.text.decode(),
        read.hash.hex(),
    ):
        assert words in said
    assert "alert" not in said.partition("The text that is signed")[0]


def test_an_alert_says_what_to_do_next_and_no_score() -> None:
    line = gallery_asks.alert_line(
        {"moment": 1728001500000, "camera": "hall", "reference": "ab", "gallery": "cd", "sighting": "ef"}
    )
    assert "warrant draft --camera hall --from 2024-10-04T00:00:00Z --to 2024-10-04T01:00:00Z" in line
    assert "score" not in line


def test_every_photo_that_cannot_be_a_reference_is_named_and_nothing_is_drafted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [(f"{number:016x}", tmp_path / f"photo-{number}.jpg") for number in range(3)]
    extracted = []

    def brought(_deployment: Path, path: Path, name: str, *, most: int, standing: str) -> photo.Brought:
        assert standing == "gallery"
        if path != photos[1][1]:
            raise Refused(f"{path.name}: this photo is too poor")
        extracted.append(name)
        return photo.Brought(PROBE, (b"",), 80, ())

    monkeypatch.setattr(photo, "brought", brought)
    with pytest.raises(Refused, match="2 of 3 photos cannot be taken") as raised:
        gallery_asks.all_extracted(tmp_path, photos)
    assert all(str(raised.value).count(f"photo-{number}.jpg") == (number != 1) for number in range(3))
    assert [one.reference for one, _ in gallery_asks.all_extracted(tmp_path, photos[1:2])] == extracted[1:]
