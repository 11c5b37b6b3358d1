"""The custodian's process: `python -m countenance.cli.run_custodian genesis|restore|serve --deployment DIR`.

Not a verb: `countenance init` and `countenance run` start it, or the custodian's own account does. Files it makes are
for its account alone, and it leaves no core dump that would hold keys.
"""

import argparse
import os
import resource
import secrets
import signal
import ssl
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from countenance import settings
from countenance.channel.client import Connection
from countenance.channel.server import Server
from countenance.cli.restored import restored
from countenance.durable import files, lock
from countenance.errors import CountenanceError, Malformed, Unavailable
from countenance.formats import canonical, records
from countenance.formats.canonical import Json
from countenance.vocabulary.deployment import ApprovalOrigin
from countenance.zones.custodian import channels, courier, genesis, restoring, service, terminal
from countenance.zones.custodian.calling import PATIENCE_SECONDS
from countenance.zones.custodian.configuration import CustodianSettings
from countenance.zones.custodian.keys import Sharing
from countenance.zones.custodian.lifecycle import Custodian
from countenance.zones.custodian.opening import Tools
from countenance.zones.custodian.pads import Pads
from countenance.zones.custodian.records import EdgeIdentity

TICK_SECONDS = 60.0
COURIER_SECONDS = 2.0
_MOST_INPUT = 1024 * 1024
# Bytes of one question: the rows of a whole sheet of the largest dimension, 32 MiB, and what comes with them.
_LARGEST = 64 * 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one act; returns the exit code. Errors are one canonical JSON object on standard output."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    parser = argparse.ArgumentParser(prog="countenance.cli.run_custodian", description=__doc__.partition("\n")[0])
    parser.add_argument("act", choices=["genesis", "restore", "serve"])
    parser.add_argument("--deployment", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.act == "genesis":
            found(chosen.deployment)
        elif chosen.act == "restore":
            restore(chosen.deployment)
        else:
            serve(chosen.deployment)
    except CountenanceError as error:
        _say({"error": error.name, "message": str(error)})
        return error.exit_code
    return 0


def found(deployment: Path) -> None:
    """Read the founder's plan from standard input, make the custodian, print what the founder must keep.

    Input and output are canonical JSON: `demo`, `quorum`, `custodians`, `passphrase` or `threshold` and `count`,
    `probe`, an EdgeIdentity record, `approval` and `console`, ApprovalOrigin records, where people approve and sign in
    with credentials, and `policy`, its text, unless it is the ready policy `eu`; out come `deployment`,
    `auditors_private` (hex) and `shares`.
    """
    plan = canonical.read(sys.stdin.buffer.read(_MOST_INPUT))
    if not isinstance(plan, Mapping):
        raise Malformed("the founder's plan is a JSON object on standard input")
    passphrase, demo, quorum = plan.get("passphrase"), plan.get("demo"), plan.get("quorum")
    threshold, count, custodians = plan.get("threshold"), plan.get("count"), plan.get("custodians", 1)
    if not isinstance(demo, bool) or type(quorum) is not int or type(custodians) is not int:
        raise Malformed("the founder's plan says demo, quorum and how many custodians")
    secret: str | Sharing
    if isinstance(passphrase, str):
        secret = passphrase
    elif type(threshold) is int and type(count) is int:
        secret = Sharing(threshold, count)
    else:
        raise Malformed("the founder's plan has a passphrase, or says how to share")
    probe = records.read(EdgeIdentity, canonical.write(plan.get("probe")))
    directory = deployment / "custodian"
    files.make_directory(directory)
    policy = plan.get("policy")
    approval, console, portal = (_origin(plan.get(name)) for name in ("approval", "console", "portal"))
    rules = policy if isinstance(policy, str) else None
    planned = genesis.Plan(demo, quorum, secret, probe, approval, custodians, rules, console, portal)
    made = genesis.found(directory, planned, clock=_now, random=secrets.token_bytes)
    _say(
        {
            "deployment": made.genesis.deployment,
            "auditors_private": made.auditors_private.hex(),
            "shares": list(made.shares),
        }
    )


def _origin(told: Json) -> ApprovalOrigin | None:
    return None if told is None else records.read(ApprovalOrigin, canonical.write(told))


def restore(deployment: Path) -> None:
    """Restore the custodian from what standard input names, with settings and genesis record where they are missing."""
    done = restored(deployment / "custodian", restoring.FIRST)
    if done.settings and not (deployment / settings.FILE).exists():
        files.write(deployment / settings.FILE, done.settings.encode(), mode=0o644)
    if not (deployment / "genesis.json").exists():
        files.write(deployment / "genesis.json", (deployment / "custodian" / "genesis.json").read_bytes(), mode=0o644)
    _say({"backup": done.backup, "entries": done.entries, "repeated": done.repeated})


def serve(deployment: Path) -> None:
    """Answer on both sockets until SIGTERM or SIGINT. Raises Unavailable if another process serves this custodian."""
    directory, sockets = deployment / "custodian", deployment / "sockets"
    with lock.hold(directory / "lock"):
        chosen = settings.section(CustodianSettings, "custodian", deployment, os.environ)
        idle = chosen.idle()
        # Nobody listens there where the genesis says that there is one custodian, and nobody asks.
        line = Connection(sockets / "second", timeout=PATIENCE_SECONDS)
        custodian = Custodian(
            directory,
            clock=_now,
            random=secrets.token_bytes,
            log=_log,
            tools=lambda: Tools(Pads(chosen.cache_bytes()), line),
            withdrawal=chosen.withdrawal(),
        )
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        relay = Server(
            sockets / "custodian", service.handlers(custodian, sockets / "evidence"), log=_log, largest=_LARGEST
        )
        own = Server(directory / "terminal", terminal.handlers(custodian), mode=0o600, log=_log, largest=_LARGEST)
        threads = [threading.Thread(target=server.serve_forever, args=(stop,)) for server in (relay, own)]
        threads.append(threading.Thread(target=carry, args=(custodian, notices(chosen), stop)))
        for thread in threads:
            thread.start()
        _log("locked; waiting to be opened")
        try:
            while not stop.wait(TICK_SECONDS):
                custodian.tick(idle)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            custodian.close()


def notices(chosen: CustodianSettings) -> channels.Send | None:
    """The channel that the settings name. Raises Malformed, Unavailable for a secret that cannot be read."""
    secret = ""
    if chosen.notify_secret:
        try:
            secret = Path(chosen.notify_secret).read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable("the file of [custodian] notify_secret cannot be read: name another") from error
    server = channels.Server(
        chosen.notify, chosen.notify_server, chosen.notify_sender, secret, ssl.create_default_context()
    )
    return channels.channel(server)


def carry(custodian: Custodian, send: channels.Send | None, stop: threading.Event) -> None:
    """Send notices until `stop` is set; a locked custodian's wait until it is open."""
    while not stop.wait(COURIER_SECONDS):
        try:
            courier.deliver(custodian.acting, send, _log)
        except Unavailable:
            continue
        except CountenanceError as error:
            _log(f"notices wait: {error}")


def _now() -> int:
    return time.time_ns() // 1_000_000


def _say(facts: Mapping[str, Json]) -> None:
    sys.stdout.buffer.write(canonical.write(facts) + b"\n")
    sys.stdout.flush()


def _log(line: str) -> None:
    sys.stderr.write(f"custodian: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
