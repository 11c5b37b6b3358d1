"""From a probe to an alert, or to nothing."""

import pytest

from countenance.errors import Refused
from countenance.vocabulary.acts import Nothing, Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.galleries import Alert
from simulator.gallery import Watched, masked_rows, probe, stranger
from simulator.people import near, unit

CHILD = unit(7)


def test_a_mated_probe_alerts_and_a_stranger_does_not(watched: Watched) -> None:
    text = watched.stand(unit(5), CHILD, unit(6))
    session, _ = watched.session()
    rows = masked_rows(session)
    session.probe(probe(text, rows, near(CHILD, 0.8, 3), sighting="ab" * 16))
    for seed in range(20):
        session.probe(probe(text, rows, stranger(seed)))
    before = len(watched.kinds())
    assert watched.compare() == 21
    assert watched.kinds()[before:] == [Kind.ALERTED]
    (alert,) = watched.alerts()
    assert alert["reference"] == text.references[1].reference
    assert (alert["camera"], alert["sighting"], alert["moment"]) == ("hall", "ab" * 16, 1234)
    assert watched.custodian.sessions.counts.alerts == 1


def test_an_alert_says_nothing_of_the_person_in_the_log(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), CHILD, sighting="cd" * 16))
    watched.compare()
    with watched.custodian.acting() as opened:
        entry = [one for one in opened.sequencer.entries() if one.kind is Kind.ALERTED][-1]
    said = str(entry.facts)
    assert "cd" * 16 not in said
    assert text.references[0].reference not in said


def test_a_sighting_alerts_once(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    plain = probe(text, masked_rows(session), CHILD)
    for _ in range(3):
        session.probe(plain)
    watched.compare()
    assert len(watched.alerts()) == 1


def test_alerts_stop_at_the_limit_and_the_log_says_so_once(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    rows = masked_rows(session)
    for _ in range(9):
        session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert len(watched.alerts()) == text.limits.alerts == 5
    with watched.custodian.acting() as opened:
        alerted = [dict(one.facts) for one in opened.sequencer.entries() if one.kind is Kind.ALERTED]
    assert ["limit" in facts for facts in alerted] == [False] * 5 + [True]
    watched.clock.now += 25 * 3_600_000 - 2 * 3_600_000
    session.probe(probe(text, rows, CHILD))
    watched.compare()
    assert len(watched.alerts()) == 5


def test_a_probe_alerts_to_the_nearest_references_only(watched: Watched) -> None:
    people = [near(CHILD, cosine, seed) for seed, cosine in enumerate((0.7, 0.9, 0.8, 0.75))]
    text = watched.stand(*people)
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), CHILD))
    watched.compare()
    assert {one["reference"] for one in watched.alerts()} == {text.references[k].reference for k in (1, 2)}


@pytest.mark.parametrize("name", ["officer-1", "supervisor-1", "operator-1"])
def test_alerts_are_for_reviewers(watched: Watched, name: str) -> None:
    with pytest.raises(Refused, match="role reviewer"):
        watched.ask(name, Verb.ALERTS, Nothing())
    assert watched.kinds()[-1] is Kind.REFUSED


def test_being_told_is_an_entry_and_alerts_are_forgotten_after_three_days(watched: Watched) -> None:
    text = watched.stand(CHILD)
    session, _ = watched.session()
    session.probe(probe(text, masked_rows(session), CHILD))
    watched.compare()
    assert len(watched.alerts()) == 1
    assert watched.kinds()[-1] is Kind.READ
    watched.clock.now += 73 * 3_600_000
    watched.custodian.tick()
    assert watched.alerts() == []
    with watched.custodian.acting() as opened:
        assert opened.store.count(Alert) == 0
