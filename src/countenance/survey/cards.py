"""Cards: a sheet to print and cut, one invitation a card, its code as letters and as a picture that a phone reads.

The code stands behind the # of the address, which no browser sends to anybody. Who has the sheet has the invitations.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

import segno

from countenance.errors import Malformed
from countenance.vocabulary.survey import Instrument

MOST: Final = 5000
"""Cards on one sheet."""

_SAID: Final = {
    "en": "Good for one answer. Nobody can tell which answer is yours.",
    "zh": "仅可作答一次。没有人能知道哪份答案是您的。",
    "ru": "Годится для одного ответа. Никто не узнает, какой ответ ваш.",
}
_STYLE: Final = (
    "body{margin:0;font:11pt system-ui,sans-serif}ul{list-style:none;margin:0;padding:8mm;display:grid;"
    "grid-template-columns:1fr 1fr;gap:0}li{border:.2mm dashed #777;padding:5mm;break-inside:avoid;display:flex;"
    "gap:4mm;align-items:center}svg{flex:none;width:32mm;height:32mm}strong{display:block}p{margin:1mm 0}"
    "code{font:12pt ui-monospace,monospace;overflow-wrap:anywhere}"
)


def address(origin: str, survey: str, code: str) -> str:
    """Where a card's picture leads."""
    return f"{origin}/s/{survey}#{code}"


def sheet(asked: Instrument, origin: str, codes: Sequence[str], language: str) -> bytes:
    """The sheet as UTF-8 HTML. Raises Malformed for no code, and for too many."""
    if not 1 <= len(codes) <= MOST:
        raise Malformed(f"a sheet has 1 to {MOST:,} cards: split the file of codes")
    title = escape(asked.title.said(language))
    cards = "".join(_card(asked, origin, code, language) for code in codes)
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<ul>\n{cards}</ul>\n</body>\n</html>\n"
    ).encode()


def _card(asked: Instrument, origin: str, code: str, language: str) -> str:
    picture = segno.make_qr(address(origin, asked.survey, code), error="m").svg_inline(border=4)
    where = escape(f"{origin}/s/{asked.survey}")
    return (
        f"<li>{picture}<div><strong>{escape(asked.title.said(language))}</strong><p>{_SAID[language]}</p>"
        f"<p>{where}</p><code>{escape(code)}</code></div></li>\n"
    )
