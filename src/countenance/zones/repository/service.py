"""The repository as a process: its verbs, its loops, its start and its end.

Loops: presenting (what arrived, to the custodian), publishing (the log), sweeping (what is gone), forgetting (live
pictures, kiosks' letters). Each says once that the custodian is away and goes on by itself when it is back.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from countenance.channel.server import Door, Handler, Server
from countenance.durable import lock
from countenance.errors import CountenanceError, Unavailable
from countenance.formats import records
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import Moment
from countenance.zones.repository import (
    catalogue,
    door,
    dots,
    filings,
    intake,
    kiosks,
    live,
    publication,
    published,
    relay,
    retention,
    search,
    usage,
)
from countenance.zones.repository.configuration import RepositorySettings
from countenance.zones.repository.custodian import Custodian
from countenance.zones.repository.database import Database
from countenance.zones.repository.keys import EdgeKeys
from countenance.zones.repository.letters import Letters
from countenance.zones.repository.newest import Newest
from countenance.zones.repository.objects import Objects
from countenance.zones.repository.presenting import Presenter
from countenance.zones.repository.repository import Repository
from countenance.zones.repository.sheets import Sheets
from countenance.zones.repository.turns import Turns
from countenance.zones.repository.wanted import Wanted

# Seconds between two looks for objects that belong to nobody.
ORPHAN_SECONDS = 3600.0
# Seconds between two rounds of forgetting live pictures.
FORGET_SECONDS = 10.0
# Every camera's edge holds two connections: spool and live.
CONNECTIONS = 256

VERBS = {
    "edge.sighting": intake.sighting,
    "edge.segment": intake.segment,
    "edge.manifest": intake.manifest,
    "edge.poll": intake.poll,
    "edge.lease": relay.lease,
    "edge.live": live.beat,
    "gate.letter": kiosks.leave,
    "gate.lanes": relay.lanes,
    "live.wait": live.wait,
    "live.beats": live.beats,
    "ask": relay.ask,
    "disclose": relay.disclose,
    "camera.declare": relay.declare,
    "camera.withdraw": relay.withdraw,
    "warrant.file": filings.file,
    "desk.key": filings.desk_key,
    "desk.file": filings.desk_file,
    "warrant.list": filings.listed,
    "warrant.photo": filings.photo,
    "search": search.search,
    "sightings.list": catalogue.sightings,
    "sightings.show": catalogue.sighting,
    "object": catalogue.piece,
    "segments": catalogue.segments,
    "segment": catalogue.segment,
    "cameras": catalogue.cameras,
    "log.file": published.file,
    "register": publication.register,
    "cameras.measure": dots.measure,
    "cameras.place": dots.place,
    "cameras.places": dots.places,
    "usage": usage.usage,
    "status": catalogue.status,
}


@contextmanager
def opened(
    directory: Path,
    settings: RepositorySettings,
    custodian: Custodian,
    *,
    clock: Callable[[], Moment],
    random: Callable[[int], bytes],
    log: Callable[[str], None],
) -> Iterator[Repository]:
    """The repository in `directory`, held by this process alone. Raises Unavailable if another process holds it."""
    try:
        genesis = records.read(Genesis, (directory / "genesis.json").read_bytes())
    except OSError as error:
        raise Unavailable(
            "this folder holds no repository that can be read: run 'countenance init', and start it as its owner"
        ) from error
    with lock.hold(directory / "lock"):
        database = Database(settings.database or f"sqlite:///{directory / 'repository.db'}")
        try:
            sheets = Sheets(directory / "rows", log)
            yield Repository(
                directory=directory,
                genesis=genesis,
                database=database,
                objects=Objects(settings.objects or str(directory / "objects"), random),
                sheets=sheets,
                turns=Turns(),
                custodian=custodian,
                edges=EdgeKeys(database, custodian),
                presenter=Presenter(database, sheets, custodian, clock=clock, log=log),
                wanted=Wanted(clock),
                newest=Newest(database, clock),
                letters=Letters(clock),
                clock=clock,
                random=random,
                log=log,
            )
        finally:
            database.close()


def handlers(repository: Repository) -> Mapping[str, Handler]:
    """What the repository's socket answers, by verb."""
    return {verb: partial(act, repository) for verb, act in VERBS.items()}


def serve(repository: Repository, settings: RepositorySettings, socket: Path, stop: threading.Event) -> None:
    """Answer at `socket` and run the loops until `stop` is set; then finish what is under way.

    Beside it, at `door`, the portal's process is answered, and told less.
    """
    server = Server(socket, handlers(repository), log=repository.log, most=CONNECTIONS)
    beside = Door(
        socket.parent / "door",
        {verb: partial(act, repository) for verb, act in door.VERBS.items()},
        log=repository.log,
        largest=door.MAXIMUM_QUESTION,
        most=door.CONNECTIONS,
    )
    loops = [
        threading.Thread(target=beside.serve_forever, args=(stop,), name="door"),
        threading.Thread(target=repository.presenter.run, args=(stop,), kwargs={"pause": settings.present_seconds}),
        _loop(repository, stop, "publishing", publication.publish, settings.publish_seconds),
        _loop(repository, stop, "sweeping", retention.sweep, settings.sweep_seconds),
        _loop(repository, stop, "sweeping failed uploads", retention.sweep_doubtful, settings.sweep_seconds),
        _loop(repository, stop, "sweeping orphans", retention.sweep_orphans, ORPHAN_SECONDS),
        _loop(repository, stop, "forgetting pictures", live.forget, FORGET_SECONDS),
        _loop(repository, stop, "forgetting letters", kiosks.forget, FORGET_SECONDS),
    ]
    for loop in loops:
        loop.start()
    repository.log("repository serves")
    try:
        server.serve_forever(stop)
    finally:
        stop.set()
        repository.presenter.wake()
        for loop in loops:
            loop.join()
        repository.log("repository ends")


def _loop(
    repository: Repository, stop: threading.Event, what: str, act: Callable[[Repository], object], pause: float
) -> threading.Thread:
    def run() -> None:
        away = ""
        while not stop.is_set():
            try:
                act(repository)
                away = ""
            except CountenanceError as error:
                if away != str(error):
                    repository.log(f"{what} waits: {error}")
                away = str(error)
            stop.wait(pause)

    return threading.Thread(target=run, name=what)
