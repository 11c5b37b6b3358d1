"""The gallery custodian's process: `python -m countenance.cli.run_gallery genesis|serve --deployment DIR`.

Not a verb: `countenance gallery init` and `countenance run` start it, or its own account does. Files it makes are for
its account alone, and it leaves no core dump that would hold keys, probes or scores.
"""

import argparse
import os
import resource
import secrets
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from countenance.channel.server import Server
from countenance.durable import files, lock
from countenance.errors import CountenanceError, Malformed
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import Genesis
from countenance.zones.custodian import terminal
from countenance.zones.custodian.gallery import founding, service
from countenance.zones.custodian.gallery.lifecycle import GalleryCustodian
from countenance.zones.custodian.keys import Sharing
from countenance.zones.custodian.records import EdgeIdentity

TICK_SECONDS = 20.0
_MOST_INPUT = 1024 * 1024
# Bytes of one question: three photos with their templates, or the text of a gallery of 10,000 references.
_LARGEST = 16 * 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `genesis` or `serve`; returns the exit code. Errors are one canonical JSON object on standard output."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parser = argparse.ArgumentParser(prog="countenance.cli.run_gallery", description=__doc__.partition("\n")[0])
    parser.add_argument("act", choices=["genesis", "serve"])
    parser.add_argument("--deployment", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.act == "genesis":
            found(chosen.deployment)
        else:
            serve(chosen.deployment)
    except CountenanceError as error:
        _say({"error": error.name, "message": str(error)})
        return error.exit_code
    return 0


def found(deployment: Path) -> None:
    """Read the founder's plan from standard input, make the gallery custodian, print what the founder must keep.

    Input and output are canonical JSON: `of`, the deployment's Genesis record, `passphrase` or `threshold` and `count`,
    and `probe`, an EdgeIdentity record; out come `deployment` and `shares`.
    """
    plan = canonical.read(sys.stdin.buffer.read(_MOST_INPUT))
    if not isinstance(plan, Mapping):
        raise Malformed("the founder's plan is a JSON object on standard input")
    of = records.read(Genesis, canonical.write(plan.get("of")))
    probe = records.read(EdgeIdentity, canonical.write(plan.get("probe")))
    directory = deployment / "gallery"
    files.make_directory(directory)
    planned = founding.Plan(of, _secret(plan), probe)
    made = founding.found(directory, planned, clock=_now, random=secrets.token_bytes)
    _say({"deployment": made.genesis.deployment, "shares": list(made.shares)})


def serve(deployment: Path) -> None:
    """Answer on both sockets until SIGTERM or SIGINT. Raises Unavailable if another process serves it already."""
    directory = deployment / "gallery"
    with lock.hold(directory / "lock"):
        custodian = GalleryCustodian(directory, clock=_now, random=secrets.token_bytes, log=_log)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        handlers = service.handlers(custodian)
        everyone = Server(deployment / "sockets" / "gallery", handlers, log=_log, largest=_LARGEST)
        own = Server(directory / "terminal", terminal.handlers(custodian), mode=0o600, log=_log, largest=_LARGEST)
        threads = [threading.Thread(target=server.serve_forever, args=(stop,)) for server in (everyone, own)]
        threads.append(threading.Thread(target=custodian.compare_forever, args=(stop,)))
        for thread in threads:
            thread.start()
        _log("locked; waiting to be opened")
        try:
            while not stop.wait(TICK_SECONDS):
                custodian.tick()
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            custodian.close()


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


def _log(line: str) -> None:
    sys.stderr.write(f"gallery: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
