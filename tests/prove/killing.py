"""Kill -9 of a deployment's processes, and how they come back; what the log says is read from its file.

Victims are found as the children of this deployment's own `countenance run`, by the module they run, so that nothing
else on the machine is ever touched.
"""

import contextlib
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil

from countenance.channel.client import Connection
from countenance.cli.demo.opening import rise
from countenance.cli.demo.stage import Stage
from countenance.durable import journal
from countenance.errors import CountenanceError, Refused, Unavailable
from countenance.formats import records
from countenance.log import leaf
from countenance.vocabulary.entries import Entry, Kind

# Everything at once: the supervisor, its processes and whoever records; as when the power goes.
POWER = "power"
SERVING = ("repository", "custodian", "evidence")


def supervisor(stage: Stage) -> subprocess.Popen[bytes]:
    """The `countenance run` of this deployment."""
    return next(process for process in stage.processes if isinstance(process.args, list) and "run" in process.args)


def serving(stage: Stage, zone: str) -> psutil.Process:
    """The process of a zone; waits until there is one."""
    found: list[psutil.Process] = []

    def there() -> bool:
        for process in psutil.Process(supervisor(stage).pid).children():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if f"countenance.cli.run_{zone}" in process.cmdline():
                    found.append(process)
        return bool(found)

    stage.until(there, f"the {zone}")
    return found[0]


def aimed(stage: Stage, victim: str, watch: "subprocess.Popen[bytes] | None" = None) -> Callable[[], None]:
    """What sends SIGKILL to `victim`, found now so that it can be hit at once later.

    `victim`: a zone of SERVING, `edge` (then `watch` is it), or POWER.
    """
    if victim == "edge":
        assert watch is not None
        return watch.kill
    if victim == POWER:
        return partial(_cut_power, stage, supervisor(stage), watch)
    process = serving(stage, victim)

    def shot() -> None:
        process.kill()
        process.wait(30)

    return shot


def _cut_power(stage: Stage, run: "subprocess.Popen[bytes]", watch: "subprocess.Popen[bytes] | None") -> None:
    head = psutil.Process(run.pid)
    # It must not tidy up after the first that it sees ended.
    head.suspend()
    for process in [*head.children(recursive=True), head, *([psutil.Process(watch.pid)] if watch else [])]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    run.wait()
    stage.processes.remove(run)


def back(stage: Stage, victim: str) -> None:
    """Return when the deployment serves again, its custodian open: it comes back locked."""
    if victim == POWER:
        rise(stage)
        return
    for zone in ("repository", "custodian"):
        stage.until(partial(_answers, stage.deployment / "sockets" / zone), f"the {zone}")
    secret = stage.out / "keys" / "custodian.passphrase"
    if stage.verb("custodian", "status", quiet=True)["state"] == "locked":
        with contextlib.suppress(Refused):
            stage.verb("custodian", "open", "--passphrase-file", secret, quiet=True)
    stage.until(lambda: _state(stage) == "open", "the open custodian")
    stage.until(partial(_listens, stage), "the evidence process")


def entries(stage: Stage) -> list[Entry]:
    """The log as it is on the custodian's disk now."""
    return [records.read(Entry, leaf.from_bytes(data).entry) for data in journal.contents(journal_of(stage))]


def journal_of(stage: Stage) -> Path:
    """Where the custodian's log lies."""
    return stage.deployment / "custodian" / "log" / "journal"


def open_acts(log: list[Entry]) -> list[int]:
    """Indexes of authorised acts that the log gives no outcome."""
    outcomes = {entry.of for entry in log if entry.kind in (Kind.DELIVERED, Kind.OUTCOME_UNKNOWN)}
    return [index for index, entry in enumerate(log) if entry.kind is Kind.AUTHORISED and index not in outcomes]


def _answers(socket: Path) -> bool:
    try:
        with Connection(socket, timeout=5.0) as connection:
            connection.call("status")
    except Unavailable:
        return False
    return True


def _listens(stage: Stage) -> bool:
    try:
        with Connection(stage.deployment / "sockets" / "evidence", timeout=5.0) as line:
            line.call("nothing")
    except Unavailable:
        # Also where a connection is made and cut: a child of the killed process may hold its listener for a moment.
        return False
    except CountenanceError:
        return True
    return False


def _state(stage: Stage) -> str:
    return str(stage.verb("custodian", "status", quiet=True)["state"])
