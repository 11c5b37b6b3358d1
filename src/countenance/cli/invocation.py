"""One verb's words parsed and its module run: what `cli.main` loads once it can catch whatever happens here."""

import importlib
from collections.abc import Mapping

import typer
from rich.console import Console
from rich.table import Table
from typer.exceptions import Abort, Exit, TyperException

from countenance.errors import Malformed

# Letters of the parser's complaint that are shown; it quotes what was typed.
_LONGEST = 300
_INTERRUPTED = 130


def invoke(verb: str, module: str, rest: list[str]) -> int:
    """Run `verb` of `countenance.cli.<module>` and return its exit code.

    Raises what the verb raised, Malformed for words that are not its, KeyboardInterrupt for Ctrl-C and for a question
    that nobody answered.
    """
    target = getattr(importlib.import_module(f"countenance.cli.{module}"), verb)
    app = target if isinstance(target, typer.Typer) else typer.Typer(add_completion=False)
    if app is not target:
        app.command()(target)
    try:
        result = typer.main.get_command(app).main(args=rest, prog_name=f"countenance {verb}", standalone_mode=False)
    except TyperException as error:
        raise Malformed(f"{error.format_message()[:_LONGEST]} (countenance {verb} --help says more)") from error
    except Abort as error:
        raise KeyboardInterrupt from error
    except Exit as done:
        result = done.exit_code
    if result == _INTERRUPTED:
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0


def overview(verbs: Mapping[str, tuple[str, str]]) -> None:
    """Print what verbs there are."""
    console = Console()
    console.print("countenance VERB …   a face-recognition system that answers to the faces\n", highlight=False)
    table = Table(show_header=False, box=None, padding=(0, 2))
    for verb, (_, what) in verbs.items():
        table.add_row(verb, what)
    console.print(table)
    console.print(
        "\nEvery verb takes --deployment DIR (default $COUNTENANCE_DIR, else here), --json and --help.\n"
        "Exit code 0: done; 1: refused, non-match or irregular; 2: bad input.",
        highlight=False,
    )
