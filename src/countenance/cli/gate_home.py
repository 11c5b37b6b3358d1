"""`countenance gate home`: on a traveller's own machine, a reference that they carry to a gate's kiosk themselves.

Nothing is sent, and no deployment is needed. What is written opens with the letters that are said, and with nothing
else; both together are biometric data.
"""

import io
from pathlib import Path
from typing import Annotated

import segno
import typer

from countenance import faces as library
from countenance.cli.say import AsJson, answer, contents, undeployed
from countenance.durable import files
from countenance.errors import Malformed
from countenance.formats import base45
from countenance.gates import at_home
from countenance.web.kit import codes

_LARGEST = 16 * 1024 * 1024
_KINDS = {".png": 8, ".svg": 4}


@undeployed
def home(
    document: Annotated[Path, typer.Argument(help="a picture of your document's photo, or its chip's data group 2")],
    live: Annotated[Path, typer.Argument(help="a picture of you, taken now")],
    *,
    out: Annotated[Path, typer.Option(help="write the code to this file (mode 0600), .png or .svg")],
    card: Annotated[list[Path] | None, typer.Option("--card", help="model card of the gate's own extractor")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a code of your face at home, for a kiosk; a token of it is `unverified`, and calls an officer."""
    if out.suffix not in _KINDS:
        raise Malformed("a code is written as a picture: give --out with a name that ends in .png or .svg")
    files.check_place(out)
    engine = library.Engine(*(library.read_card(path) for path in card or []))
    photo = contents(document, most=_LARGEST, what="the photo of a document")
    carried, secret = at_home.made(engine, photo, library.load(live))
    drawn = io.BytesIO()
    kind = out.suffix[1:]
    segno.make_qr(base45.write(carried), error="m").save(drawn, kind=kind, scale=_KINDS[out.suffix], border=4)
    files.write(out, drawn.getvalue())
    letters = codes.spelled(secret)
    said = (
        f"{out}: your code. Its letters, which you keep apart from it: {letters}\n"
        "Bring both to the kiosk, and delete the pictures. An officer looks at your document at the gate."
    )
    answer({"file": str(out), "letters": letters, "bytes": len(carried)}, said, as_json=as_json)
