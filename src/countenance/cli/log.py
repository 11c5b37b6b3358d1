"""`countenance log witness …`: who cosigns this log, at the custodian's terminal; `log proof`: from public files."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.custodian import ask
from countenance.cli.log_source import source_of
from countenance.cli.say import AsJson, Deployment, answer
from countenance.cli.witness import public_key
from countenance.errors import Malformed, Tampered
from countenance.formats.canonical import Json
from countenance.log import checkpoint, note, proof, proof_text, tiles
from countenance.log.merkle import Tree
from countenance.vocabulary.entries import Proof
from countenance.vocabulary.moments import written

log = typer.Typer(no_args_is_help=True, add_completion=False, help="The log's witnesses, and proofs from it.")
witness = typer.Typer(no_args_is_help=True, add_completion=False, help="Who cosigns this log; each change is an entry.")
log.add_typer(witness, name="witness")


@witness.command()
def add(
    name: str,
    url: Annotated[str, typer.Option(help="where it is asked, such as https://witness.example")],
    key: Annotated[str, typer.Option(help="what 'witness init' printed, or 64 hexadecimal digits")],
    organisation: Annotated[str, typer.Option(help="who runs it: not who searches")],
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Show this log's checkpoints to one more witness."""
    public = public_key(key, name, note.COSIGNATURE)
    body: dict[str, Json] = {"name": name, "organisation": organisation, "url": url, "key": public.hex()}
    done = ask(deployment, "witness.add", body)
    said = (
        "and has cosigned" if done["cosigned"] else "but has not cosigned yet: see whether it runs and knows this log"
    )
    answer(done, f"witness {name} is asked from now on (entry {done['entry']}), {said}", as_json=as_json)


@witness.command(name="list")
def list_(deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Show every witness, what it cosigned last, and how many are required."""
    done = ask(deployment, "witness.list")
    every = done["witnesses"]
    lines = [_line(one) for one in every] if isinstance(every, list) else []
    lines.append(f"{done['required']} organisations must have cosigned before an answer leaves")
    answer(done, "\n".join(lines), as_json=as_json)


@witness.command()
def remove(name: str, deployment: Deployment = Path(), as_json: AsJson = False) -> None:
    """Ask a witness no more."""
    done = ask(deployment, "witness.remove", {"name": name})
    answer(done, f"witness {name} is not asked any more (entry {done['entry']})", as_json=as_json)


@witness.command()
def require(
    number: Annotated[int, typer.Argument(min=0, help="organisations; 0 for none")],
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Let no search, still, look or disclosure leave before so many organisations have cosigned its entry."""
    done = ask(deployment, "witness.require", {"required": number})
    told = f"{number} organisations must cosign before an answer leaves (entry {done['entry']})"
    answer(done, told, as_json=as_json)


@log.command(name="proof")
def proof_(
    index: Annotated[int, typer.Argument(min=0, help="the entry")],
    target: Annotated[str, typer.Argument(help="a deployment, its repository, a log folder, or a URL")] = "",
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Print the proof (C2SP tlog-proof) that an entry is in the published log, with the cosignatures it has."""
    source = source_of(target or str(deployment))
    shown = source.fetch("checkpoint") or b""
    head = checkpoint.read_note(shown.decode("utf-8", "replace"), source.genesis.log_origin, source.genesis.log_key)
    if index >= head.size:
        raise Malformed(f"the published log has {head.size} entries: this one is not published yet")
    tree = Tree()
    for number in range(-(-head.size // tiles.WIDTH)):
        width = min(tiles.WIDTH, head.size - number * tiles.WIDTH)
        leaves = tiles.leaves_in(tiles.piece(source.fetch, "entries", number, width) or b"", width)
        for data in leaves or ():
            tree.append(data)
    if tree.size != head.size or tree.root() != head.root:
        raise Tampered("the published log does not lead to its checkpoint; run 'countenance audit'")
    text = proof_text.write(Proof(index, proof.inclusion(tree, index, head.size), head.note))
    answer({"index": index, "proof": text}, text.removesuffix("\n"), as_json=as_json)


def _line(one: Json) -> str:
    if not isinstance(one, dict):
        return ""
    made = one["made"]
    last = (
        f"cosigned {one['size']} entries at {written(made)}" if type(made) is int and made else "has cosigned nothing"
    )
    return f"{one['name']}  {one['organisation']}  {one['url']}  {last}"
