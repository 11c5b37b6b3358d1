"""What kiosks tell each other, and what an offline one cannot know."""

from dataclasses import replace
from pathlib import Path

import pytest

from countenance.crypto import sign
from countenance.crypto.lease import OwnKey
from countenance.crypto.sign import SigningKey
from countenance.errors import Malformed, Refused, Tampered
from countenance.formats import records
from countenance.gates import passes as passes_
from countenance.gates.passes import News
from countenance.gates.rounds import SYNC
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


def letter(source: AtGate) -> bytes:
    return source.passes.news(source.others, source.signing, source.time.now)  # type: ignore[no-any-return]


def told(source: AtGate, hearer: AtGate) -> None:
    hearer.passes.hear(letter(source), {source.name: source.signing.public})


def spoken(one: AtGate, two: AtGate, times: int = 2) -> None:
    for _ in range(times):
        told(one, two)
        told(two, one)


def read(data: bytes) -> News:
    return records.read(News, records.read(Signed, data).body)


def test_a_token_used_at_one_kiosk_is_used_at_the_other_once_they_have_spoken(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    token = one.token()
    assert one.decide(token).decision.outcome is Outcome.PASS
    spoken(one, two)
    answered = two.decide(token).decision
    assert (answered.outcome, answered.reasons, answered.alone) == (Outcome.OFFICER, (Reason.USED,), False)


def test_an_offline_kiosk_admits_a_second_use_says_it_was_alone_and_it_is_counted(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    token = one.token()
    spoken(one, two)
    assert not one.decide(token).decision.alone
    one.time.on(SYNC + 1)
    answered = two.decide(token).decision
    assert (answered.outcome, answered.alone) == (Outcome.PASS, True)
    assert (one.passes.twice, two.passes.twice) == (0, 0)
    spoken(one, two)
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
    told(one, two)
    assert two.decide(other).decision.reasons == (Reason.REVOKED,)


def test_decisions_travel_so_that_each_kiosk_has_the_flights(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    one.decide(one.token())
    one.decide(one.token(), lambda: Reason.NOBODY)
    two.gate.other_lane(PASS, milliseconds=4000, through=True)
    spoken(one, two)
    assert one.passes.everywhere() == (*one.passes.decisions(), *two.passes.decisions())
    assert two.passes.everywhere() == (*two.passes.decisions(), *one.passes.decisions())
    assert AtGate(two.folder, two.time, name="gate-b", signing=two.signing).passes.everywhere() == (
        two.passes.everywhere()
    )


def test_only_what_the_other_lacks_is_told_and_all_of_it_after_its_start(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    one.decide(one.token())
    spoken(one, two)
    assert (read(letter(one)).first, read(letter(one)).total) == (2, 2)
    again = AtGate(two.folder, two.time, name="gate-b", others=("gate-a",), signing=two.signing)
    # The first letter is for who had heard more: nothing is taken of it, and nothing is whole.
    one.decide(one.token())
    told(one, again)
    assert again.passes.alone(("gate-a",), one.time.now)
    spoken(again, one, 3)
    assert not again.passes.alone(("gate-a",), one.time.now)
    assert again.passes.everywhere() == one.passes.everywhere()


def test_who_has_not_heard_everything_is_alone(pair: tuple[AtGate, AtGate], monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = pair
    spoken(one, two)
    monkeypatch.setattr(passes_, "MOST_NEWS", 2)
    for _ in range(4):
        one.decide(one.token(), lambda: Reason.NOBODY)
    one.time.on(SYNC + 1)
    told(two, one)
    told(one, two)
    assert two.passes.alone(("gate-a",), one.time.now)
    spoken(two, one, 3)
    assert not two.passes.alone(("gate-a",), one.time.now)


def test_letters_of_before_make_nobody_less_alone(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    old = []
    for _ in range(3):
        told(two, one)
        old.append(letter(one))
        two.passes.hear(old[-1], {one.name: one.signing.public})
    assert not two.passes.alone(("gate-a",), one.time.now)
    for _ in range(SYNC // 1000 + 1):
        one.time.on(1000)
        letter(two)
        for data in old:
            two.passes.hear(data, {one.name: one.signing.public})
    assert two.passes.alone(("gate-a",), one.time.now)


@pytest.mark.parametrize("jump", [-3_600_000, 3_600_000])
def test_a_clock_that_jumps_leaves_a_kiosk_alone_until_it_has_heard(pair: tuple[AtGate, AtGate], jump: int) -> None:
    one, two = pair
    one.time.now += 2 * 3_600_000
    spoken(one, two)
    one.time.now += jump
    assert two.passes.alone(("gate-a",), one.time.now)
    spoken(one, two)
    assert not two.passes.alone(("gate-a",), one.time.now)


def test_news_is_signed_whole_and_of_the_teller_alone(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    one.decide(one.token())
    news, keys = letter(one), {one.name: one.signing.public}
    with pytest.raises(Tampered):
        two.passes.hear(news, {one.name: SigningKey.generate().public})
    with pytest.raises(Refused, match="enrolled"):
        one.passes.hear(news, keys)
    with pytest.raises(Refused, match="enrolled"):
        two.passes.hear(news, {})
    liar = SigningKey.generate()
    forged = sign.signed(read(news), "gate-c", liar)
    with pytest.raises(Tampered, match="itself"):
        two.passes.hear(records.write(forged), {"gate-c": liar.public})
    assert not two.passes.everywhere()


def test_news_that_does_not_add_up_is_refused(pair: tuple[AtGate, AtGate]) -> None:
    one, two = pair
    one.decide(one.token())
    said = read(letter(one))
    foreign = replace(said.decisions[0], flight="LH1-001-FRA-YUL")
    for wrong in (
        replace(said, total=1),
        replace(said, first=-1),
        replace(said, flight=foreign.flight),
        replace(said, decisions=(foreign,)),
        replace(said, decisions=(replace(said.decisions[0], kiosk="gate-b"),)),
        replace(said, marks=said.marks * 501, total=10_000),
    ):
        with pytest.raises(Tampered):
            two.passes.hear(records.write(sign.signed(wrong, one.name, one.signing)), {one.name: one.signing.public})
    assert not two.passes.everywhere()


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
