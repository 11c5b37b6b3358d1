"""A5, truncate, relabel, replay: a repository drops the person's row, swaps rows of two people or hours, or brings back
what was erased; a person is not found, or strangers flood the answer. Against it: the custodian fixes which rows there
are and where, tags and MACs bind them to their place, tombstones refuse what was erased, and the answer says it.
"""

import numpy as np

from attacks.oracle import gallery
from countenance.matching import encode, unmask
from countenance.vocabulary.acts import Order, Restriction, Verb
from countenance.zones.custodian import intake
from countenance.zones.custodian.records import SpentNonce, Tombstone
from simulator.court import LAST_HOUR, Court, sitting
from simulator.people import SUBJECT, limits, near, unit
from simulator.zone import presented, sighting

HERE = ("hall-east", LAST_HOUR)


def test_succeeds_without_mitigation() -> None:
    held = gallery(300)
    q, least = held.coded[7], encode.least_score(440, 128)

    def found(rows: np.ndarray, nonces: bytes) -> set[int]:
        """A custodian that believes the repository's rows and their order."""
        pads = np.frombuffer(nonces, dtype=np.uint8)
        assert len(pads) == 16 * len(rows)
        products = (rows.astype(np.int32) @ q.astype(np.int32)).astype(np.int32)
        return set(np.flatnonzero(unmask.cold(products, q, held.key, nonces) >= least).tolist())

    assert found(held.rows, held.nonces) == {7}
    # Truncated: nobody is found, and nothing says so.
    assert found(held.rows[:7], held.nonces[: 16 * 7]) == set()
    # Relabelled: under wrong pads 29 % of strangers pass.
    assert len(found(np.roll(held.rows, 1, axis=0), held.nonces)) > 50


def populated(court: Court) -> str:
    found = court.pass_by(near(SUBJECT, 0.9, 3))
    for seed in range(30):
        court.pass_by(unit(200 + seed))
    court.tell()
    return found


def test_a_replay_succeeds_without_tombstones_and_spent_nonces() -> None:
    """A custodian that forgot what it erased, nonces and all, takes it in again, and the person is found again."""
    with sitting() as court:
        found = populated(court)
        text = court.approved(limits=limits(uses=12))
        erased(court, found)
        store = court.zone.opened.store
        for kind in (Tombstone, SpentNonce):
            for name, _ in list(store.all(kind)):
                store.drop(kind, name)
        letter = court.rows[HERE][0]
        again = intake.sightings(court.zone.opened, presented(letter.sighting))
        assert [one.sighting for one in again.placed] == [found]
        placed = again.placed[0]
        letter.position, letter.mac = placed.position, placed.mac
        assert found in court.search(text)["candidates"]


def erased(court: Court, name: str) -> None:
    asked = court.ask("clerk-1", Verb.RESTRICT, Restriction((name,), "asked"))
    for approver in ("supervisor-1", "court-b/judge-1"):
        court.ask(approver, Verb.ORDER, Order(asked["request"], bytes.fromhex(asked["digest"])))


def test_fails_against_product() -> None:
    with sitting() as court:
        found = populated(court)
        text = court.approved(limits=limits(uses=12))
        assert court.search(text)["candidates"] == [found]
        rows = list(court.rows[HERE])
        # Truncated.
        court.rows[HERE] = rows[10:]
        answer = court.search(text)
        assert (answer["candidates"], answer["rows"]) == ([], 21)
        assert "10 rows are missing" in answer["incomplete"][0]
        court.rows[HERE] = rows
        intake.sightings(court.zone.opened, presented(*(row.sighting for row in rows[:10])))
        assert court.search(text)["incomplete"] == []
        # Truncated before the custodian ever saw it: the edge's manifest lists one sighting more.
        kept = [row.sighting for row in rows]
        withheld = sighting(court.zone, court.edge, court.leases[HERE])
        court.tell(listed={HERE: [*kept, withheld]}, only=HERE)
        answer = court.search(text)
        assert answer["candidates"] == [found]
        assert "1 of 32 sightings in the manifest never arrived" in answer["incomplete"][0]
    with sitting() as court:
        found = populated(court)
        text = court.approved(limits=limits(uses=12))
        # Relabelled: every row in its neighbour's place, with its MAC or without.
        rows = court.rows[HERE]
        moved = [(row.row, row.mac) for row in rows[1:] + rows[:1]]
        for row, (data, mac) in zip(rows, moved, strict=True):
            row.row, row.mac = data, mac
        answer = court.search(text)
        assert (answer["candidates"], answer["rows"]) == ([], 0)
        assert "31 rows are missing" in answer["incomplete"][0]
    with sitting() as court:
        # Replayed: what was erased does not come back, from the edge's letter nor from the repository's row.
        found = populated(court)
        text = court.approved(limits=limits(uses=12))
        erased(court, found)
        again = intake.sightings(court.zone.opened, presented(court.rows[HERE][0].sighting))
        assert not again.placed
        assert "erased" in again.refused[0][1]
        answer = court.search(text)
        assert (answer["candidates"], answer["incomplete"]) == ([], [])
