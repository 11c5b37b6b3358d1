"""`countenance bench NAME`: run a benchmark of the source checkout and pass on what it prints.

Benchmarks stand beside the package, in `benchmarks/`, because they need peers that no deployment should install.
"""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from countenance.errors import Malformed, Unavailable

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"

NAMED = {"gallery": "standing_gallery", "search": "encrypted_search"}
"""Benchmarks whose file has a longer name."""


def bench(
    name: Annotated[
        str, typer.Argument(help="image, edge, redaction, search, gallery, gate, custodian, evaluation, quality, …")
    ],
    options: Annotated[list[str] | None, typer.Argument(help="passed on, e.g. --clips DIR; put -- before them")] = None,
    rows: Annotated[int | None, typer.Option(help="search: how many templates")] = None,
    dim: Annotated[int | None, typer.Option(help="search: their components")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON value instead of a table")] = False,
    deployment: Annotated[Path | None, typer.Option(help="not used: a benchmark makes its own", hidden=True)] = None,
) -> int:
    """Measure on this machine; every figure is a ratio against a named baseline of the same run."""
    del deployment
    if not BENCHMARKS.is_dir():
        raise Unavailable("benchmarks come with the source checkout, not with the installed package")
    called = {file: short for short, file in NAMED.items()}
    known = sorted(called.get(path.stem, path.stem) for path in BENCHMARKS.glob("*.py"))
    if name not in known:
        raise Malformed(f"there is no benchmark of that name: choose from {', '.join(known)}")
    sizes = [
        word for name, size in (("--rows", rows), ("--dim", dim)) if size is not None for word in (name, str(size))
    ]
    arguments = [*sizes, *(options or []), *(["--json"] if as_json else [])]
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / f"{NAMED.get(name, name)}.py"), *arguments], check=False
    ).returncode
