import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from countenance.cli import main
from countenance.errors import CountenanceError, Malformed, Tampered, Unavailable
from countenance.evidence import folder
from countenance.evidence.folder import Folder
from countenance.evidence.repeat import repeat
from countenance.evidence.verify import check, delivery
from countenance.formats import records
from countenance.vocabulary.acts import Candidacy, Review, Verb
from countenance.vocabulary.disclosures import Instructions, Logged
from countenance.vocabulary.warrants import Approval, Role, Verdict
from evidence import scene
from evidence.scene import Scene


def without_extraction(photo: bytes, template: bytes, extractor: bytes) -> str:
    return "not repeated here"


def failing(place: Path, *, again: Callable[[bytes, bytes, bytes], str] = without_extraction) -> set[str]:
    return {one.name for one in check(folder.read(place), again) if not one.holds}


@pytest.fixture
def place(tmp_path: Path, files: dict[str, bytes]) -> Path:
    return scene.write(tmp_path / "evidence", files)


def test_true_evidence_verifies_whole(place: Path, story: Scene) -> None:
    checks = check(folder.read(place), repeat, story.genesis)
    assert [one.detail for one in checks if not one.holds] == []
    assert [one.number for one in checks] == list(range(2, 13))
    assert "exactly" in checks[8].detail


def found(place: Path) -> bool:
    """Whether anything is noticed. The extraction is left out: its inputs are compared by digest anyway."""
    try:
        return bool(failing(place))
    except (Malformed, Tampered):
        return True


def test_one_flipped_bit_anywhere_is_found(place: Path, files: dict[str, bytes]) -> None:
    chance = random.Random(7)
    for name, data in files.items():
        places = {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(12))}
        for at in sorted(places):
            flipped = bytearray(data)
            flipped[at] ^= 1 << chance.randrange(8)
            (place / name).write_bytes(flipped)
            assert found(place), f"{name} at {at}"
        (place / name).write_bytes(data)
    assert not found(place)


def test_bytes_of_the_delivery_count(place: Path, files: dict[str, bytes]) -> None:
    """`delivery.json` is the one file whose digest stands nowhere: it is proved by the log's key alone."""
    data = files["delivery.json"]
    true = folder.read(place)
    for at in range(0, len(data), 3):
        altered = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(CountenanceError):
            delivery(replace(true, delivery=records.read(Logged, altered)))


@pytest.mark.parametrize("name", ["clip.mp4", "delivery.json", "disclosure.json", "index.html", "probe.png"])
def test_a_missing_file_is_found(place: Path, name: str) -> None:
    (place / name).unlink()
    with pytest.raises(Tampered):
        folder.read(place)


def test_a_file_too_many_a_link_and_a_folder_are_found(place: Path) -> None:
    (place / "extra.txt").write_bytes(b"")
    with pytest.raises(Tampered, match="extra"):
        folder.read(place)
    (place / "extra.txt").unlink()
    (place / "sub").mkdir()
    with pytest.raises(Tampered):
        folder.read(place)
    (place / "sub").rmdir()
    still = (place / "still.jpg").read_bytes()
    (place.parent / "elsewhere.jpg").write_bytes(still)
    (place / "still.jpg").unlink()
    (place / "still.jpg").symlink_to(place.parent / "elsewhere.jpg")
    with pytest.raises(Tampered):
        folder.read(place)


def told_otherwise(place: Path, story: Scene, **changes: object) -> Folder:
    """Evidence whose maker lied in the instructions, with every digest and the delivery in order."""
    held = folder.read(place)
    told = replace(held.disclosure.instructions, **changes)  # type: ignore[arg-type]
    disclosure = replace(held.disclosure, instructions=told)
    (place / "disclosure.json").write_bytes(records.write(disclosure))
    digest = folder.read(place).digest
    (place / "delivery.json").write_bytes(records.write(story.deliver(digest)))
    return folder.read(place)


Change = Callable[[Scene, Instructions], dict[str, object]]


def one_approval(story: Scene, told: Instructions) -> dict[str, object]:
    return {"approvals": told.approvals[:1]}


def one_person_twice(story: Scene, told: Instructions) -> dict[str, object]:
    return {"approvals": (told.approvals[0], told.approvals[0])}


def two_names_one_key(story: Scene, told: Instructions) -> dict[str, object]:
    a, b = story.people["approver-a"], story.people["approver-b"]
    twin = replace(b.person, key=a.person.key)
    act = Approval(scene.WARRANT, 1, told.hash, twin.name, True, "", scene.START)
    forged = scene.signed(
        scene.Ask(scene.DEPLOYMENT, twin.name, "approve", records.write(act), scene.START, bytes(16), bytes(32)),
        twin.name,
        a.key,
    )
    persons = tuple(twin if person.name == twin.name else person for person in told.persons)
    return {"approvals": (told.approvals[0], forged), "persons": persons}


def one_organisation(story: Scene, told: Instructions) -> dict[str, object]:
    return {"persons": tuple(replace(person, organisation="court-b") for person in told.persons)}


def the_requester(story: Scene, told: Instructions) -> dict[str, object]:
    act = Approval(scene.WARRANT, 1, told.hash, "officer-1", True, "", scene.START)
    approval = scene.reasked(story, "officer", Verb.APPROVE, act)
    persons = tuple(replace(person, roles=(*person.roles, Role.APPROVER)) for person in told.persons)
    return {"approvals": (*told.approvals, approval), "persons": persons}


def a_refusal(story: Scene, told: Instructions) -> dict[str, object]:
    act = Approval(scene.WARRANT, 1, told.hash, "authority/dpo-1", False, "too wide", scene.START)
    return {"approvals": (told.approvals[0], scene.reasked(story, "approver-b", Verb.APPROVE, act))}


def another_hash(story: Scene, told: Instructions) -> dict[str, object]:
    act = Approval(scene.WARRANT, 1, bytes(32), "authority/dpo-1", True, "", scene.START)
    return {"approvals": (told.approvals[0], scene.reasked(story, "approver-b", Verb.APPROVE, act))}


def one_verdict(story: Scene, told: Instructions) -> dict[str, object]:
    return {"verdicts": told.verdicts[:1]}


def different(story: Scene, told: Instructions) -> dict[str, object]:
    review = Review(scene.WARRANT, 1, scene.SIGHTING, Verdict.DIFFERENT)
    return {"verdicts": (told.verdicts[0], scene.reasked(story, "reviewer-b", Verb.REVIEW, review))}


def a_dissent_the_log_does_not_know(story: Scene, told: Instructions) -> dict[str, object]:
    review = Review(scene.WARRANT, 1, scene.SIGHTING, Verdict.DIFFERENT)
    signed = scene.reasked(story, "approver-b", Verb.REVIEW, review)
    persons = tuple(replace(person, roles=(*person.roles, Role.REVIEWER)) for person in told.persons)
    return {"verdicts": (*told.verdicts, signed), "persons": persons}


def of_another_sighting(story: Scene, told: Instructions) -> dict[str, object]:
    review = Review(scene.WARRANT, 1, "6" * 32, Verdict.SAME)
    return {"verdicts": (told.verdicts[0], scene.reasked(story, "reviewer-b", Verb.REVIEW, review))}


def another_request(story: Scene, told: Instructions) -> dict[str, object]:
    act = Candidacy(scene.WARRANT, 1, "6" * 32)
    return {"request": scene.reasked(story, "officer", Verb.DISCLOSE, act)}


def another_edge(story: Scene, told: Instructions) -> dict[str, object]:
    return {"edge_key": story.people["officer"].person.key}


def another_helper(story: Scene, told: Instructions) -> dict[str, object]:
    return {"helper_key": story.people["officer"].person.key}


def another_camera(story: Scene, told: Instructions) -> dict[str, object]:
    return {"camera": replace(told.camera, name="hall-west")}


def another_log_key(story: Scene, told: Instructions) -> dict[str, object]:
    return {"genesis": replace(told.genesis, log_key=told.edge_key)}


def no_demo(story: Scene, told: Instructions) -> dict[str, object]:
    return {"genesis": replace(told.genesis, demo=False)}


def smaller_quorum(story: Scene, told: Instructions) -> dict[str, object]:
    return {"genesis": replace(told.genesis, quorum=1), "approvals": told.approvals[:1]}


def an_entry_less(story: Scene, told: Instructions) -> dict[str, object]:
    return {"entries": told.entries[:3] + told.entries[4:]}


def entries_turned_round(story: Scene, told: Instructions) -> dict[str, object]:
    return {"entries": (told.entries[0], *reversed(told.entries[1:]))}


def an_entry_rewritten(story: Scene, told: Instructions) -> dict[str, object]:
    one = told.entries[5]
    entry = one.preimage.entry.replace(b'"incomplete","0"', b'"incomplete","9"')
    forged = replace(one, preimage=replace(one.preimage, entry=entry))
    return {"entries": (*told.entries[:5], forged, *told.entries[6:])}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (one_approval, {"approvals"}),
        (one_person_twice, {"approvals"}),
        (two_names_one_key, {"approvals"}),
        (one_organisation, {"approvals"}),
        (the_requester, {"approvals", "log"}),
        (a_refusal, {"approvals"}),
        (another_hash, {"approvals"}),
        (one_verdict, {"verdicts", "log"}),
        (different, {"verdicts"}),
        (a_dissent_the_log_does_not_know, {"log"}),
        (of_another_sighting, {"verdicts"}),
        (another_request, {"warrant"}),
        (another_edge, {"warrant", "verdicts", "sighting", "log"}),
        (another_helper, {"probe"}),
        (another_camera, {"sighting", "manifest"}),
        (another_log_key, {"deployment", "log", "delivery", "manifest"}),
        (no_demo, {"deployment", "approvals", "verdicts", "manifest"}),
        (smaller_quorum, {"deployment", "approvals", "manifest"}),
        (an_entry_less, {"log"}),
        (entries_turned_round, {"deployment", "log", "delivery", "manifest"}),
        (an_entry_rewritten, {"deployment", "log", "delivery", "manifest"}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_lie_in_the_record_is_found_where_it_was_told(
    place: Path, story: Scene, change: Change, expected: set[str]
) -> None:
    changes = change(story, folder.read(place).disclosure.instructions)
    held = told_otherwise(place, story, **changes)
    assert {one.name for one in check(held, without_extraction) if not one.holds} == expected


def test_another_deployments_genesis_does_not_fit(place: Path, story: Scene) -> None:
    other = replace(story.genesis, deployment="ffffffffffffffff")
    (first, *_) = check(folder.read(place), without_extraction, other)
    assert not first.holds
    assert "another deployment" in first.detail


def test_another_disclosures_delivery_does_not_fit(place: Path, story: Scene) -> None:
    (place / "delivery.json").write_bytes(records.write(story.deliver(bytes(32))))
    assert failing(place) == {"delivery"}
    (place / "delivery.json").write_bytes(records.write(story.logged(4)))
    assert failing(place) == {"delivery"}


def test_a_photo_that_does_not_give_the_template_is_found(story: Scene, files: dict[str, bytes]) -> None:
    photo, template = files["probe.png"], bytearray(files["probe-template.bin"])
    extractor = story.task().warrant.probe.extractor
    with pytest.raises(Unavailable, match="card"):
        repeat(photo, bytes(template), bytes(32))
    opposite = scene.encode.to_bytes(-scene.encode.from_bytes(bytes(template)))
    with pytest.raises(Tampered, match="does not give"):
        repeat(photo, opposite, extractor)
    template[0] ^= 1
    assert "rounding" in repeat(photo, bytes(template), extractor)


def test_the_verb_answers_in_json_and_by_its_exit_code(
    place: Path, story: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    pin = place.parent / "genesis.json"
    pin.write_bytes(records.write(story.genesis))
    assert main.run(["verify", str(place), "--genesis", str(pin), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verified"], answer["pinned"], answer["demo"]) == (True, True, True)
    assert [one["number"] for one in answer["checks"]] == list(range(1, 13))
    (place / "clip.mp4").write_bytes(b"")
    assert main.run(["verify", str(place), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verified"], answer["pinned"]) == (False, False)
    assert main.run(["verify", str(place / "nowhere")]) == 2
    assert "genesis" not in capsys.readouterr().out


def test_without_a_pin_it_says_where_trust_must_come_from(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["verify", str(place)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "public register" in said
    assert "DEMO" in said
    assert "UNWITNESSED" in said
