"""Written: a template as the file that `countenance faces extract --out` makes, and back.

Canonical JSON: `type`, `extractor` (hex), `dimension`, `shots`, `values` (base64 of little-endian float32). Such a
file is biometric data.
"""

import base64

from countenance.errors import Malformed
from countenance.faces.extractor import read_template
from countenance.formats import canonical
from countenance.vocabulary.faces import Template


def plain(template: Template) -> dict[str, canonical.Json]:
    """The template as plain values."""
    return {
        "type": "Template",
        "extractor": template.extractor.hex(),
        "dimension": template.dimension,
        "shots": template.shots,
        "values": base64.b64encode(template.values).decode(),
    }


def read(data: bytes) -> Template:
    """The template in a file's bytes. Raises Malformed."""
    match canonical.read(data):
        case {"type": "Template", "extractor": str(extractor), "values": str(values), "shots": int(shots)}:
            try:
                return read_template(bytes.fromhex(extractor), base64.b64decode(values, validate=True), shots)
            except ValueError as error:
                raise Malformed("this template is damaged: extract it again") from error
    raise Malformed("this is no template: use a file that 'countenance faces extract --out' wrote")
