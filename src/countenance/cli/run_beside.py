"""The processes of custodians beside a deployment's own: what those of galleries and the second one have in common.

`python -m countenance.cli.run_gallery genesis|restore|serve --deployment DIR`, and `run_second` alike. Files they
make are for their account alone, and they leave no core dump that would hold keys, probes or scores.
"""

import argparse
import os
import resource
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from countenance.channel.server import Handler, Server
from countenance.cli.restored import restored
from countenance.durable import files, lock
from countenance.errors import CountenanceError, Malformed
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis
from countenance.zones.custodian import founding, restoring, terminal
from countenance.zones.custodian.keys import Sharing
from countenance.zones.custodian.lifecycle import Custodian
from countenance.zones.custodian.records import EdgeIdentity

_MOST_INPUT = 1024 * 1024

C = TypeVar("C", bound=Custodian)


@dataclass(frozen=True, slots=True)
class Zone(Generic[C]):
    """One such process. `name`: of its directory, its socket and its lines; `tick`: seconds between two `tick`s.

    `largest`: bytes of one question; `folders`: besides log and store; `repeat`: what restoring repeats besides;
    `work`: what a thread of its own does.
    """

    name: str
    kind: type[C]
    handlers: Callable[[C], Mapping[str, Handler]]
    tick: float
    largest: int
    folders: tuple[str, ...] = ()
    repeat: restoring.Also = restoring.FIRST.also
    work: Callable[[C, threading.Event], None] | None = None

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Run `genesis`, `restore` or `serve`; returns the exit code.

        Errors are one canonical JSON object on standard output.
        """
        os.umask(0o077)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        parser = argparse.ArgumentParser(prog=f"countenance.cli.run_{self.name}")
        parser.add_argument("act", choices=["genesis", "restore", "serve"])
        parser.add_argument("--deployment", type=Path, required=True)
        chosen = parser.parse_args(arguments)
        try:
            if chosen.act == "genesis":
                self.found(chosen.deployment)
            elif chosen.act == "restore":
                which = restoring.Which(self.name, self.repeat)
                done = restored(chosen.deployment / self.name, which)
                _say({"backup": done.backup, "entries": done.entries, "repeated": done.repeated})
            else:
                self.serve(chosen.deployment)
        except CountenanceError as error:
            _say({"error": error.name, "message": str(error)})
            return error.exit_code
        return 0

    def found(self, deployment: Path) -> None:
        """Read the founder's plan from standard input, make the custodian, print what the founder must keep.

        Input and output are canonical JSON: `of`, the deployment's Genesis record, `passphrase` or `threshold` and
        `count`, `probe`, an EdgeIdentity record, and `policy`, its text, if it is to have one; out come `deployment`
        and `shares`.
        """
        plan = canonical.read(sys.stdin.buffer.read(_MOST_INPUT))
        if not isinstance(plan, Mapping):
            raise Malformed("the founder's plan is a JSON object on standard input")
        of = records.read(Genesis, canonical.write(plan.get("of")))
        probe = records.read(EdgeIdentity, canonical.write(plan.get("probe")))
        directory = deployment / self.name
        files.make_directory(directory)
        policy = plan.get("policy", "")
        if not isinstance(policy, str):
            raise Malformed("a policy is a text")
        planned = founding.Plan(self.name, of, _secret(plan), probe, self.folders, policy)
        made = founding.found(directory, planned, clock=_now, random=secrets.token_bytes)
        _say({"deployment": made.genesis.deployment, "shares": list(made.shares)})

    def serve(self, deployment: Path) -> None:
        """Answer on both sockets until SIGTERM or SIGINT. Raises Unavailable if another process serves it already."""
        directory = deployment / self.name
        with lock.hold(directory / "lock"):
            custodian = self.kind(directory, clock=_now, random=secrets.token_bytes, log=self._log)
            stop = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
            most = self.largest
            theirs = Server(deployment / "sockets" / self.name, self.handlers(custodian), log=self._log, largest=most)
            verbs = terminal.handlers(custodian)
            own = Server(directory / "terminal", verbs, mode=0o600, log=self._log, largest=most)
            threads = [threading.Thread(target=server.serve_forever, args=(stop,)) for server in (theirs, own)]
            if self.work is not None:
                threads.append(threading.Thread(target=self.work, args=(custodian, stop)))
            for thread in threads:
                thread.start()
            self._log("locked; waiting to be opened")
            try:
                while not stop.wait(self.tick):
                    custodian.tick()
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
                custodian.close()

    def _log(self, line: str) -> None:
        sys.stderr.write(f"{self.name}: {line}\n")
        sys.stderr.flush()


def _secret(plan: Mapping[str, Json]) -> str | Sharing:
    passphrase, threshold, count = plan.get("passphrase"), plan.get("threshold"), plan.get("count")
    if isinstance(passphrase, str):
        return passphrase
    if type(threshold) is int and type(count) is int:
        return Sharing(threshold, count)
    raise Malformed("the founder's plan has a passphrase, or says how to share")


def _now() -> int:
    return time.time_ns() // 1_000_000


def _say(facts: Mapping[str, Json]) -> None:
    sys.stdout.buffer.write(canonical.write(facts) + b"\n")
    sys.stdout.flush()
