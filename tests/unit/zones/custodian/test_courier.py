"""Approvers are told what was filed, whatever the repository does; and nothing is lost, repeated or kept for ever."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest

from countenance.crypto import verify
from countenance.errors import Malformed, Refused, Unavailable
from countenance.formats import canonical, records
from countenance.vocabulary.entries import Kind
from countenance.vocabulary.requests import Signed
from countenance.zones.custodian import courier, roster
from countenance.zones.custodian.channels import Notice
from countenance.zones.custodian.courier import FIRST_PAUSE, MOST_TRIES, Filed, Letter
from countenance.zones.custodian.opened import Opened
from simulator.court import PHOTO_KEY, Court, sitting
from simulator.people import TEMPLATE

JUDGE = "court-b/judge-1"


@pytest.fixture
def court() -> Iterator[Court]:
    with sitting() as court:
        courier.address(court.zone.opened, JUDGE, "judge@court.example")
        yield court


class Post:
    """Takes notices, or fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.failures, self.sent = failures, list[tuple[str, Notice]]()

    def __call__(self, address: str, notice: Notice) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("the mail server did not take a notice (OSError)")
        self.sent.append((address, notice))


def deliver(court: Court, post: Post | None, said: list[str] | None = None) -> int:
    @contextmanager
    def acting() -> Iterator[Opened]:
        with nullcontext(court.zone.opened) as opened:
            yield opened

    return courier.deliver(acting, post, (said if said is not None else []).append)


def waiting(court: Court) -> list[Letter]:
    return [letter for _, letter in court.zone.opened.store.all(Letter)]


def test_who_has_an_address_is_told_the_signed_text_and_no_photo(court: Court) -> None:
    text = court.text()
    court.file(text)
    post = Post()
    assert deliver(court, post) == 1
    assert deliver(court, post) == 0
    ((address, notice),) = post.sent
    assert address == "judge@court.example"
    assert records.write(text).decode() in notice.text
    assert records.digest(text).hex() in notice.text
    signed = records.read(Signed, notice.text.splitlines()[-1].encode())
    filed = verify.opened(Filed, signed, court.zone.genesis.log_key)
    assert (filed.hash, filed.warrant, filed.number) == (records.digest(text), text.warrant, 1)
    for secret in (PHOTO_KEY, TEMPLATE):
        assert secret.hex() not in notice.text
    assert text.case not in repr(notice) + repr(waiting(court))


def test_a_narrowed_version_is_told_instead_of_the_one_before(court: Court) -> None:
    first = court.text()
    court.file(first)
    second = replace(first, number=2, narrowed_from=records.digest(first), limits=replace(first.limits, uses=1))
    court.file(second)
    post = Post()
    assert deliver(court, post) == 1
    assert "version 2" in post.sent[0][1].subject


def test_a_server_that_is_away_is_tried_again_later_and_not_for_ever(court: Court) -> None:
    court.file(court.text())
    post, said = Post(failures=99), list[str]()
    for attempt in range(MOST_TRIES):
        assert deliver(court, post, said) == 0
        assert deliver(court, post, said) == 0, "not before its pause is over"
        assert len(waiting(court)) == (attempt < MOST_TRIES - 1)
        court.zone.clock.now += FIRST_PAUSE * 2**attempt
    assert len(said) == MOST_TRIES
    assert 99 - post.failures == MOST_TRIES


def test_what_waits_survives_a_restart(court: Court) -> None:
    court.file(court.text())
    assert deliver(court, Post(failures=1)) == 0
    court.zone.reopen()
    court.zone.clock.now += FIRST_PAUSE
    assert deliver(court, Post()) == 1


def test_nothing_is_kept_without_a_channel_an_address_or_a_use(court: Court) -> None:
    court.file(court.text())
    assert deliver(court, None) == 0
    assert waiting(court) == []
    text = court.text(warrant="f" * 16)
    court.file(text)
    court.zone.clock.now = text.limits.expires
    assert deliver(court, Post()) == 0
    assert waiting(court) == []


def test_only_approvers_who_are_there_and_did_not_ask(court: Court) -> None:
    for name in ("officer-1", "officer-2", "supervisor-1"):
        courier.address(court.zone.opened, name, f"{name}@police.example")
    roster.revoke(court.zone.opened, "supervisor-1")
    court.file(court.text(requester="officer-2"), name="officer-2")
    post = Post()
    deliver(court, post)
    assert [address for address, _ in post.sent] == ["judge@court.example"]


def test_addresses_are_changed_on_record_without_being_in_it(court: Court) -> None:
    opened = court.zone.opened
    courier.address(opened, JUDGE, "")
    assert dict(court.zone.last(Kind.ROSTER).facts)["change"] == f"address of {JUDGE}"
    assert b"court.example" not in b"".join(canonical.write(records.plain(e)) for e in opened.sequencer.entries())
    court.file(court.text())
    assert waiting(court) == []
    for bad in ("a\nb", " a", "x" * 321):
        with pytest.raises(Malformed):
            courier.address(opened, JUDGE, bad)
    with pytest.raises(Refused):
        courier.address(opened, "nobody", "a@b")
