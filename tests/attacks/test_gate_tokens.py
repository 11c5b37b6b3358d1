"""Attacks on travellers' tokens: altered, copied, stolen, held against each other, and looked for after the flight."""

import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from countenance.crypto.lease import OwnKey
from countenance.crypto.sign import SigningKey
from countenance.crypto.token import FlightKey
from countenance.errors import CountenanceError, Malformed, Refused, Tampered
from countenance.formats import base45, carried
from countenance.gates import coding
from countenance.gates.enrolling import mark_of, revoked
from countenance.vocabulary.gates import Carried, Checked, Outcome, Reason, Sealed
from countenance.vocabulary.moments import MILLISECONDS_AN_HOUR as HOUR
from simulator.gate import FLIGHT, ME, PASS, STRANGER, AtGate, Time, face

NAME = str(FLIGHT)


@pytest.fixture
def at(tmp_path: Path) -> AtGate:
    return AtGate(tmp_path / "gate").begin()


def never() -> Reason:
    raise AssertionError("somebody was looked at for a token that is none")


def mutated(token: bytes, chance: random.Random) -> bytes:
    """One of the ways in which bytes are changed: flipped, cut, longer, moved, replaced, doubled."""
    data, at = bytearray(token), chance.randrange(len(token))
    way = chance.randrange(6)
    if way == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif way == 1:
        del data[at:]
    elif way == 2:
        data[at:at] = chance.randbytes(chance.randrange(1, 40))
    elif way == 3:
        other = chance.randrange(len(token))
        data[at], data[other] = data[other], data[at] ^ 0x55
    elif way == 4:
        data[at : at + 16] = chance.randbytes(16)
    else:
        del data[at]
    return bytes(data)


def test_a_thousand_mutated_tokens_call_an_officer_and_spend_nothing(at: AtGate) -> None:
    token, chance = at.token(), random.Random(8)
    tried = 0
    while tried < 1000:
        other = mutated(token, chance)
        if other == token:
            continue
        tried += 1
        decision = at.decide(other, never).decision
        assert (decision.outcome, decision.reasons) == (Outcome.OFFICER, (Reason.ALTERED,))
    assert at.decide(token).decision.outcome is Outcome.PASS


def test_a_token_without_its_face_and_a_face_without_its_token_are_useless(at: AtGate) -> None:
    token = at.token()
    for seed in range(200, 300):
        assert at.decide(token, lambda seed=seed: face(seed)).decision.reasons == (Reason.DIFFERENT,)
    for empty in (b"", b"\x01", bytes(274), os.urandom(274)):
        assert at.decide(empty, never).decision.outcome is Outcome.OFFICER


def test_two_tokens_are_not_mixed_into_one(at: AtGate) -> None:
    one, two = at.token(), at.token(STRANGER)
    # The first five bytes are the flight's, the same in both.
    for cut in range(6, len(one)):
        assert at.decide(one[:cut] + two[cut:], never).decision.reasons == (Reason.ALTERED,)


def test_what_a_phone_shows_opens_whole_and_with_its_own_part_alone(at: AtGate) -> None:
    part, chance = carried.salt("a part"), random.Random(13)
    key = at.flights.key(NAME, phone=part)
    shown = carried.write(Carried(at.enrolment.token(key, PASS, Checked.CHIP, ME, [ME], at.time.now), part))
    token = carried.read(shown).token
    # Without its part, with another flight's or anybody's, as a token that has none, and with parts that are swapped.
    alone = Carried(at.token(), part)
    for wrong in (Carried(token), Carried(token, carried.salt(NAME)), Carried(token, os.urandom(32)), alone):
        assert at.decide(wrong.token, never, phone=wrong.part).decision.reasons == (Reason.ALTERED,)
    # And however it is changed.
    for other in [shown[:at_byte] for at_byte in range(len(shown))] + [mutated(shown, chance) for _ in range(1000)]:
        if other != shown:
            read = carried.read(other)
            assert at.decide(read.token, never, phone=read.part).decision.reasons == (Reason.ALTERED,)
    assert at.decide(token, phone=part).decision.outcome is Outcome.PASS


def test_a_key_that_was_stolen_makes_no_token_without_a_kiosks_signature(at: AtGate) -> None:
    held = at.key.open(at.token(), [at.signing.public])
    thief = Sealed(
        held.single, held.booking, Checked.CHIP, held.issued, held.expires, held.extractor, coding.encode(ME)
    )
    assert at.decide(at.key.seal(thief, SigningKey.generate()), never).decision.reasons == (Reason.ALTERED,)


def linked(first: bytes, second: bytes) -> float:
    """How alike two protected tokens look, where their templates lie, as their codes would be compared."""
    a, b = (np.frombuffer(one[-208:-80], np.int8).astype(np.float64) for one in (first, second))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def same_bits(first: bytes, second: bytes) -> float:
    """The share of bits, from the nonce on, that two tokens have in common."""
    a, b = (np.unpackbits(np.frombuffer(one[5:], np.uint8)) for one in (first, second))
    return float((a == b).mean())


def told_apart(mated: list[float], others: list[float]) -> float:
    """How often a mated score is above another's, ties halved: 0.5 is chance."""
    a, b = np.array(mated)[:, None], np.array(others)[None, :]
    return float((a > b).mean() + (a == b).mean() / 2)


@pytest.mark.parametrize("score", [linked, same_bits])
def test_tokens_of_one_person_under_two_keys_are_linked_no_better_than_by_chance(
    score: Callable[[bytes, bytes], float],
) -> None:
    """After ISO/IEC 30136: scores of protected references of one person against those of two, and a control."""
    chance, signing = random.Random(24745), SigningKey.generate()
    tokens, plain = [], []
    for who in range(300):
        code = coding.encode(face(who))
        held = Sealed(
            chance.randbytes(16), chance.randbytes(16), Checked.CHIP, 10**12, 10**12 + HOUR, ME.extractor[:8], code
        )
        keys = [FlightKey(chance.randbytes(32), NAME) for _ in range(2)]
        tokens.append([key.seal(held, signing, random=chance.randbytes) for key in keys])
        plain.append(bytes(66) + code + bytes(80))
    mated = [score(one, two) for one, two in tokens]
    others = [score(tokens[n][0], tokens[n - step][1]) for n in range(300) for step in (1, 2, 3)]
    # Of 300 and 900 scores that are all chance, the share is within 0.06 of a half (three standard errors).
    assert abs(told_apart(mated, others) - 0.5) < 0.06
    unprotected = [score(one, one) for one in plain], [score(plain[n], plain[n - 1]) for n in range(300)]
    assert told_apart(*unprotected) == 1.0


def test_a_renewed_token_has_no_run_of_bytes_in_common_with_the_old_one(at: AtGate) -> None:
    old = at.token()
    new = at.enrolment.renewed(at.key, PASS, old, [at.signing.public], at.passes, at.time.now)
    assert old[:5] == new[:5]
    runs = {old[n : n + 4] for n in range(5, len(old) - 3)}
    assert not [n for n in range(5, len(new) - 3) if new[n : n + 4] in runs]


def stolen(folder: Path) -> bytes:
    """All that a thief of a kiosk's disk reads: names of files and folders, and every byte."""
    parts = []
    for path in sorted(folder.rglob("*")):
        parts.append(str(path.relative_to(folder)).encode())
        if path.is_file():
            parts.append(path.read_bytes())
    return b"\n".join(parts)


def test_after_the_flight_a_kiosks_disk_has_nothing_of_anybody(tmp_path: Path) -> None:
    time, own = Time(), OwnKey.generate()
    one = AtGate(tmp_path / "kiosks" / "one", time, others=("gate-b",)).begin()
    two = AtGate(tmp_path / "kiosks" / "two", time, name="gate-b", issuers=(one.signing.public,))
    two.flights.take_over(
        NAME, one.flights.hand_over(NAME, own.public, one.signing), own, {one.name: one.signing.public}
    )
    tokens = [one.token(face(seed)) for seed in range(20)]
    held = [one.key.open(token, [one.signing.public]) for token in tokens]
    key, marks = one.flights.key(NAME), [mark_of(one.key, "0025")]
    for seed, token in enumerate(tokens):
        (one, two)[seed % 2].decide(token, face(seed))
    revoked(one.key, PASS, FLIGHT, one.passes, time.now)
    two.passes.hear(one.passes.news(("gate-b",), one.signing, time.now), {one.name: one.signing.public})
    during = stolen(tmp_path / "kiosks")
    # While it boards, the disk has the key and marks, and still no template, no booking, no name, no token.
    assert any(mark.hex().encode() in during for mark in marks)
    secret = [
        *tokens,
        *[item for one_held in held for item in (one_held.code, one_held.single)],
        b"ABC123",
        b"DESMARAIS",
    ]
    for item in secret:
        assert item not in during
        assert item.hex().encode() not in during
    # Four digits come by chance in keys, marks, ciphertexts and checksums: they are looked for beside.
    beside = re.sub(rb"(?s)cjr1.{20}|[0-9a-f]{32,}", b"", during)
    for item in (b"0025", b"30303235"):
        assert item not in beside
    root = (tmp_path / "kiosks" / "one" / NAME / "key").read_bytes()
    time.on(4 * HOUR)
    receipts = [*one.flights.tidy(), *two.flights.tidy()]
    assert [receipt.key for receipt in receipts] == [key.id, key.id]
    after = stolen(tmp_path / "kiosks")
    assert after == b"one\ntwo"
    assert root not in after
    # And the tokens, which travellers still have, open nowhere any more.
    for kiosk in (one, two, AtGate(tmp_path / "kiosks" / "one", time)):
        with pytest.raises(Refused):
            kiosk.decide(tokens[0], never)


def test_whatever_bytes_are_scanned_nothing_but_a_refusal_of_ours_comes_out(at: AtGate) -> None:
    chance = random.Random(1)
    for _ in range(300):
        text = "".join(chance.choice(base45.LETTERS) for _ in range(chance.randrange(420)))
        with pytest.raises((Malformed, Tampered)):
            at.key.open(base45.read(text), [at.signing.public])
        with pytest.raises(CountenanceError):
            coding.decode(
                chance.randbytes(chance.randrange(1, 4)).replace(b"\x7f", b"\0").replace(b"\x81", b"\0"), ME.extractor
            )
