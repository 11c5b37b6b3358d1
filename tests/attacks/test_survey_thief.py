"""Who has a survey's answers learns about one person no more than epsilon says, and not which are theirs.

The thief knows everything but what one person answered: the questionnaire, everybody else's answers, the token, even
which two answers it was. They count, over as many surveys as they like, how much likelier what is stored is under one
than under the other. Then they try what else a store could give away: time, order, address, language, token, issuer.
"""

import itertools
import math
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from countenance.crypto import blind
from countenance.formats import records
from countenance.survey import budget, collecting, inviting, responses, waves
from countenance.survey.budget import PARTS, Channel
from countenance.vocabulary.survey import MILLIONTHS, UNREPORTED, Instrument, Submission, Way
from simulator.surveys import DAY, OPEN, SMALL, begun, invited, small

TRIES = 40_000
NEXT = "2026-03-02"


def likelihood(how: Channel, truth: int, report: int) -> Fraction:
    """How likely a report is, exactly."""
    keep = Fraction(how.kept, PARTS)
    return (keep if truth == report else 0) + (1 - keep) / how.size


def of_wave(asked: Instrument, truths: tuple[int, ...]) -> dict[tuple[int, ...], Fraction]:
    """Every record that these answers may become, and how likely."""
    found: dict[tuple[int, ...], Fraction] = Counter()  # type: ignore[assignment]
    channels = budget.channels(asked)
    picks = list(itertools.combinations(range(len(channels)), asked.reported))
    for pick in picks:
        for said in itertools.product(*(range(channels[at].size) for at in pick)):
            row = [UNREPORTED] * len(channels)
            chance = Fraction(1, len(picks))
            for at, report in zip(pick, said, strict=True):
                row[at] = report
                chance *= likelihood(channels[at], truths[at], report)
            found[tuple(row)] += chance
    return found


@pytest.mark.parametrize("reported", [1, 2])
def test_nothing_that_is_stored_of_all_waves_tells_more_than_epsilon(reported: int) -> None:
    """Exactly, for every two people and every record of both waves."""
    asked = small(OPEN.replace("waves: 2", f"waves: 2\nreported: {reported}"))
    people = list(itertools.product(range(3), repeat=2))
    worst = Fraction(1)
    for one, other in itertools.permutations(people, 2):
        first, second = of_wave(asked, one), of_wave(asked, other)
        assert sum(first.values()) == 1
        worst = max(worst, *(first[row] / second[row] for row in first))
    total = math.log(worst) * asked.waves
    assert total <= asked.epsilon / MILLIONTHS
    # The bound is used: it is not kept by saying nothing.
    assert total > 0.99 * asked.epsilon / MILLIONTHS


def test_a_thief_of_the_files_who_knows_everybody_else_does_no_better(tmp_path: Path) -> None:
    """The same, counted from what the product's own collector wrote."""
    opened = begun(tmp_path, OPEN.replace("epsilon: 2", "epsilon: 1").replace("waves: 2", "waves: 1"))
    dice = random.Random(11)
    known = b"".join(bytes([0, dice.randrange(3), dice.randrange(3)]) for _ in range(20))
    seen: dict[int, Counter[bytes]] = {0: Counter(), 1: Counter()}
    for answer, counted in seen.items():
        for _ in range(TRIES):
            said = budget.reported(opened.instrument, (answer, answer), dice.randrange)
            row = responses.record(opened.instrument, (0,), said, Way.WEB)
            counted[row] += 1
    with collecting.collecting(opened) as collector:
        collector.add(Way.WEB, known + next(iter(seen[0])))
        collector.flush(DAY)
    [(_, path)] = opened.answers
    rows = responses.whole(path, 3)[1]
    # What the thief has beyond what they knew is one record, at a place that its bytes alone decide.
    left = Counter(rows[at : at + 3] for at in range(0, len(rows), 3)) - Counter(
        known[at : at + 3] for at in range(0, len(known), 3)
    )
    assert list(left) == [next(iter(seen[0]))]
    for row in set(seen[0]) | set(seen[1]):
        first, second = seen[0][row], seen[1][row]
        assert min(first, second) > 500
        noise = 5 * math.sqrt(1 / first + 1 / second)
        assert abs(math.log(first / second)) <= 1 + noise
    # The best guess of which it was is right as often as e^epsilon / (1 + e^epsilon) allows.
    right = sum(max(seen[0][row], seen[1][row]) for row in set(seen[0]) | set(seen[1])) / (2 * TRIES)
    assert right <= math.e / (1 + math.e) + 0.01


def stored(opened: waves.Opened) -> dict[str, bytes]:
    """Every file of a wave, by name."""
    return {
        path.relative_to(opened.folder).as_posix(): path.read_bytes()
        for path in sorted(opened.folder.rglob("*"))
        if path.is_file()
    }


def test_time_and_order_do_not_link(tmp_path: Path) -> None:
    """The same people in another order, in other batches, leave the same bytes, with the same times."""
    dice = random.Random(12)
    first, issuer, guests = invited(tmp_path, 8, dice.randrange)
    with inviting.issuing(issuer) as signer:
        for guest in guests:
            guest.fetch(signer)
    sent = [guest.answer(first, (place % 2, place % 3)) for place, guest in enumerate(guests)]
    second = begun(tmp_path / "other", SMALL, first.wave.issuer)
    for opened, order, batch in ((first, sent, 8), (second, sent[::-1], 1)):
        with collecting.collecting(opened) as collector:
            for at in range(0, len(order), batch):
                for data in order[at : at + batch]:
                    collector.take(data)
                collector.flush(DAY)
            collector.flush(NEXT)
    assert stored(first) == stored(second)
    for (_, one), (_, other) in zip(first.answers, second.answers, strict=True):
        assert one.stat().st_mtime == other.stat().st_mtime


def test_no_token_lies_beside_the_answers_it_brought(tmp_path: Path) -> None:
    """Answers exchanged among tokens leave the same bytes: so nothing there says whose is whose."""
    dice = random.Random(13)
    first, issuer, guests = invited(tmp_path, 6, dice.randrange)
    with inviting.issuing(issuer) as signer:
        for guest in guests:
            guest.fetch(signer)
    sent = [records.read(Submission, guest.answer(first, (place % 2, 1))) for place, guest in enumerate(guests)]
    moved = [
        replace(one, token=other.token, signature=other.signature)
        for one, other in zip(sent, sent[1:] + sent[:1], strict=True)
    ]
    second = begun(tmp_path / "other", SMALL, first.wave.issuer)
    for opened, those in ((first, sent), (second, moved)):
        with collecting.collecting(opened) as collector:
            for one in those:
                collector.take(records.write(one))
            collector.flush(DAY)
    assert stored(first) == stored(second)


def test_issuer_and_collector_together_cannot_tell_whose_token_is_whose(tmp_path: Path) -> None:
    """For every token there is a blinding that would have made it of any request: all are as likely."""
    dice = random.Random(14)
    opened, issuer, guests = invited(tmp_path, 3, dice.randrange)
    with inviting.issuing(issuer) as signer:
        for guest in guests:
            guest.fetch(signer)
        key = signer._key
        numbers = key._key.private_numbers()
        modulus, exponent = numbers.public_numbers.n, numbers.public_numbers.e
        for requested, brought in itertools.product(guests, guests):
            encoded = pow(int.from_bytes(brought.signature), exponent, modulus)
            ratio = int.from_bytes(requested.seen[0]) * pow(encoded, -1, modulus) % modulus
            cover = pow(ratio, numbers.d, modulus)
            # With this cover, that request and this token are one session, and its signature is the one brought.
            assert encoded * pow(cover, exponent, modulus) % modulus == int.from_bytes(requested.seen[0])
            unblinded = int.from_bytes(key.sign(requested.seen[0])) * pow(cover, -1, modulus) % modulus
            assert unblinded == int.from_bytes(brought.signature)
            blind.verify(opened.wave.issuer, brought.token, brought.signature)
    kept = b"".join(path.read_bytes() for path in issuer.iterdir())
    for guest in guests:
        assert guest.token not in kept
        assert responses.spent(guest.token) not in kept


def test_nothing_of_address_language_or_time_has_a_place_in_what_is_sent() -> None:
    fields = set(Submission.__dataclass_fields__)
    assert fields == {"survey", "wave", "instrument", "groups", "answers", "token", "signature"}
    assert set(responses.Header.__dataclass_fields__) == {
        "survey", "wave", "instrument", "day", "way", "people", "spent",
    }  # fmt: skip
