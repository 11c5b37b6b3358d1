"""Document: one HTML file that needs nothing else, and its tables. No script; every word given here is escaped."""

from collections.abc import Sequence
from html import escape
from importlib import resources


def style() -> str:
    """The sheet that such files share."""
    return (resources.files("countenance.evaluation") / "page.css").read_text(encoding="utf-8")


def document(title: str, style: str, head: str, body: str, language: str = "en") -> bytes:
    """A page of that title, whose words are escaped already but for the title."""
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{escape(title)}</h1>\n{head}</header>\n<main>\n{body}</main>\n</body>\n</html>\n"
    ).encode()


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column names the row."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    lines = "".join(
        f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in rest) + "</tr>\n"
        for first, *rest in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>\n{lines}</tbody></table></div>\n"
    )
