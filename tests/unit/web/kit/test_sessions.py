"""Who is signed in: as long as the custodian said so minutes ago, and no longer than their session."""

from dataclasses import dataclass

import pytest

from countenance.errors import Refused, Unavailable
from countenance.vocabulary.requests import Session
from countenance.vocabulary.warrants import Role
from countenance.web.kit import sessions
from countenance.web.kit.sessions import FRESH, IDLE, Sessions, SignedIn


@dataclass
class Clock:
    now: int = 1_000_000

    def __call__(self) -> int:
        return self.now


def told(token: str = "t", *, cameras: tuple[str, ...] = (), roles: tuple[Role, ...] = (Role.OFFICER,)) -> SignedIn:
    return SignedIn(token, "officer-1", "police", frozenset(roles), frozenset(cameras), bytes(65), 0)


def session(clock: Clock, lasts: int = 10 * FRESH) -> Session:
    return Session("00" * 8, "officer-1", bytes(65), clock.now, clock.now + lasts, bytes(16))


def test_somebody_is_in_until_the_custodian_must_be_asked_anew() -> None:
    clock = Clock()
    known = Sessions(clock)
    assert known.of("t") is None
    first = known.entered(session(clock), told())
    first.keys["hall", 7] = bytes(32)
    clock.now += FRESH - 1
    assert known.of("t") is first
    again = known.entered(session(clock), told())
    assert again.keys == {("hall", 7): bytes(32)}
    fewer = known.entered(session(clock), told(cameras=("yard",)))
    assert fewer.keys == {}
    known.entered(session(clock), again)
    clock.now += FRESH
    assert known.of("t") is None


def test_what_runs_for_somebody_sees_at_once_what_was_taken_from_them() -> None:
    clock = Clock()
    known = Sessions(clock)
    under_way = known.entered(session(clock), told())
    known.entered(session(clock), told())
    under_way.keys["hall", 7] = bytes(32)
    now = known.of("t")
    assert now is not None
    assert now.keys == {("hall", 7): bytes(32)}
    known.entered(session(clock), told(cameras=("yard",)))
    assert (under_way.sees("hall"), under_way.keys) == (False, {})


def test_keys_go_with_a_role() -> None:
    clock = Clock()
    known = Sessions(clock)
    known.entered(session(clock), told()).keys["hall", 7] = bytes(32)
    assert known.entered(session(clock), told(roles=(Role.OFFICER, Role.AUDITOR))).keys
    fewer = known.entered(session(clock), told(roles=(Role.AUDITOR,)))
    assert (fewer.keys, fewer.roles) == ({}, frozenset({Role.AUDITOR}))


def test_nobody_is_in_for_longer_than_their_session() -> None:
    clock = Clock()
    known = Sessions(clock)
    known.entered(session(clock, lasts=5), told())
    clock.now += 5
    assert known.of("t") is None


def test_who_leaves_or_lapses_leaves_no_key() -> None:
    clock = Clock()
    known = Sessions(clock)
    first = known.entered(session(clock), told())
    first.keys["hall", 7] = bytes(32)
    known.left("t")
    assert (known.of("t"), first.keys, len(known)) == (None, {}, 0)
    second = known.entered(session(clock), told())
    second.keys["hall", 7] = bytes(32)
    clock.now += FRESH
    known.entered(session(clock), told("other"))
    assert (second.keys, len(known)) == ({}, 1)


def test_a_key_that_lies_unused_goes_and_one_that_is_used_stays() -> None:
    clock = Clock()
    known = Sessions(clock)
    first = known.entered(session(clock), told())
    first.lease("hall", 7, bytes(32))
    first.lease("yard", 7, bytes(32))
    assert first.key("gate", 7) is None
    clock.now += IDLE
    known.tidy()
    # Both were leased since it was last looked.
    assert len(first.keys) == 2
    known.entered(session(clock), told())
    assert first.key("hall", 7) == bytes(32)
    clock.now += IDLE - 1
    known.tidy()
    assert len(first.keys) == 2
    clock.now += 1
    known.entered(session(clock), told())
    known.tidy()
    assert first.keys == {("hall", 7): bytes(32)}
    clock.now += IDLE
    known.tidy()
    assert (first.keys, known.of("t")) == ({}, first)


def test_who_was_not_named_again_is_let_go_of_when_it_is_tidied() -> None:
    clock = Clock()
    known = Sessions(clock)
    first = known.entered(session(clock), told())
    first.lease("hall", 7, bytes(32))
    clock.now += FRESH - 1
    known.tidy()
    assert len(known) == 1
    clock.now += 1
    known.tidy()
    assert (first.keys, len(known)) == ({}, 0)


def test_there_is_room_for_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MOST", 1)
    clock = Clock()
    known = Sessions(clock)
    known.entered(session(clock), told())
    with pytest.raises(Unavailable):
        known.entered(session(clock), told("other"))
    known.entered(session(clock), told())


def test_what_else_is_kept_for_a_session_is_told_of_its_end() -> None:
    clock, over = Clock(), list[str]()
    known = Sessions(clock, over.append)
    known.entered(session(clock), told("left"))
    known.entered(session(clock), told("forgotten"))
    known.left("left")
    known.left("left")
    assert over == ["left"]
    clock.now += FRESH
    known.entered(session(clock), told("new"))
    assert over == ["left", "forgotten"]


def test_cameras_and_roles() -> None:
    assert told().sees("any")
    assert told(cameras=("yard",)).sees("yard")
    assert not told(cameras=("yard",)).sees("hall")
    told().require(Role.OPERATOR, Role.OFFICER)
    with pytest.raises(Refused, match="operator or auditor"):
        told().require(Role.OPERATOR, Role.AUDITOR)


def test_no_key_in_a_repr() -> None:
    known = told("a secret of sorts")
    known.keys["hall", 7] = b"\xab" * 32
    assert repr(known) == "SignedIn(officer-1, 1 keys)"
