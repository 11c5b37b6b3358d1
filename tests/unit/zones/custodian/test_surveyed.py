"""Results of a survey in the register: an operator's word, an entry, and never changed."""

from dataclasses import replace

import pytest

from countenance.crypto import verify
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.register import Register
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.surveyed import LONGEST, Results
from countenance.web.register import folder
from countenance.zones.custodian import register, surveyed, ticks
from countenance.zones.custodian.surveyed import SurveyResults
from simulator.surveyed import results
from simulator.zone import Zone


def published(zone: Zone, given: Results, who: str = "operator-1") -> int:
    done = surveyed.publish(zone.opened, zone.ask(who, Verb.PUBLISH, given))
    entry = done["entry"]
    assert isinstance(entry, int)
    return entry


def ticked(zone: Zone) -> tuple[Register, Signed]:
    zone.clock.now += ticks.TICK
    assert ticks.tick(zone.opened)
    signed = records.read(Signed, register.signed(zone.opened))
    return verify.opened(Register, signed, zone.genesis.log_key), signed


def better(given: Results) -> Results:
    """The same, with figures that its operator likes more."""
    first, *rest = given.items
    liked = replace(first, answers=tuple(replace(one, value=9000, low=8800, high=9200) for one in first.answers))
    return replace(given, items=(liked, *rest))


def test_what_an_operator_publishes_is_in_the_register_with_its_entry(zone: Zone) -> None:
    entry = published(zone, results())
    (said,) = ticked(zone)[0].surveys
    assert (said.results, said.by) == ((results(),), "operator-1")
    facts = dict(zone.opened.sequencer.entry(entry).facts)
    assert facts == {
        "survey": "site", "wave": "1", "digest": said.digest.hex(), "person": "operator-1",
    }  # fmt: skip
    assert said.digest == records.digest(results())
    assert said.entry == entry - entry % ticks.CLASS


def test_only_operators_publish_once_and_not_without_end(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused):
        published(zone, results(), who="clerk-1")
    published(zone, results())
    with pytest.raises(Refused, match="published already"):
        published(zone, results())
    with pytest.raises(Malformed, match="at most 256 kB"):
        published(zone, replace(results(), survey="other", items=results().items * (LONGEST // 2000)))
    with pytest.raises(Malformed, match="a name is"):
        published(zone, replace(results(), survey="<b>"))
    monkeypatch.setattr(surveyed, "ALL", len(records.write(results())) + 10)
    with pytest.raises(Refused, match="register is full"):
        published(zone, results(people=2000))
    assert len(ticked(zone)[0].surveys) == 1


def test_figures_that_are_liked_more_stand_beside_the_first_and_both_are_seen(zone: Zone) -> None:
    published(zone, results())
    before, _ = ticked(zone)
    published(zone, better(results()))
    after, signed = ticked(zone)
    assert [one.results for one in after.surveys] == [(results(),), (better(results()),)]
    folder.stays(before, after)
    with pytest.raises(Tampered, match="survey results that were in the register"):
        folder.stays(before, replace(after, surveys=after.surveys[1:]))
    page = folder.made(signed, zone.genesis, controller="", contact="")["en/surveys.html"].decode()
    assert page.count("published after others of the same wave") == 1


def test_results_that_were_changed_in_the_store_or_lost_are_shown_by_their_digest_alone(zone: Zone) -> None:
    published(zone, results())
    digest = records.digest(results())
    before, _ = ticked(zone)
    zone.opened.store.put(SurveyResults(better(results())), digest.hex())
    changed, signed = ticked(zone)
    assert [(one.digest, one.results) for one in changed.surveys] == [(digest, ())]
    files = folder.made(signed, zone.genesis, controller="", contact="")
    assert digest.hex() in files["ru/surveys.html"].decode()
    with pytest.raises(Tampered):
        folder.stays(before, changed)
    # A store that was restored from before: the same results once more.
    zone.opened.store.drop(SurveyResults, digest.hex())
    published(zone, results())
    assert [one.results for one in ticked(zone)[0].surveys] == [(results(),), (results(),)]


def test_a_custodian_that_signs_other_results_than_its_log_names_is_found(zone: Zone) -> None:
    published(zone, results())
    said, _ = ticked(zone)
    preimages = [zone.opened.sequencer.preimage(at) for at in range(zone.opened.sequencer.size)]
    folder.recount(said, zone.genesis, preimages)
    other = better(results())
    forged = replace(said, surveys=(replace(said.surveys[0], digest=records.digest(other), results=(other,)),))
    with pytest.raises(Tampered, match="survey results are not those"):
        folder.recount(forged, zone.genesis, preimages)
    assert any(one.kind is Kind.SURVEYED for one in zone.opened.sequencer.entries())
