"""A second custodian behind the first: its own directory, shares, roster and edges, reached in one process."""

import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from countenance.channel.message import Message
from countenance.crypto.seal import binding
from countenance.errors import CountenanceError, Unavailable
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.matching import mask
from countenance.vocabulary.acts import Verb
from countenance.vocabulary.cameras import Partition
from countenance.vocabulary.deployment import ApprovalOrigin, Genesis
from countenance.vocabulary.entries import Entry
from countenance.vocabulary.migration import MigrationOrder
from countenance.vocabulary.requests import Signed
from countenance.vocabulary.second import Share
from countenance.vocabulary.sightings import Lease
from countenance.vocabulary.warrants import Approval
from countenance.warrants import ready
from countenance.zones.custodian import edges, founding, opening, roster
from countenance.zones.custodian.keys import Secret, Sharing
from countenance.zones.custodian.opened import Opened
from countenance.zones.custodian.opening import Tools
from countenance.zones.custodian.pads import Pads
from countenance.zones.custodian.second import service
from simulator.court import LAST_HOUR, Court
from simulator.people import EXTRACTOR, HOUR, person
from simulator.zone import Clock, Edge, Zone

ROWS = (("aa" * 16, bytes(range(16))), ("bb" * 16, bytes(range(1, 17))))
"""Sightings and the nonces of their stills."""

NOTHING: Mapping[str, Json] = {}


class Second:
    """The second custodian, and the line to it. `heard`: every call as it came; `between`: called before each."""

    def __init__(self, directory: Path, of: Genesis, probe: Edge, clock: Clock) -> None:
        self.directory = directory
        self.clock = clock
        plan = founding.Plan("second", of, Sharing(2, 2), probe.identity, policy=ready.text("eu"))
        made = founding.found(directory, plan, clock=clock, random=secrets.token_bytes)
        self.genesis, self.shares = made.genesis, made.shares
        self.heard: list[Message] = []
        self.between: Callable[[str], object] = lambda _: None
        self._opened: Opened | None = None

    @property
    def opened(self) -> Opened:
        assert self._opened is not None
        return self._opened

    def open(self) -> None:
        secret = Secret(shares=self.shares)
        self._opened = opening.open_custodian(self.directory, secret, clock=self.clock, random=secrets.token_bytes)

    def crash(self) -> None:
        if self._opened is not None:
            self._opened.store.close()
            self._opened.sequencer.close()
        self._opened = None

    def call(self, verb: str, body: Mapping[str, Json] = NOTHING, blobs: tuple[bytes, ...] = ()) -> Message:
        self.between(verb)
        if self._opened is None:
            raise Unavailable("the second custodian is locked")
        self.heard.append(Message(verb, body, blobs))
        return service.answered(self._opened, self.heard[-1], service.ACTS[verb])

    def log(self) -> list[Entry]:
        return list(self.opened.sequencer.entries())

    def contents(self) -> tuple[int, int]:
        """What a refusal must not change but by its own entry: records in the store, and acts authorised."""
        kinds = [entry.kind.value for entry in self.log()]
        return kinds.count("authorised"), kinds.count("leased") + kinds.count("rotated") + kinds.count("migrating")

    def refused(self, act: Callable[[], object]) -> CountenanceError:
        """The error that `act` raises; nothing was authorised, leased or renewed here."""
        before = self.contents()
        try:
            act()
        except CountenanceError as error:
            assert self.contents() == before
            return error
        raise AssertionError("this should have been refused")


class Pair(Zone):
    """A first custodian with a second. People and edges are put on both lists."""

    def __init__(
        self, directory: Path, *, demo: bool = True, quorum: int = 2, approval: ApprovalOrigin | None = None
    ) -> None:
        first, beside = directory / "custodian", directory / "second"
        first.mkdir(mode=0o700)
        beside.mkdir(mode=0o700)
        super().__init__(first, demo=demo, quorum=quorum, approval=approval, custodians=2)
        self.second = Second(beside, self.genesis, self.probe, self.clock)
        (first / "second.json").write_bytes(records.write(self.second.genesis))

    def open(self) -> Opened:
        if self.second._opened is None:
            self.second.open()
        secret, tools = Secret(shares=self.shares), Tools(Pads(), self.second)
        self._opened = opening.open_custodian(
            self.directory, secret, clock=self.clock, random=secrets.token_bytes, tools=tools
        )
        return self._opened

    def crash(self) -> None:
        super().crash()
        self.second.crash()

    def admit(self, *names: str) -> None:
        super().admit(*names)
        for name in names:
            roster.add(self.second.opened, person(name))

    def enrol(self, name: str) -> Edge:
        edge = super().enrol(name)
        edges.enrol(self.second.opened, edge.identity)
        return edge

    def share(self, edge: Edge, lease: Lease) -> Share:
        partition = str(Partition(lease.camera, lease.hour))
        info = binding("share", self.second.genesis.deployment, edge.name, partition)
        return records.read(Share, records.read(Signed, edge.own.open(info, lease.second)).body)

    def values(self, edge: Edge, lease: Lease) -> tuple[Lease | Share, ...]:
        return (lease, self.share(edge, lease))

    def stacked(self, row: bytes, edge: Edge, lease: Lease, nonce: bytes) -> bytes:
        return mask.stacked(row, self.share(edge, lease).block_key, nonce)


def order(court: Court, **changed: object) -> MigrationOrder:
    """An order to make the rows of one camera and hour anew; `changed`: what it says otherwise."""
    facts = {
        "deployment": court.zone.genesis.deployment,
        "migration": "ab" * 8,
        "cameras": ("hall-east",),
        "first": LAST_HOUR,
        "last": LAST_HOUR,
        "old": EXTRACTOR,
        "new": bytes(32),
        "dimension": 160,
        "requester": "operator-1",
        "made": court.zone.clock(),
        "expires": court.zone.clock() + HOUR,
        "reason": "a better extractor",
        **changed,
    }
    return MigrationOrder(**facts)  # type: ignore[arg-type]


def words(court: Court, about: MigrationOrder, *names: str) -> list[Signed]:
    """What these people sign to approve it."""
    said = [Approval(about.migration, 1, records.digest(about), name, True, "", 0) for name in names]
    return [court.zone.ask(one.person, Verb.APPROVE, one).signed for one in said]
