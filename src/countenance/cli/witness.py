"""`countenance witness init|add|list|serve`: cosign other people's logs, so that none of them can be rewritten unseen.

Anyone can run one, on any machine, without a deployment: a directory with a key and the newest checkpoint of each log.
"""

import signal
import sys
import threading
import time
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.say import AsJson, Deployment, answer, contents
from countenance.cli.witness_server import Server, address
from countenance.durable import lock
from countenance.errors import Malformed
from countenance.formats import records
from countenance.formats.canonical import Json
from countenance.log import note
from countenance.log import witness as witnesses
from countenance.vocabulary.deployment import Genesis
from countenance.vocabulary.moments import written

witness = typer.Typer(no_args_is_help=True, add_completion=False, help="Cosign other people's logs; anyone can.")

Directory = Annotated[Path, typer.Argument(help="the witness's directory")]

_LARGEST = 64 * 1024


@witness.command()
def init(
    directory: Directory,
    name: Annotated[str, typer.Option(help="who signs: a name without scheme, such as witness.example/w1")],
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Make a witness and print its public key, which logs and auditors are given."""
    del deployment
    key = witnesses.create(directory, name)
    answer({"name": key.name, "key": str(key)}, f"witness {key.name}\n{key}", as_json=as_json)


@witness.command()
def add(
    directory: Directory,
    origin: Annotated[str, typer.Option(help="the log's origin: the first line of its checkpoints")] = "",
    key: Annotated[str, typer.Option(help="the log's key: 64 hexadecimal digits, or a verifier key")] = "",
    genesis: Annotated[Path | None, typer.Option(help="a deployment's genesis.json instead of both")] = None,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Know one more log. Get its key from the people who run it, not from the network."""
    del deployment
    if (genesis is None) == (not origin or not key):
        raise Malformed("give --origin and --key, or --genesis")
    if genesis is not None:
        known = records.read(Genesis, contents(genesis, most=_LARGEST, what="a genesis record"))
        origin, public = known.log_origin, known.log_key
    else:
        public = public_key(key, origin, note.ED25519)
    _witness(directory).add(origin, public)
    answer({"origin": origin, "key": public.hex()}, f"log {origin} is known", as_json=as_json)


@witness.command(name="list")
def list_(directory: Directory, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show the witness's key, and the newest checkpoint of each log."""
    del deployment
    this = _witness(directory)
    logs = this.logs()
    lines = [f"{this.key}"]
    lines += [f"{one.origin}  {one.size} entries  {written(one.made) if one.made else 'never seen'}" for one in logs]
    facts: list[Json] = [
        {"origin": one.origin, "key": one.key.hex(), "size": one.size, "root": one.root.hex(), "made": one.made}
        for one in logs
    ]
    answer({"name": this.key.name, "key": str(this.key), "logs": facts}, "\n".join(lines), as_json=as_json)


@witness.command()
def serve(
    directory: Directory,
    listen: Annotated[str, typer.Option(help="HOST:PORT")] = "127.0.0.1:8400",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Answer logs (C2SP tlog-witness) until stopped."""
    del deployment
    host, port = address(listen)
    this = _witness(directory)
    stop = threading.Event()
    with lock.hold(directory / "lock"), Server(host, port, this, _log) as server:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        place = f"{server.server_address[0]!s}:{server.server_address[1]}"
        answer({"listening": place, "key": str(this.key)}, f"witness {this.key.name} at {place}", as_json=as_json)
        sys.stdout.flush()
        stop.wait()
        server.shutdown()
        thread.join()


def public_key(text: str, name: str, kind: bytes) -> bytes:
    """The 32 bytes in hex, or in a verifier key that has this name and type. Raises Malformed."""
    if "+" not in text:
        try:
            return bytes.fromhex(text)
        except ValueError as error:
            raise Malformed("a key is 64 hexadecimal digits, or a verifier key: name+id+base64") from error
    found = note.verifier_key(text)
    if (found.name, found.kind) != (name, kind):
        raise Malformed("this verifier key has another name or type: a log's is of type 1, a witness's of type 4")
    return found.public


def _witness(directory: Path) -> witnesses.Witness:
    return witnesses.Witness(directory, lambda: time.time_ns() // 1_000_000)


def _log(line: str) -> None:
    sys.stderr.write(f"witness: {line}\n")
    sys.stderr.flush()
