"""What kiosks tell each other, and what an offline one cannot know."""

from pathlib import Path

import pytest

from countenance.crypto import sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.gates.passes import SYNC, News
from countenance.vocabulary.gates import Decision, Lane, OfficersWord, Outcome, Reason, Word
from countenance.vocabulary.requests import Signed
from simulator.gate import FLIGHT, PASS, AtGate, Time

NAME = str(FLIGHT)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[AtGate, AtGate]:
    time, own = Time(), OwnKey.generate()
    one = AtGate(tmp_path / "one", time, others=("gate-b",)).begin()
    two = AtGate(tmp_path / "two", time, name="gate-b", others=("gate-a",), issuers=(one.signing.public,))
    two.flights.take_over(
        NAME, one.flights.hand_over(NAME, own.public, one.signing), own, {one.name: one.signing.public}
    )
    return one, two


def told(source: AtGate, hearer: AtGate, after: int = 0) -> int:
    news = source.passes.news(after, source.signing, source.time.now)
    return hearer.passes.hear(news, {source.name: source.signing.public}, hearer.time.now)


def test_a_token_used_at_one_kiosk_is_used_at_the_other_once_they_have_spoken(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    token = one.token()
    assert one.decide(token).decision.outcome is Outcome.PASS
    assert told(one, two) == 1
    answered = two.decide(token).decision
    assert (answered.outcome, answered.reasons, answered.alone) == (Outcome.OFFICER, (Reason.USED,), False)


def test_an_offline_kiosk_admits_a_second_use_says_it_was_alone_and_it_is_counted(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    token = one.token()
    told(one, two)
    told(two, one)
    assert not one.decide(token).decision.alone
    one.time.on(SYNC + 1)
    answered = two.decide(token).decision
    assert (answered.outcome, answered.alone) == (Outcome.PASS, True)
    assert (one.passes.twice, two.passes.twice) == (0, 0)
    told(one, two)
    told(two, one)
    told(two, one)
    assert (one.passes.twice, two.passes.twice) == (1, 1)
    again = AtGate(two.folder, two.time, name="gate-b", signing=two.signing)
    assert again.passes.twice == 1
    told(one, again)
    assert again.passes.twice == 1


def test_a_revocation_travels(pair: tuple[AtGate, AtGate]) -> None:
    from countenance.gates.enrolling import revoked

    one, two = pair
    token, other = one.token(), one.token()
    one.passes.revoke(one.key.mark(one.key.open(token, [one.signing.public]).single), one.time.now)
    told(one, two)
    assert two.decide(token).decision.reasons == (Reason.REVOKED,)
    revoked(one.key, PASS, FLIGHT, one.passes, one.time.now)
    told(one, two, 1)
    assert two.decide(other).decision.reasons == (Reason.REVOKED,)


def test_news_is_signed_whole_and_of_the_teller_alone(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    one.decide(one.token())
    news = one.passes.news(0, one.signing, one.time.now)
    with pytest.raises(Tampered):
        two.passes.hear(news, {one.name: SigningKey.generate().public}, two.time.now)
    with pytest.raises(Tampered, match="asked"):
        one.passes.hear(news, {one.name: one.signing.public}, one.time.now)
    with pytest.raises(Tampered, match="asked"):
        told(one, two, 1)
    two.passes.hear(news, {one.name: one.signing.public}, two.time.now)
    with pytest.raises(Refused, match="enrolled"):
        two.passes.hear(news, {}, two.time.now)
    liar = SigningKey.generate()
    forged = sign.signed(records.read(News, records.read(Signed, news).body), "gate-c", liar)
    with pytest.raises(Tampered, match="itself"):
        two.passes.hear(records.write(forged), {"gate-c": liar.public}, two.time.now)
    assert not two.passes.decisions()


def test_an_officers_word_is_kept_once(pair: tuple[AtGate, AtGate]) -> None:
    one, _ = pair
    one.decide(one.token(), lambda: Reason.NOBODY)
    word = OfficersWord(NAME, "gate-a", 0, one.time.now, "officer-1", Word.THROUGH)
    one.passes.say(word)
    with pytest.raises(Refused):
        one.passes.say(word)
    with pytest.raises(Refused):
        one.passes.say(OfficersWord(NAME, "gate-a", 5, one.time.now, "officer-1", Word.BACK))
    assert AtGate(one.folder, one.time, signing=one.signing).passes.words() == (word,)


def test_decisions_are_numbered_and_a_mark_counts_once(pair: tuple[AtGate, AtGate]) -> None:
    one, _ = pair
    decision = Decision(NAME, "gate-a", 1, one.time.now, Lane.FACE, Outcome.PASS, (), 1, alone=False)
    with pytest.raises(Malformed):
        one.passes.decide(decision)
    first = Decision(NAME, "gate-a", 0, one.time.now, Lane.FACE, Outcome.PASS, (), 1, alone=False)
    one.passes.decide(first, b"m" * 16)
    with pytest.raises(Refused):
        one.passes.decide(decision, b"m" * 16)
    assert one.passes.decisions() == (first,)
