"""Run as a program: store one upload and be killed at a named step. `crash.py DIRECTORY STEP < upload`."""

import os
import pickle
import secrets
import sys
from pathlib import Path

from sqlalchemy import event

from countenance.channel.message import Message
from countenance.zones.repository import service
from countenance.zones.repository.configuration import RepositorySettings
from simulator.repository import Clock, Custodian

STEPS = ("start", "object 1", "object 2", "objects", "before commit", "after commit")


def main() -> None:
    directory, step = Path(sys.argv[1]), sys.argv[2]
    verb, blobs, edges = pickle.load(sys.stdin.buffer)
    with service.opened(
        directory,
        RepositorySettings(),
        Custodian(edges=edges),
        clock=Clock(),
        random=secrets.token_bytes,
        log=lambda _line: None,
    ) as repository:
        put, settle = repository.objects._put, repository.objects._settle
        count = 0

        def counted_put(name: str, blob: bytes) -> None:
            nonlocal count
            put(name, blob)
            count += 1
            if step == f"object {count}":
                os._exit(9)

        def ended_settle(names: list[str]) -> None:
            settle(names)
            if step == "objects":
                os._exit(9)

        repository.objects._put = counted_put
        repository.objects._settle = ended_settle
        if step == "before commit":
            event.listen(repository.database._engine, "commit", lambda _connection: os._exit(9))
        if step == "after commit":
            repository.presenter.wake = lambda: os._exit(9)
        if step == "start":
            os._exit(9)
        service.handlers(repository)[verb](Message(verb, {}, blobs))
    sys.exit("the step never came")


if __name__ == "__main__":
    main()
