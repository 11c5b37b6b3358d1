"""Templates are made anew under an order with its quorum, an entry before and after each sheet, and nothing is lost."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from countenance.channel.message import Message
from countenance.crypto import derive
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.formats import canonical, records
from countenance.log import rules
from countenance.matching import encode, mask
from countenance.vocabulary.acts import Candidacy, Nothing, Order, Restriction, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.migration import Batch, MigrationOrder
from countenance.vocabulary.sightings import Lease
from countenance.vocabulary.warrants import Approval, Probe, ProbeBinding, Warrant
from countenance.zones.custodian import batches, migration, remaking, rewriting, sheets, warming
from countenance.zones.custodian.migration import MigrationState
from countenance.zones.custodian.remaking import Remade
from countenance.zones.custodian.sheets import BARE, LIVING, TAGGED, NextSheet, Sheet
from simulator.counted import calibrated
from simulator.court import LAST_HOUR, THIS_HOUR, Court, evidence_process, sitting
from simulator.people import EXTRACTOR, HOUR, PHOTO, SUBJECT, limits, near, unit
from simulator.second import Pair
from simulator.zone import Zone

HERE = ("hall-east", LAST_HOUR, 0)
NAME = sheets.sheet_key(*HERE)
NEW = hashlib.sha256(b"another extractor").digest()
DIMENSION = 160
MIGRATION = "ab" * 8
PROBE = unit(40, DIMENSION)
QUORUM = ("supervisor-1", "court-b/judge-1")


@pytest.fixture(params=[Zone, Pair])
def court(request: pytest.FixtureRequest) -> Iterator[Court]:
    with sitting(kind=request.param) as court:
        yield court


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


class Extractor:
    """What answers like the evidence process: templates of the new extractor by sighting, None for a faceless still."""

    def __init__(self, court: Court) -> None:
        self.court = court
        self.faces: dict[str, np.ndarray | None] = {}
        self.meanwhile: Callable[[], object] = lambda: None
        self.answer: Callable[[Message], Message] = lambda answer: answer

    def prepare(self, message: Message) -> Message:
        if message.body != {"extractor": NEW.hex(), "dimension": DIMENSION}:
            raise Unavailable("another extractor")
        return Message("prepared")

    def reextract(self, message: Message) -> Message:
        batch = records.read(Batch, canonical.write(message.body["batch"]))
        block, stills, nonces, *pads = message.blobs
        held = {one.sighting.record.sighting: one.sighting for here in self.court.rows.values() for one in here}
        rows, without = [], []
        for index, name in enumerate(batch.sightings):
            lease = self.court.leases[HERE[:2]]
            assert batch.stills[index] == held[name].record.still_digest
            assert stills[32 * index : 32 * index + 32] == still_key(self.court, lease, held[name].nonce, name)
            face = self.faces.get(name, unit(index + 900, DIMENSION))
            if face is None:
                without.append(index)
            else:
                row = mask.mask(encode.encode(face), block, nonces[16 * index : 16 * index + 16])
                size = 2 * DIMENSION
                rows.append(mask.added(row, pads[0][size * index : size * (index + 1)]) if pads else row)
        self.meanwhile()
        return self.answer(Message("reextracted", {"without": without, "altered": []}, (b"".join(rows),)))

    def handlers(self) -> dict[str, Callable[[Message], Message]]:
        return {"prepare": self.prepare, "reextract": self.reextract}


def still_key(court: Court, lease: Lease, nonce: bytes, name: str) -> bytes:
    values = court.zone.values(court.edge, lease)
    return derive.combined(*(derive.still_key(one.block_key, nonce, name) for one in values))


def order(court: Court, **changed: object) -> MigrationOrder:
    made = MigrationOrder(
        deployment=court.zone.genesis.deployment,
        migration=MIGRATION,
        cameras=("hall-east",),
        first=LAST_HOUR - 5,
        last=THIS_HOUR,
        old=EXTRACTOR,
        new=NEW,
        dimension=DIMENSION,
        requester="operator-1",
        made=court.zone.clock(),
        expires=court.zone.clock() + 24 * HOUR,
        reason="a better extractor",
    )
    return replace(made, **changed)


def say(court: Court, name: str, about: MigrationOrder, *, approves: bool = True, **changed: object) -> dict:
    word = Approval(about.migration, 1, records.digest(about), name, approves, "" if approves else "no", 0)
    return court.ask(name, Verb.APPROVE, replace(word, **changed))


def approved(court: Court, **changed: object) -> MigrationOrder:
    about = order(court, **changed)
    court.ask(about.requester, Verb.MIGRATE, about)
    for name in QUORUM:
        say(court, name, about)
    return about


def status(court: Court, name: str = "operator-1") -> dict:
    (line,) = court.ask(name, Verb.MIGRATIONS, Nothing())["migrations"]
    return line


def populated(court: Court, strangers: int = 5) -> list[str]:
    found = [court.pass_by(near(SUBJECT, 0.8, 9))] + [court.pass_by(unit(seed + 100)) for seed in range(strangers)]
    court.tell()
    return found


def sheet(court: Court) -> Sheet:
    return sheets.the(court.zone.opened, *HERE)


def asked(court: Court, verb: str, generation: int) -> Message:
    body = dict(zip(("camera", "hour", "number", "generation"), (*HERE, generation), strict=True))
    return Message(verb, body, () if verb == "sheet.rewritten" else court.parts(*HERE, generation))


def present(court: Court, path: Path) -> Message:
    return remaking.rewrite(court.zone.opened, asked(court, "sheet.rewrite", sheet(court).generation), path)


def written(court: Court, answer: Message) -> None:
    """What the repository does with the answer: the new file, then `sheet.rewritten`."""
    generation = sheet(court).generation
    old = {one.position: one for one in court.sheet(*HERE, generation)}
    rows, macs = answer.blobs
    size, kept = 2 * answer.body["dimension"], []
    assert answer.body["replaced"] is True
    for position, before in enumerate(answer.body["positions"]):
        row = old[before]
        row.row, row.mac = rows[size * position : size * position + size], macs[16 * position : 16 * position + 16]
        row.position, row.generation = position, generation + 1
        kept.append(row)
    bare = [row for row in old.values() if row not in kept]
    for row in bare:
        row.generation = -1
    done(court, generation + 1)


def done(court: Court, generation: int) -> None:
    rewriting.rewritten(court.zone.opened, asked(court, "sheet.rewritten", generation))
    remaking.settle(court.zone.opened)


def warrant(court: Court, number: str = "12" * 8) -> tuple[Warrant, bytes]:
    """A signed warrant with a probe by the new extractor."""
    template = encode.to_bytes(encode.encode(PROBE))
    bound = ProbeBinding(hashlib.sha256(PHOTO).digest(), hashlib.sha256(template).digest(), NEW, "probe")
    signature = court.zone.probe.signing.sign(records.write(bound))
    probe = Probe(bound.image_digest, bound.template_digest, NEW, "probe", signature)
    if not any(one.extractor == NEW for one in court.zone.opened.desk.calibrations):
        calibrated(court.zone.opened, extractor=NEW)
    text = court.text(warrant=number, probe=probe, limits=limits(uses=9))
    court.file(text, template=template)
    for name in QUORUM:
        court.say(name, text)
    return text, template


def unchanged(court: Court) -> tuple[object, ...]:
    store = court.zone.opened.store
    return (
        sheet(court).to_bytes(),
        store.kept(NextSheet, NAME),
        list(store.all(Remade)),
        list(store.all(MigrationState)),
    )


def irregular(court: Court) -> list[str]:
    found, _ = rules.check(tuple(court.zone.opened.sequencer.entries()), court.zone.genesis)
    return [one.what for one in found]


def test_an_approved_order_makes_every_template_anew_and_the_new_probe_finds_the_person(
    court: Court, path: Path
) -> None:
    names = populated(court)
    before, text = sheet(court), warrant(court)[0]
    answer = court.search(text)
    assert (answer["candidates"], sorted(answer["not_compared"])) == ([], sorted(names))
    about, extractor = approved(court), Extractor(court)
    extractor.faces = {names[0]: near(PROBE, 0.8, 41), names[3]: None}
    assert status(court)["state"] == "running"
    assert remaking.told(court.zone.opened, besides=[]) == [[*HERE, 0]]
    assert remaking.told(court.zone.opened, besides=[[*HERE, 0]]) == []
    with evidence_process(path, **extractor.handlers()) as heard:
        answer = present(court, path)
    assert [one.verb for one in heard] == ["prepare", "reextract"]
    assert answer.body["positions"] == [0, 1, 2, 4, 5]
    assert (answer.body["extractor"], answer.body["dimension"]) == (NEW.hex(), DIMENSION)
    assert sheet(court).to_bytes() == before.to_bytes(), "until the repository has it, the old generation counts"
    written(court, answer)

    after = sheet(court)
    assert (after.generation, after.extractor, after.dimension, after.rows) == (1, NEW, DIMENSION, 6)
    assert after.states.tolist() == [LIVING | TAGGED] * 5 + [LIVING | BARE]
    assert {after.piece_nonce(k) for k in range(6)} == {before.nonce(k) for k in range(6)}
    assert not {after.nonce(k) for k in range(6)} & {before.nonce(k) for k in range(6)}
    assert after.sighting(5) == names[3]
    answer = court.search(text)
    assert (answer["candidates"], answer["rows"], answer["not_compared"]) == ([names[0]], 5, [names[3]])
    assert "1 sightings have no template" in answer["incomplete"][0]
    line = status(court)
    assert (line["state"], line["sheets"], line["sheets_left"]) == ("done", 1, 0)
    assert (line["sightings"], line["sightings_left"], line["without_template"]) == (6, 0, 1)
    assert line["sightings_without_template"] == [names[3]]
    kinds = [kind for kind in court.zone.kinds() if kind.value.startswith("migrat")]
    assert kinds == [Kind.MIGRATION_DRAFTED, Kind.MIGRATING, Kind.MIGRATED]
    assert court.facts(Kind.MIGRATED)[0] == {
        **court.facts(Kind.MIGRATING)[0],
        **{"rows": "5", "without": "1", "altered": "0"},
    }
    assert court.facts(Kind.MIGRATING)[0]["hash"] == records.digest(about).hex()
    assert irregular(court) == []


def test_still_and_patches_open_as_before(court: Court, path: Path) -> None:
    """The key of the still is derived from the old nonce, for a candidate of the new extractor."""
    names = populated(court)
    extractor, text = Extractor(court), warrant(court)[0]
    extractor.faces = {names[0]: near(PROBE, 0.8, 41)}
    approved(court)
    with evidence_process(path, **extractor.handlers()):
        written(court, present(court, path))
    assert court.search(text)["candidates"] == [names[0]]
    made = court.rows[HERE[:2]][0].sighting
    shown = court.look("reviewer-1", text, names[0])
    assert shown["still_key"] == still_key(court, court.leases[HERE[:2]], made.nonce, names[0]).hex()


@pytest.mark.parametrize(
    ("people", "sentence"),
    [((), "0 of the 2"), (("supervisor-1",), "1 of the 2"), (("supervisor-1", "supervisor-2"), "one organisation")],
)
def test_without_its_quorum_nothing_is_opened(court: Court, path: Path, people: tuple[str, ...], sentence: str) -> None:
    populated(court)
    about = order(court)
    court.ask("operator-1", Verb.MIGRATE, about)
    for name in people:
        say(court, name, about)
    before, kinds = unchanged(court), court.zone.kinds()
    assert remaking.told(court.zone.opened, besides=[]) == []
    with evidence_process(path, **Extractor(court).handlers()) as heard, pytest.raises(Refused, match="not to be"):
        present(court, path)
    assert (heard, unchanged(court), court.zone.kinds()) == ([], before, kinds)
    assert status(court)["state"] == "waiting"
    with pytest.raises(Refused, match=sentence):
        migration.permitted(court.zone.opened, migration.the(court.zone.opened, MIGRATION))


def test_an_approval_taken_back_or_an_expiry_stops_it(court: Court, path: Path) -> None:
    populated(court)
    about = approved(court)
    say(court, "supervisor-1", about, approves=False)
    assert remaking.told(court.zone.opened, besides=[]) == []
    say(court, "supervisor-2", about)
    assert remaking.told(court.zone.opened, besides=[]) == [[*HERE, 0]]
    court.zone.clock.now = about.expires
    assert remaking.told(court.zone.opened, besides=[]) == []
    assert not remaking.wanted(court.zone.opened, asked(court, "sheet.rewrite", 0))
    assert status(court)["state"] == "expired"
    with pytest.raises(Refused, match="expired"):
        say(court, "court-b/judge-2", about)


def test_a_word_taken_back_stays_so_when_a_crash_kept_it_from_the_store(court: Court) -> None:
    about = approved(court)
    state = migration.the(court.zone.opened, MIGRATION)
    say(court, "supervisor-1", about, approves=False)
    court.zone.opened.store.put(state, MIGRATION)
    assert status(court)["approvals"] == [*QUORUM]
    court.zone.reopen()
    assert status(court)["approvals"] == ["court-b/judge-1"]


@pytest.mark.parametrize(
    ("name", "changed", "sentence"),
    [
        ("clerk-1", {"requester": "clerk-1"}, "role operator"),
        ("officer-1", {}, "own name"),
        ("operator-1", {"deployment": "elsewhere"}, "another deployment"),
        ("operator-1", {"migration": "no id"}, "16 hex"),
        ("operator-1", {"new": b"short"}, "32 bytes"),
        ("operator-1", {"dimension": 0}, "dimension"),
        ("operator-1", {"new": EXTRACTOR}, "already"),
        ("operator-1", {"cameras": ()}, "no camera"),
        ("operator-1", {"cameras": ("hall-east", "hall-east")}, "twice"),
        ("operator-1", {"cameras": ("roof",)}, "declared by nobody"),
        ("operator-1", {"first": THIS_HOUR + 1}, "before it starts"),
        ("operator-1", {"reason": " "}, "reason"),
        ("operator-1", {"expires": 5}, "expired"),
        ("operator-1", {"expires": 10**15}, "30 days"),
        ("operator-1", {"made": 10**15, "expires": 10**15 + 1}, "future"),
    ],
)
def test_an_order_that_no_approval_could_lift_is_refused_when_it_is_drafted(
    court: Court, name: str, changed: dict[str, object], sentence: str
) -> None:
    with pytest.raises((Refused, Malformed), match=sentence):
        court.ask(name, Verb.MIGRATE, order(court, **changed))
    assert court.zone.opened.store.count(MigrationState) == 0
    assert Kind.MIGRATION_DRAFTED not in court.zone.kinds()


def test_an_id_is_drafted_once(court: Court) -> None:
    court.ask("operator-1", Verb.MIGRATE, order(court))
    filed = court.text()
    court.file(filed)
    for used in (MIGRATION, filed.warrant):
        with pytest.raises(Refused, match="new id"):
            court.ask("operator-1", Verb.MIGRATE, order(court, migration=used, reason="another"))
    assert court.zone.opened.store.count(MigrationState) == 1


@pytest.mark.parametrize(
    ("name", "changed", "sentence"),
    [
        ("reviewer-1", {}, "role approver"),
        ("supervisor-1", {"person": "supervisor-2"}, "own name"),
        ("supervisor-1", {"hash": bytes(32)}, "not the text"),
        ("supervisor-1", {"number": 2}, "not the text"),
        ("supervisor-1", {"approves": False, "reason": " "}, "needs a reason"),
    ],
)
def test_a_word_that_does_not_count_is_refused(
    court: Court, name: str, changed: dict[str, object], sentence: str
) -> None:
    about = order(court)
    court.ask("operator-1", Verb.MIGRATE, about)
    with pytest.raises(Refused, match=sentence):
        say(court, name, about, **changed)
    assert migration.the(court.zone.opened, MIGRATION).approvals == ()
    assert Kind.APPROVED not in court.zone.kinds()


def test_who_asks_never_approves_and_nobody_twice(court: Court) -> None:
    about = order(court, requester="officer-2")
    court.ask("officer-2", Verb.MIGRATE, about)
    with pytest.raises(Refused, match="never approves"):
        say(court, "officer-2", about)
    say(court, "supervisor-1", about)
    with pytest.raises(Refused, match="once is enough"):
        say(court, "supervisor-1", about)


def test_key_files_count_in_demo_deployments_only(path: Path) -> None:
    with sitting(demo=False) as court:
        populated(court)
        about = order(court)
        court.ask("operator-1", Verb.MIGRATE, about)
        with pytest.raises(Refused, match="hardware keys"):
            say(court, "supervisor-1", about)
        assert remaking.told(court.zone.opened, besides=[]) == []


def test_an_hour_that_still_fills_waits(court: Court) -> None:
    court.pass_by(unit(3), hour=THIS_HOUR)
    court.tell()
    approved(court)
    assert remaking.told(court.zone.opened, besides=[]) == []
    assert status(court)["sheets_left"] == 1
    court.zone.clock.now += HOUR
    assert remaking.told(court.zone.opened, besides=[]) == [["hall-east", THIS_HOUR, 0, 0]]


def test_what_is_erased_meanwhile_is_erased_in_both_and_a_search_goes_on(court: Court, path: Path) -> None:
    names = populated(court)
    text, extractor = court.approved(limits=limits(uses=9)), Extractor(court)
    approved(court)

    def meanwhile() -> None:
        assert court.search(text)["candidates"] == [names[0]]
        erased = court.ask("clerk-1", Verb.RESTRICT, Restriction((names[2],), "asked"))
        for name in QUORUM:
            court.ask(name, Verb.ORDER, Order(erased["request"], bytes.fromhex(erased["digest"])))
        court.pass_by(unit(77))

    extractor.meanwhile = meanwhile
    with evidence_process(path, **extractor.handlers()):
        answer = present(court, path)
    assert answer.body["positions"] == [0, 1, 3, 4, 5]
    assert court.rows[HERE[:2]][-1].number == 1, "new rows go to another sheet"
    written(court, answer)
    assert sheet(court).position(names[2]) is None
    assert court.facts(Kind.MIGRATED)[0]["rows"] == "5"
    assert irregular(court) == []


def test_killed_at_any_moment_it_is_asked_again(court: Court, path: Path) -> None:
    names = populated(court)
    extractor, text = Extractor(court), warrant(court)[0]
    extractor.faces = {names[0]: near(PROBE, 0.8, 41)}
    approved(court)
    old = sheet(court).to_bytes()

    class KilledError(BaseException):
        pass

    def kill() -> None:
        extractor.meanwhile = lambda: None
        court.zone.crash()

    with evidence_process(path, **extractor.handlers()):
        extractor.meanwhile = kill
        with pytest.raises(CountenanceError):
            present(court, path)
        court.zone.open()
        assert sheet(court).to_bytes() == old
        with pytest.raises(Refused):
            done(court, 1)
        present(court, path)
        court.zone.reopen()
        assert sheet(court).to_bytes() == old
        assert remaking.told(court.zone.opened, besides=[]) == [[*HERE, 0]]
        answer = present(court, path)
        court.zone.reopen()
        before = len(court.zone.kinds())
        written(court, answer)
    assert court.zone.kinds()[before:] == [Kind.MIGRATED]
    done(court, 1)
    court.zone.reopen()
    assert court.zone.kinds().count(Kind.MIGRATED) == 1
    assert court.search(text)["candidates"] == [names[0]]
    assert irregular(court) == []


def test_the_entry_after_it_is_made_up_for_after_a_crash(court: Court, path: Path) -> None:
    populated(court)
    approved(court)
    with evidence_process(path, **Extractor(court).handlers()):
        present(court, path)
    rewriting.rewritten(court.zone.opened, asked(court, "sheet.rewritten", 1))
    court.zone.reopen()
    assert Kind.MIGRATED not in court.zone.kinds()
    assert remaking.told(court.zone.opened, besides=[]) == []
    assert court.zone.kinds()[-1] is Kind.MIGRATED
    assert irregular(court) == []


def _changed(**changed: object) -> Callable[[Message], Message]:
    return lambda answer: replace(answer, body={**answer.body, **changed})


@pytest.mark.parametrize(
    "lie",
    [
        _changed(without=[0]),
        _changed(without=[99]),
        _changed(without=["0"]),
        _changed(without="none"),
        _changed(without=[1, 1]),
        lambda answer: replace(answer, blobs=(answer.blobs[0][:-1],)),
        lambda answer: replace(answer, blobs=()),
    ],
)
def test_rows_that_were_not_asked_for_change_nothing(
    court: Court, path: Path, lie: Callable[[Message], Message]
) -> None:
    populated(court)
    approved(court)
    extractor = Extractor(court)
    extractor.answer = lie
    before = unchanged(court)
    with evidence_process(path, **extractor.handlers()), pytest.raises(Unavailable, match="asked again"):
        present(court, path)
    assert unchanged(court) == before
    assert remaking.told(court.zone.opened, besides=[]) == [], "not at once"
    court.zone.clock.now += remaking.RETRY_MINUTES * 60_000
    assert remaking.told(court.zone.opened, besides=[]) == [[*HERE, 0]]


def test_another_extractor_in_the_evidence_process_is_found_before_there_is_an_entry(court: Court, path: Path) -> None:
    populated(court)
    approved(court, dimension=96)
    before, kinds = unchanged(court), court.zone.kinds()
    with evidence_process(path, **Extractor(court).handlers()) as heard, pytest.raises(Unavailable):
        present(court, path)
    assert [one.verb for one in heard] == ["prepare"]
    assert (unchanged(court), court.zone.kinds()) == (before, kinds)


def test_without_an_evidence_process_nothing_changes(court: Court, path: Path) -> None:
    populated(court)
    approved(court)
    before, kinds = unchanged(court), court.zone.kinds()
    with pytest.raises(Unavailable):
        present(court, path)
    assert (unchanged(court), court.zone.kinds()) == (before, kinds)


def test_a_sheet_is_done_in_batches_each_in_a_process_of_its_own(
    court: Court, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    names = populated(court, 4)
    extractor, text = Extractor(court), warrant(court)[0]
    extractor.faces = {names[4]: near(PROBE, 0.8, 41), names[1]: None, names[2]: None, names[3]: None}
    approved(court)
    with evidence_process(path, **extractor.handlers()) as heard:
        written(court, present(court, path))
    assert [one.verb for one in heard] == ["prepare", "reextract"] * 3
    assert sheet(court).states.tolist() == [LIVING | TAGGED] * 2 + [LIVING | BARE] * 3
    assert court.search(text)["candidates"] == [names[4]]


def test_what_gave_no_template_keeps_its_still_through_rotation_and_can_be_erased(court: Court, path: Path) -> None:
    names = populated(court)
    before, extractor = sheet(court), Extractor(court)
    extractor.faces = {names[3]: None}
    approved(court)
    with evidence_process(path, **extractor.handlers()):
        written(court, present(court, path))
    rewriting.order(court.zone.opened)
    message = asked(court, "sheet.rewrite", 1)
    assert not remaking.wanted(court.zone.opened, message)
    rewriting.rewrite(court.zone.opened, message)
    done(court, 2)
    after = sheet(court)
    at = after.position(names[3])
    assert at is not None
    assert (after.states[at], after.piece_nonce(at)) == (LIVING | BARE, before.nonce(3))
    erased = court.ask("clerk-1", Verb.RESTRICT, Restriction((names[3],), "asked"))
    for name in QUORUM:
        court.ask(name, Verb.ORDER, Order(erased["request"], bytes.fromhex(erased["digest"])))
    assert sheet(court).states[at] == 0
    assert status(court)["without_template"] == 0


def test_only_those_it_concerns_see_the_orders(court: Court) -> None:
    about = approved(court)
    for name in ("operator-1", "officer-1", "supervisor-1"):
        line = status(court, name)
        assert records.read(MigrationOrder, bytes.fromhex(line["text"])) == about
    with pytest.raises(Refused):
        status(court, "clerk-1")
    assert json.dumps(status(court))


def test_a_candidate_from_before_keeps_its_still(court: Court, path: Path) -> None:
    names = populated(court)
    text = court.approved(limits=limits(uses=9))
    assert court.search(text)["candidates"] == [names[0]]
    approved(court)
    with evidence_process(path, **Extractor(court).handlers()):
        written(court, present(court, path))
    assert court.search(text)["candidates"] == []
    assert sorted(court.search(text)["not_compared"]) == sorted(names)
    made = court.rows[HERE[:2]][0].sighting
    shown = court.ask(
        "reviewer-1", Verb.CANDIDATE, Candidacy(text.warrant, 1, names[0]), papers=court.filed[text.warrant, 1]
    )
    assert shown["still_key"] == still_key(court, court.leases[HERE[:2]], made.nonce, names[0]).hex()


def test_a_store_that_lost_a_sighting_is_not_worked_on(court: Court, path: Path) -> None:
    from countenance.zones.custodian.records import Row

    names = populated(court)
    approved(court)
    court.zone.opened.store.drop(Row, f"hall-east/{LAST_HOUR}/{names[1]}")
    with evidence_process(path, **Extractor(court).handlers()), pytest.raises((Tampered, Unavailable)):
        present(court, path)
    assert sheet(court).generation == 0


def test_the_still_of_a_sighting_whose_erasure_was_asked_for_stays_shut(court: Court, path: Path) -> None:
    names = populated(court)
    court.ask("clerk-1", Verb.RESTRICT, Restriction((names[2],), "asked"))
    approved(court)
    with evidence_process(path, **Extractor(court).handlers()) as heard:
        answer = present(court, path)
    batch = records.read(Batch, canonical.write(heard[1].body["batch"]))
    assert list(batch.sightings) == [name for name in names if name != names[2]]
    assert 2 not in answer.body["positions"]
    written(court, answer)
    after = sheet(court)
    assert after.states[after.position(names[2])] == LIVING | BARE
    assert irregular(court) == []


def test_a_row_that_was_not_presented_is_not_lost_to_a_migration(court: Court, path: Path) -> None:
    populated(court)
    approved(court)
    before, kinds, away = unchanged(court), court.zone.kinds(), court.rows[HERE[:2]].pop(1)
    with evidence_process(path, **Extractor(court).handlers()) as heard:
        assert present(court, path).body == {"repair": True}
        assert (heard, unchanged(court), court.zone.kinds()) == ([], before, kinds)
        court.rows[HERE[:2]].insert(1, away)
        assert len(present(court, path).body["positions"]) == 6


def test_a_warrant_does_not_take_the_id_of_an_order(court: Court) -> None:
    """Else an approval could not be taken back: the word would be taken for one on the warrant."""
    about = approved(court)
    with pytest.raises(Refused, match="new id"):
        court.file(court.text(warrant=about.migration))
    assert say(court, "supervisor-1", about, approves=False)["approvals"] == 1


def test_two_orders_that_lead_to_and_fro_end(court: Court, path: Path) -> None:
    """Else each would open all stills again when the other has done its work."""
    names = populated(court)
    back = replace(order(court), migration="cd" * 8, old=NEW, new=EXTRACTOR, dimension=128)
    approved(court)
    with evidence_process(path, **Extractor(court).handlers()):
        written(court, present(court, path))
    court.ask("operator-1", Verb.MIGRATE, back)
    for name in QUORUM:
        say(court, name, back)
    assert remaking.told(court.zone.opened, besides=[]) == [[*HERE, 1]]

    class Back(Extractor):
        def prepare(self, message: Message) -> Message:
            return Message("prepared")

        def reextract(self, message: Message) -> Message:
            batch = records.read(Batch, canonical.write(message.body["batch"]))
            return Message("reextracted", {"without": [], "altered": []}, (bytes(256 * len(batch.sightings)),))

    with evidence_process(path.with_name("back"), **Back(court).handlers()):
        written(court, present(court, path.with_name("back")))
    assert (sheet(court).extractor, sheet(court).generation) == (EXTRACTOR, 2)
    assert remaking.told(court.zone.opened, besides=[]) == []
    assert not remaking.wanted(court.zone.opened, asked(court, "sheet.rewrite", 2))
    listed = court.ask("operator-1", Verb.MIGRATIONS, Nothing())["migrations"]
    assert [line["state"] for line in listed] == ["done", "done"]
    # An order that is drafted now reaches them again.
    later = replace(order(court), migration="ef" * 8)
    court.ask("operator-1", Verb.MIGRATE, later)
    for name in QUORUM:
        say(court, name, later)
    assert remaking.told(court.zone.opened, besides=[]) == [[*HERE, 2]]
    assert len(names) == sheet(court).rows
    assert irregular(court) == []


def test_a_crash_between_the_last_entry_and_the_store_makes_no_second_entry(
    court: Court, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populated(court)
    approved(court)
    with evidence_process(path, **Extractor(court).handlers()):
        present(court, path)
    rewriting.rewritten(court.zone.opened, asked(court, "sheet.rewritten", 1))
    remade = court.zone.opened.store.get(Remade, NAME)
    remaking.settle(court.zone.opened)
    court.zone.opened.store.put(remade, NAME)
    court.zone.reopen()
    remaking.settle(court.zone.opened)
    assert court.zone.kinds().count(Kind.MIGRATED) == 1
    assert irregular(court) == []


def test_a_restricted_sighting_of_another_extractor_is_counted_and_not_named(court: Court) -> None:
    names = populated(court)
    text = warrant(court)[0]
    court.ask("clerk-1", Verb.RESTRICT, Restriction((names[2],), "asked"))
    answer = court.search(text)
    assert sorted(answer["not_compared"]) == sorted(name for name in names if name != names[2])
    assert "6 sightings have no template" in answer["incomplete"][0]


def test_pads_are_held_of_what_a_warrants_probe_is_compared_with_alone(court: Court, path: Path) -> None:
    populated(court)
    warrant(court)
    warming.refresh(court.zone.opened)
    assert court.zone.opened.pads.bytes == 0
    approved(court)
    with evidence_process(path, **Extractor(court).handlers()):
        written(court, present(court, path))
    warming.refresh(court.zone.opened)
    assert court.zone.opened.pads.bytes > 0
