"""audit: a good copy passes with key, with journal, with neither; whatever is missing, changed or added is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from countenance.crypto import keypair
from countenance.crypto.sign import SigningKey
from countenance.evaluation import sequential
from countenance.log import audit, leaf, lives
from countenance.log.checkpoint import write_note
from countenance.log.cosignature import cosign, joined
from countenance.log.merkle import Tree
from countenance.vocabulary.assurance import Assurance
from countenance.vocabulary.entries import Kind, Preimage, Witness

from .stories import AUDITORS, GENESIS, LOG_KEY, MINUTE, entry, fetching, kept, opening, preimages, published, story

HIDDEN = preimages(story())
JOURNAL = kept(HIDDEN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    published(tmp_path, HIDDEN)
    return tmp_path


def words(report: audit.Report) -> list[str]:
    return [one.what for one in report.irregularities]


def test_a_good_log_passes(folder: Path) -> None:
    for unseal, journal, verified in (
        (opening(), None, 26),
        (None, JOURNAL, 26),
        (opening(), JOURNAL, 26),
        (None, None, 0),
    ):
        report = audit.examine(fetching(folder), GENESIS, unseal, journal, beyond=sequential.beyond)
        assert report.irregularities == ()
        assert (report.entries, report.published, report.verified, report.pending) == (26, 26, verified, 0)
    figures = dict(audit.examine(fetching(folder), GENESIS, opening(), beyond=sequential.beyond).figures)
    assert figures["authorised"] == 3
    assert figures["erased"] == 1


def test_what_is_not_yet_published_counts_as_there(tmp_path: Path) -> None:
    published(tmp_path, HIDDEN[:12])
    for unseal in (None, opening()):
        report = audit.examine(fetching(tmp_path), GENESIS, unseal, JOURNAL, beyond=sequential.beyond)
        assert (report.entries, report.published, report.verified) == (26, 12, 26)
        assert report.irregularities == ()
    nothing = audit.examine(lambda _: None, GENESIS, None, JOURNAL, beyond=sequential.beyond)
    assert (nothing.entries, nothing.published, nothing.irregularities) == (26, 0, ())


def test_an_act_under_way_at_the_published_end_is_pending(tmp_path: Path) -> None:
    published(tmp_path, HIDDEN[:12])
    report = audit.examine(fetching(tmp_path), GENESIS, opening(), beyond=sequential.beyond)
    assert (report.pending, report.irregularities) == (1, ())


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def flip(name: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[len(data) // 2 + 5] ^= 1
        (folder / name).write_bytes(data)

    return act


@pytest.mark.parametrize(
    ("what", "spoil"),
    [
        ("there is no checkpoint", remove("checkpoint")),
        ("checkpoint", flip("checkpoint")),
        ("missing or damaged", remove("tile/entries/000.p/26")),
        ("do not lead to the checkpoint's root", flip("tile/entries/000.p/26")),
        ("tile tile/0/000.p/26", flip("tile/0/000.p/26")),
        ("tile tile/0/000.p/26", remove("tile/0/000.p/26")),
        ("its sealed preimage is missing", remove("preimages/007")),
        ("does not open", flip("preimages/007")),
    ],
)
def test_every_fault_in_the_copy_is_named(folder: Path, what: str, spoil: Callable[[Path], None]) -> None:
    spoil(folder)
    assert any(
        what in said for said in words(audit.examine(fetching(folder), GENESIS, opening(), beyond=sequential.beyond))
    )


def test_a_checkpoint_of_another_key_or_tree(folder: Path) -> None:
    root = Tree([leaf.leaf_data(preimage) for preimage in HIDDEN]).root()
    for note in (
        write_note(GENESIS.log_origin, 26, root, SigningKey.generate()),
        write_note("another", 26, root, LOG_KEY),
        write_note(GENESIS.log_origin, 26, bytes(32), LOG_KEY),
        write_note(GENESIS.log_origin, 25, root, LOG_KEY),
    ):
        (folder / "checkpoint").write_text(note, encoding="utf-8")
        assert words(audit.examine(fetching(folder), GENESIS, beyond=sequential.beyond))


def test_preimages_that_belong_elsewhere(folder: Path) -> None:
    first, second = folder / "preimages/003", folder / "preimages/004"
    a, b = first.read_bytes(), second.read_bytes()
    first.write_bytes(b)
    second.write_bytes(a)
    found = audit.examine(fetching(folder), GENESIS, opening(), beyond=sequential.beyond).irregularities
    assert [one.index for one in found if "open" in one.what] == [3, 4]
    second.write_bytes(b)
    first.write_bytes(leaf.sealed(HIDDEN[4], AUDITORS.public, GENESIS.log_origin, 3))
    assert "its preimage is not that of its leaf" in words(
        audit.examine(fetching(folder), GENESIS, opening(), beyond=sequential.beyond)
    )


def test_another_key_opens_nothing(folder: Path) -> None:
    report = audit.examine(fetching(folder), GENESIS, opening(keypair.generate().private), beyond=sequential.beyond)
    assert report.verified == 0
    assert len(report.irregularities) == 26


def test_a_rewritten_journal_is_named(folder: Path) -> None:
    other = kept([*HIDDEN[:5], Preimage(bytes(32), HIDDEN[5].entry), *HIDDEN[6:]])
    report = audit.examine(fetching(folder), GENESIS, None, other, beyond=sequential.beyond)
    assert [(one.index, "another entry" in one.what) for one in report.irregularities] == [(5, True)]
    shorter = audit.examine(fetching(folder), GENESIS, None, kept(HIDDEN[:20]), beyond=sequential.beyond)
    assert shorter.irregularities[0].index == 20


def test_a_journal_that_is_not_its_checkpoints_is_named(folder: Path) -> None:
    for checkpoint in (kept(HIDDEN[1:]).checkpoint, kept([*HIDDEN, HIDDEN[0]]).checkpoint, "junk"):
        report = audit.examine(
            fetching(folder), GENESIS, None, audit.Journal(tuple(HIDDEN), checkpoint), beyond=sequential.beyond
        )
        assert [one.index for one in report.irregularities] == [-1]
    behind = audit.Journal(tuple(HIDDEN), kept(HIDDEN[:-1]).checkpoint)
    assert audit.examine(fetching(folder), GENESIS, None, behind, beyond=sequential.beyond).irregularities == ()


def test_a_log_that_grew_meanwhile_has_the_full_tile(tmp_path: Path) -> None:
    many = preimages([*story(), *[entry(Kind.MALFORMED, 40 * MINUTE, count="1")] * 240])
    published(tmp_path / "old", many[:26])
    published(tmp_path / "new", many)
    (tmp_path / "new/checkpoint").write_bytes((tmp_path / "old/checkpoint").read_bytes())
    assert audit.examine(fetching(tmp_path / "new"), GENESIS, beyond=sequential.beyond).irregularities == ()


def test_rules_are_checked_through_key_and_through_journal(tmp_path: Path) -> None:
    log = story()
    log[10] = entry(Kind.MALFORMED, 3_500, count="1")
    hidden = preimages(log)
    published(tmp_path, hidden)
    journal = kept(hidden)
    for report in (
        audit.examine(fetching(tmp_path), GENESIS, opening(), beyond=sequential.beyond),
        audit.examine(fetching(tmp_path), GENESIS, None, journal, beyond=sequential.beyond),
    ):
        assert any(one.index == 11 for one in report.irregularities)
    assert audit.examine(fetching(tmp_path), GENESIS, beyond=sequential.beyond).irregularities == ()


def test_what_warrants_came_to(folder: Path) -> None:
    report = audit.examine(fetching(folder), GENESIS, opening(), beyond=sequential.beyond)
    first, second = report.lives
    assert (first.warrant, first.requester, first.versions, first.uses) == ("w1", "officer-1", 2, 2)
    assert (first.approvals, first.declined, first.searches, first.candidates) == (2, 0, 1, 1)
    assert (first.stills, first.confirmed, first.not_confirmed, first.disclosures, first.unknown) == (1, 1, 0, 1, 1)
    assert (second.searches, second.approvals, second.cameras) == (0, 0, None)
    figures = dict(report.figures)
    assert figures["searches_by_purpose"] == {"not said": 1}
    assert (figures["searches"], figures["confirmed_share"], figures["urgent_share"]) == (1, 1.0, None)
    assert figures["alarms"] == 1


def test_figures_say_what_entries_say() -> None:
    asked = [
        entry(Kind.DRAFTED, 1, warrant="a", cameras="2", hours="3", purpose="missing person", kind="urgent"),
        entry(Kind.DRAFTED, 2, warrant="b", cameras="4", hours="24", purpose_digest="ab" * 32, kind="ordinary"),
        entry(Kind.AUTHORISED, 3, of=1, warrant="b", act="search"),
        entry(Kind.AUTHORISED, 3, of=1, warrant="b", act="search"),
    ]
    told = lives.figures(asked, lives.lives(asked))
    assert told["searches_by_purpose"] == {"abababababab": 2}
    assert (told["median_cameras"], told["median_hours"], told["urgent_share"]) == (3.0, 13.5, 0.5)


def test_two_organisations_make_a_log_witnessed(tmp_path: Path) -> None:
    keys = {name: SigningKey.generate() for name in ("w.example", "v.example", "u.example")}
    homes = {"w.example": "press", "v.example": "press", "u.example": "university"}
    added = [
        entry(
            Kind.WITNESS,
            31 * MINUTE,
            witness=name,
            organisation=homes[name],
            url="",
            key=key.public.hex(),
            change="added",
        )
        for name, key in keys.items()
    ]
    hidden = preimages([*story(), *added])
    published(tmp_path, hidden)
    note = (tmp_path / "checkpoint").read_text()
    lines = {name: cosign(note, name, key, 5) for name, key in keys.items()}
    for names, level in (
        ([], Assurance.SINGLE_HOST),
        (["w.example", "v.example"], Assurance.SINGLE_HOST),
        (["w.example", "u.example"], Assurance.SINGLE_HOST),
    ):
        (tmp_path / "checkpoint").write_text(joined(note, [lines[name] for name in names]))
        report = audit.examine(fetching(tmp_path), GENESIS, opening(), beyond=sequential.beyond)
        assert (report.assurance, report.cosigned, report.irregularities) == (level, tuple(names), ())
    told = [Witness(name, name, "", keys[name].public) for name in ("w.example", "u.example")]
    assert audit.examine(fetching(tmp_path), GENESIS, None, None, told, beyond=sequential.beyond).cosigned == (
        "w.example",
        "u.example",
    )
    assert audit.examine(fetching(tmp_path), GENESIS, beyond=sequential.beyond).assurance is Assurance.SINGLE_HOST
    (tmp_path / "checkpoint").write_text(
        joined(note, [cosign(note.replace("29", "28", 1), "w.example", keys["w.example"], 5)])
    )
    assert any(
        "w.example" in what
        for what in words(audit.examine(fetching(tmp_path), GENESIS, opening(), beyond=sequential.beyond))
    )
