"""The second hears the first and nobody else, each call once; the first believes the second and nobody else."""

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from countenance.channel import address
from countenance.channel.client import Connection
from countenance.channel.message import Message
from countenance.crypto import keypair, sign
from countenance.crypto.seal import seal
from countenance.crypto.sign import SigningKey
from countenance.errors import CountenanceError, Malformed, Refused, Tampered, Unavailable
from countenance.formats import canonical, records
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.second import Call
from countenance.zones.custodian import calling, opening, stacking
from countenance.zones.custodian.calling import Caller, Own
from countenance.zones.custodian.keys import Secret
from countenance.zones.custodian.opening import Tools
from countenance.zones.custodian.pads import Pads
from countenance.zones.custodian.second import service
from countenance.zones.custodian.second.lifecycle import SecondCustodian
from simulator.court import Court
from simulator.second import Pair, Second


def letter(pair: Pair, key: SigningKey | None = None, **changed: object) -> bytes:
    facts = {
        "deployment": pair.second.genesis.deployment,
        "verb": "ready",
        "number": pair.clock() + 1000,
        "body": canonical.write({}),
        "digests": (),
        **changed,
    }
    return records.write(sign.signed(Call(**facts), "custodian", key or pair.opened.signing))  # type: ignore[arg-type]


def said(pair: Pair, *blobs: bytes, verb: str = "ready") -> Message:
    return service.answered(pair.second.opened, Message(verb, {}, blobs), service.ACTS["ready"])


def test_a_call_is_heard_once(pair: Pair) -> None:
    once = letter(pair)
    said(pair, once)
    with pytest.raises(Refused, match="made before"):
        said(pair, once)
    with pytest.raises(Refused, match="made before"):
        said(pair, letter(pair, number=pair.clock() + 999))


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (lambda pair: (letter(pair, SigningKey.generate()),), Tampered),
        (lambda pair: (letter(pair, deployment=pair.genesis.deployment),), Tampered),
        (lambda pair: (letter(pair, verb="rotate"),), Tampered),
        (lambda pair: (letter(pair).replace(b'"signer":"custodian"', b'"signer":"Custodian"'),), Tampered),
        (lambda pair: (letter(pair), b"a blob that was not signed"), Tampered),
        (lambda pair: (letter(pair, digests=(hashlib.sha256(b"one").digest(),)), b"two"), Tampered),
        (lambda pair: (letter(pair, number=pair.clock() + 6 * 60_000),), Refused),
        (lambda pair: (letter(pair, number=pair.second.opened.since - 1),), Refused),
        (lambda pair: (letter(pair, body=b"[]"),), Malformed),
        (lambda pair: (b"no letter",), Malformed),
        (lambda pair: (), Malformed),
    ],
)
def test_what_is_no_call_of_the_firsts_is_refused(
    pair: Pair, made: Callable[[Pair], tuple[bytes, ...]], kind: type[CountenanceError]
) -> None:
    with pytest.raises(kind):
        said(pair, *made(pair))


def test_an_answer_that_is_not_the_seconds_is_not_believed(pair: Pair) -> None:
    asked, second = ("ready", 7), pair.second.genesis
    own = Own(pair.opened.signing, pair.opened.sealing_private)
    honest = calling.answered(second, pair.second.opened.signing, pair.genesis, asked, b"data")
    assert calling.opened(second, own, asked, honest) == b"data"
    with pytest.raises(Tampered):
        calling.opened(second, own, ("ready", 8), honest)
    forged = calling.answered(second, SigningKey.generate(), pair.genesis, asked, b"data")
    with pytest.raises(Tampered):
        calling.opened(second, own, asked, forged)
    with pytest.raises(Tampered):
        calling.opened(second, own, asked, seal(keypair.generate().public, b"", b"data"))


def test_numbers_grow_though_the_clock_stands_still(pair: Pair, second: Second) -> None:
    before = len(second.heard)
    for _ in range(3):
        stacking.require(pair.opened)
    numbers = [records.read(Call, records.read(Signed, one.blobs[0]).body).number for one in second.heard[before:]]
    assert numbers == sorted(set(numbers))


def test_another_second_than_at_the_first_opening_is_not_taken(pair: Pair, court: Court) -> None:
    path = pair.directory / "second.json"
    honest = path.read_bytes()
    path.write_bytes(records.write(pair.genesis))
    with pytest.raises(Tampered, match="another second custodian"):
        pair.reopen()
    path.unlink()
    with pytest.raises(Unavailable, match=r"second\.json"):
        pair.reopen()
    path.write_bytes(honest)
    pair.reopen()
    assert court.zone.opened.second is not None


def test_its_process_is_locked_until_it_is_opened(pair: Pair) -> None:
    pair.second.crash()
    custodian = SecondCustodian(pair.second.directory, clock=pair.clock, random=secrets.token_bytes, log=lambda _: None)
    handlers = service.handlers(custodian)
    assert handlers["status"](Message("status")).body["state"] == "locked"
    with pytest.raises(Unavailable, match="custodian open --second"):
        handlers["ready"](Message("ready", {}, (letter(pair),)))
    custodian.open(Secret(shares=pair.second.shares))
    assert handlers["ready"](Message("ready", {}, (letter(pair),))).verb == "ready"
    assert not {"rows", "oldest_epoch", "pads_bytes"} & set(custodian.status())
    assert custodian.status()["partitions"] == 4
    before = custodian.status()["entries"]
    pair.clock.now += 3_600_000
    custodian.tick()
    assert custodian.status()["entries"] == before  # no padding: nobody reads a public copy of this log
    custodian.close()


def test_a_custodian_of_two_without_a_line_to_the_other_does_not_act_alone(pair: Pair) -> None:
    pair.crash()
    with pytest.raises(Unavailable, match="second custodian"):
        opening.open_custodian(
            pair.directory,
            Secret(shares=pair.shares),
            clock=pair.clock,
            random=secrets.token_bytes,
            tools=Tools(Pads()),
        )


class Stopped:
    """A second custodian whose process is stopped: a call waits as long as it may, and nothing comes."""

    def __init__(self, pair: Pair, waits: int) -> None:
        self.pair, self.waits, self.asked = pair, waits, 0

    def call(self, verb: str, body: object = None, blobs: tuple[bytes, ...] = ()) -> Message:
        self.asked += 1
        self.pair.clock.now += self.waits
        raise Unavailable("the process at second did not answer")


def test_a_second_that_is_silent_holds_up_one_call(pair: Pair) -> None:
    line = Stopped(pair, int(1000 * calling.PATIENCE_SECONDS))
    caller = Caller(pair.second.genesis, line, Own(pair.opened.signing, pair.opened.sealing_private), pair.clock)
    with pytest.raises(Unavailable, match="does not answer"):
        caller.ask("ready", {})
    for _ in range(3):
        with pytest.raises(Unavailable, match="stopped"):
            caller.ask("ready", {})
    assert line.asked == 1
    pair.clock.now += calling.PAUSE
    with pytest.raises(Unavailable):
        caller.ask("ready", {})
    assert line.asked == 2
    pair.clock.now -= 3_600_000  # A clock that is set back makes no pause longer.
    caller._line = pair.second
    assert caller.ask("ready", {})


def test_a_second_that_says_at_once_that_it_is_locked_is_asked_again_at_once(pair: Pair) -> None:
    line = Stopped(pair, 0)
    caller = Caller(pair.second.genesis, line, Own(pair.opened.signing, pair.opened.sealing_private), pair.clock)
    for _ in range(2):
        with pytest.raises(Unavailable, match="custodian open --second"):
            caller.ask("ready", {})
    assert line.asked == 2


def test_a_stopped_process_is_given_up(pair: Pair, tmp_path: Path) -> None:
    """A stopped process has its socket, and the kernel takes connections and questions for it."""
    own, listener = Own(pair.opened.signing, pair.opened.sealing_private), address.listen(tmp_path / "second", 0o600)
    with listener, Connection(tmp_path / "second", timeout=0.05) as line:
        caller = Caller(pair.second.genesis, line, own, pair.clock)
        with pytest.raises(Unavailable, match="both are needed"):
            caller.ask("ready", {})


def test_nothing_secret_is_in_a_caller(pair: Pair) -> None:
    own = Own(pair.opened.signing, pair.opened.sealing_private)
    caller = Caller(pair.second.genesis, pair.second, own, pair.clock)
    assert pair.opened.sealing_private.hex() not in repr(caller) + repr(own)
