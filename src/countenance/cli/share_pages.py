"""Shares on paper: one page a holder, to be printed, handed over and destroyed as a file.

Each lies in a file of its own that its owner alone may read; no file holds two. Who prints two pages at one printer
trusts that printer, and whoever ran `init` has seen them all.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from countenance.durable import files
from countenance.errors import Refused

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Share {number} of {count}</title>
<style>body{{font:14pt/1.5 sans-serif;max-width:42em;margin:3em auto}}
ol{{columns:3;font:16pt/1.7 monospace}}p{{margin:1em 0}}</style>
<h1>Share {number} of {count}</h1>
<p>Of {whose} of the Countenance deployment {deployment}. Any {threshold} of the {count} shares open it. Fewer tell
nothing.</p>
<ol>{words}</ol>
<p>Keep this page where the other holders cannot reach it. Do not photograph it, copy it, or send it. Bring it when the
custodian is opened, and type the words in this order. If it is lost or has been seen, say so at once.</p>
<p>Holder: ______________________________ Received: ______________</p>
</html>
"""


def check(folder: Path) -> None:
    """Raise Refused unless `folder` is new, Unavailable if it cannot be made: asked before there are shares."""
    if folder.exists():
        raise Refused(f"{folder.name} exists already; choose a new folder for the pages")
    files.check_place(folder)


def write(folder: Path, shares: Sequence[str], *, threshold: int, deployment: str, whose: str = "the root key") -> int:
    """Write a page for each of `shares` into `folder`, mode 0600 in 0700; returns how many. Raises Unavailable."""
    files.make_directory(folder)
    name = whose.replace(" ", "-").replace("'", "")
    for number, share in enumerate(shares, 1):
        page = _PAGE.format(
            number=number,
            count=len(shares),
            threshold=threshold,
            whose=escape(whose),
            deployment=escape(deployment),
            words="".join(f"<li>{escape(word)}</li>" for word in share.split()),
        )
        files.write(folder / f"{name}-{number}.html", page.encode())
    return len(shares)
