"""`countenance disclose WARRANT CANDIDATE --out DIR`: evidence of a candidate that two people confirmed.

The bundle's key comes sealed to this process alone, and the custodian's answer names the digest of `disclosure.json`;
whatever lies between cannot read or change what is unpacked here, for its owner's eyes only.
"""

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli import ask
from countenance.cli.ask import KeyFile
from countenance.cli.say import AsJson, Deployment, answer
from countenance.crypto import segment
from countenance.durable import files
from countenance.errors import Malformed, Tampered
from countenance.evidence import unpacking
from countenance.formats import bundle
from countenance.formats.canonical import Json
from countenance.vocabulary.acts import Candidacy, Verb


def disclose(
    warrant: Annotated[str, typer.Argument(help="the warrant's id")],
    candidate: Annotated[str, typer.Argument(help="a sighting that two reviewers confirmed")],
    out: Annotated[Path, typer.Option(help="a new folder for the evidence")],
    key: KeyFile,
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Turn a confirmed candidate into evidence: the person uncovered, everyone else covered. Each copy is an entry."""
    unpacking.vacant(out)
    files.check_place(out)
    with ask.acting(deployment, key) as person:
        number = ask.standing(person, warrant).number
        done, blobs = person.asker.ask_with_blobs(
            Verb.DISCLOSE, Candidacy(warrant, number, candidate), warrant=warrant, number=number, relay="disclose"
        )
        demo = person.genesis.demo
    names = _unpacked(done, blobs, out)
    facts: dict[str, Json] = {
        "out": str(out),
        "files": list(names),
        "evidence": done["evidence"],
        "entry": done["entry"],
        "copy": done["copy"],
    }
    banner = "DEMO: made with key files; this is not evidence.\n" if demo else ""
    answer(
        facts,
        f"{banner}copy {done['copy']}, entry {done['entry']}: the pictures and the clip's manifest say so\n"
        f"open {out / 'index.html'}\ncheck with: countenance verify {out}\n"
        "It shows a person: keep it as the case file is kept.",
        as_json=as_json,
    )


def _unpacked(done: dict[str, Json], blobs: tuple[bytes, ...], out: Path) -> tuple[str, ...]:
    key, digest = done.get("key"), done.get("evidence")
    if len(blobs) != 1 or not isinstance(key, str) or not isinstance(digest, str):
        raise Malformed("the answer holds no evidence: run the same version on both sides")
    data = segment.decrypt(bytes.fromhex(key), blobs[0])
    record = bundle.read(data).get("disclosure.json", b"")
    if hashlib.sha256(record).hexdigest() != digest:
        raise Tampered("the evidence is not what the custodian's entry names: ask again and audit the deployment")
    return unpacking.unpack(data, out)
