"""The rogue administrator within a search that was allowed: more partitions, another camera's rows, other products.

What comes of each: nothing, or an answer that says it is incomplete; never a candidate that the warrant did not mean.
"""

import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from attacks.forgeries import Rogue, State
from countenance.channel.message import Message
from countenance.errors import Malformed, Refused
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.warrants import Scope, Warrant
from countenance.zones.custodian import retrieval
from simulator.court import LAST_HOUR, Court, Letter, sitting
from simulator.people import HOUR, NOW, SUBJECT, near, unit

WEST = ("hall-west", LAST_HOUR)
Lie = Callable[[Court, Message, bytes, random.Random], bytes]


@pytest.fixture(scope="module")
def court() -> Iterator[Court]:
    """The subject passed in the west only; a warrant means the east only."""
    with sitting() as court:
        court.pass_by(unit(8))
        court.pass_by(unit(9))
        court.pass_by(near(SUBJECT, 0.9, 3), WEST[0])
        court.pass_by(near(SUBJECT, 0.8, 4), WEST[0])
        court.tell()
        yield court


@pytest.fixture(scope="module")
def text(court: Court) -> Warrant:
    return court.approved(scope=Scope(("hall-east",), NOW - 3 * HOUR, NOW))


@pytest.fixture
def begun(court: Court, text: Warrant) -> Iterator[tuple[Letter, Message]]:
    """A search, and afterwards the store as it was: uses and budgets are not what is tried here."""
    with court.zone.opened.store._statements() as database:
        rows = database.execute("SELECT kind, key, value FROM records").fetchall()
    yield court.begin(text)
    with court.zone.opened.store._statements() as database:
        database.execute("DELETE FROM records")
        database.executemany("INSERT INTO records VALUES (?, ?, ?)", rows)


def of_west(court: Court, q: bytes) -> bytes:
    """The products of the west's rows: those of the subject."""
    rows = np.stack([np.frombuffer(one.row, dtype="<i2") for one in court.rows[WEST]]).astype(np.int64)
    return (rows @ np.frombuffer(q, dtype="<i2").astype(np.int64)).astype(np.uint16).astype("<i4").tobytes()


def longer(court: Court, named: Message, products: bytes, chance: random.Random) -> bytes:
    return products + chance.choice([of_west(court, named.blobs[0]), products, chance.randbytes(4)])


def shorter(court: Court, named: Message, products: bytes, chance: random.Random) -> bytes:
    return products[: -chance.randint(1, len(products))]


def another_cameras(court: Court, named: Message, products: bytes, chance: random.Random) -> bytes:
    west = of_west(court, named.blobs[0])
    return chance.choice([west, west[4:] + west[:4], west[:4] + products[4:]])


def invented(court: Court, named: Message, products: bytes, chance: random.Random) -> bytes:
    numbers = [chance.choice([chance.randrange(65536), 0, 1, 65535]) for _ in range(len(products) // 4)]
    return np.array(numbers, dtype="<i4").tobytes()


def in_another_order(court: Court, named: Message, products: bytes, chance: random.Random) -> bytes:
    return products[4:] + products[:4]


@pytest.mark.parametrize("lie", [longer, shorter])
@pytest.mark.parametrize("seed", range(10))
def test_products_of_more_or_less_than_was_named_end_the_search(
    court: Court, begun: tuple[Letter, Message], lie: Lie, seed: int
) -> None:
    opened, (_, running) = court.zone.opened, begun
    before = State.of(opened)
    with pytest.raises(Malformed):
        finished(court, running, lie, random.Random(seed))
    after = State.of(opened, before)
    assert [entry.kind for entry in after.fresh] == [Kind.OUTCOME_UNKNOWN]
    assert after.store == before.store
    assert not after.running


@pytest.mark.parametrize("lie", [another_cameras, invented, in_another_order])
@pytest.mark.parametrize("seed", range(10))
def test_products_of_other_rows_find_nobody(court: Court, begun: tuple[Letter, Message], lie: Lie, seed: int) -> None:
    letter, running = begun
    answer = letter.read(finished(court, running, lie, random.Random(seed)))
    assert answer["candidates"] == []
    assert any("not theirs" in sentence for sentence in answer["incomplete"])


def finished(court: Court, running: Message, lie: Lie, chance: random.Random) -> Message:
    named = court.named(running)
    products = lie(court, named, court.products(named), chance)
    question = Message("search.finish", {"search": running.body["search"], "missing": []}, (products,))
    answer = retrieval.finish(court.zone.opened, question)
    assert "doubtful" in answer.body, "a lie is doubted"
    return retrieval.finish(court.zone.opened, question)


@pytest.mark.parametrize("seed", range(5))
def test_rows_of_another_camera_never_enter_a_sheet(court: Court, begun: tuple[Letter, Message], seed: int) -> None:
    """Doubted, the repository presents the west's rows, with the west's MACs or those of the east."""
    letter, running = begun
    chance, (camera, hour, number, generation, _) = random.Random(seed), court.named(running).body["sheets"][0]
    positions, rows, macs = court.parts(*WEST, 0, 0)
    own = court.parts(camera, hour, number, generation)
    named = {"camera": camera, "hour": hour, "number": number, "generation": generation}
    swapped = (positions, chance.choice([rows, own[1][256:] + own[1][:256]]), chance.choice([macs, own[2]]))
    Rogue(court).send("tags.repair", *swapped, **named)
    products = np.zeros(len(own[0]) // 2, dtype="<i4").tobytes()
    question = Message("search.finish", {"search": running.body["search"], "missing": []}, (products,))
    answer = retrieval.finish(court.zone.opened, question)
    if "doubtful" in answer.body:
        answer = retrieval.finish(court.zone.opened, question)
    said = letter.read(answer)
    assert said["candidates"] == []
    assert said["incomplete"]


def test_what_a_search_reaches_is_not_the_repositorys_to_say(court: Court, begun: tuple[Letter, Message]) -> None:
    letter, running = begun
    assert {camera for camera, _ in running.body["partitions"]} == {"hall-east"}
    wide = {"search": running.body["search"], "partitions": [["hall-west", LAST_HOUR]], "sheets": [[*WEST, 0, 0, 2]]}
    named = retrieval.named(court.zone.opened, Message("search.sheets", wide))
    assert {sheet[0] for sheet in named.body["sheets"]} == {"hall-east"}
    with pytest.raises(Refused, match="named before"):
        retrieval.named(court.zone.opened, Message("search.sheets", wide))
    products = court.products(named)
    assert letter.read(retrieval.finish(court.zone.opened, Message("search.finish", wide, (products,))))["rows"] == 2


def test_succeeds_without_mitigation(
    court: Court, begun: tuple[Letter, Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without tags the custodian would count whatever it is given: the west's rows pass as the east's."""
    letter, running = begun
    monkeypatch.setattr(retrieval.Comparing, "doubtful", lambda *_: [])
    named = court.named(running)
    question = Message("search.finish", {"search": running.body["search"]}, (of_west(court, named.blobs[0]),))
    answer = letter.read(retrieval.finish(court.zone.opened, question))
    assert answer["incomplete"] == []
