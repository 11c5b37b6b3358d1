"""`countenance VERB …`: finds the verb's module, runs it, and maps every error to one sentence and one exit code.

Exit codes: 0 done; 1 refused, non-match, irregular, stopped or not available; 2 bad input. With `--json` an error is
one JSON object on standard output, `error` and `message`. No traceback ever: what nobody raised on purpose is told by
its type and place alone. Modules are loaded only when their verb is used, so that the repository's commands never load
a neural runtime and no verb but `audit` can reach `crypto.unseal`; the parser, too, so that Ctrl-C is heard at once.
"""

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Callable, Sequence

from countenance.cli import fault
from countenance.errors import CountenanceError, Malformed, Unavailable

# verb: (module under countenance.cli, what it does). The module has a function or a Typer app named as the verb.
VERBS: dict[str, tuple[str, str]] = {
    "demo": ("demo.story", "see the whole system work on this machine, in a few minutes"),
    "init": ("init", "make a new deployment"),
    "run": ("run", "start a deployment's processes"),
    "service": ("service", "systemd units for a deployment's processes"),
    "custodian": ("backup", "open, close, back up or look at the custodian, at its terminal"),
    "key": ("key", "make a person's key file"),
    "policy": ("policy", "show, check or set what may be searched for, and how far"),
    "roster": ("roster", "who may do what; at the custodian's terminal"),
    "edge": ("edge", "enrol, list, revoke camera hosts; at the custodian's terminal"),
    "camera": ("camera", "declare, find, list, show, remove cameras"),
    "watch": ("watch", "record one camera"),
    "footage": ("footage", "look at covered footage; every look is an entry"),
    "sightings": ("sightings", "list or show sightings: when and where, never whom"),
    "warrant": ("warrant", "draft, show, sign, refuse, narrow, list warrants"),
    "gallery": ("gallery", "standing galleries: their custodian, texts and alerts"),
    "extractor": ("extractor", "give old sightings templates by another extractor"),
    "calibration": ("calibration", "how often strangers reach a threshold, and who says so"),
    "freeze": ("freeze", "who is frozen by an alarm, what is stopped, and clearing them"),
    "errors": ("errors", "how often cameras and purposes show a stranger, and what is stopped for it"),
    "canary": ("canary", "decoys that nobody may look for; at the custodian's terminal"),
    "search": ("search", "search under a signed warrant"),
    "review": ("review", "look at one candidate and give your verdict"),
    "disclose": ("disclose", "turn a confirmed candidate into evidence"),
    "verify": ("verify", "check an evidence folder, offline"),
    "erase": ("erase", "ask for an erasure, or sign one"),
    "question": ("question", "what people ask at the door: list, read, reply"),
    "receipt": ("receipt", "check a receipt from the door, offline"),
    "afterwards": ("afterwards", "tell who was searched or watched for, once it is no secret any more"),
    "hold": ("hold", "keep sightings from being erased until a day, by a quorum's order"),
    "audit": ("audit", "check a log, a repository or a whole deployment"),
    "register": ("register", "write the public register: static pages and JSON, signed; or check one, offline"),
    "gate": ("gate", "a gate's kiosks and officers; plan a boarding by two lanes"),
    "survey": ("survey", "ask the people whom the cameras film, privately, and say what they answered"),
    "log": ("log", "the log's witnesses, at the custodian's terminal; proofs from its public copy"),
    "monitor": ("monitor", "follow a log and say what is wrong with it"),
    "witness": ("witness", "cosign other people's logs; anyone can run one"),
    "faces": ("faces", "the library from the command line: detect, extract, compare, quality"),
    "evaluate": ("evaluate", "how often an extractor is wrong, on your pictures, with bounds"),
    "bench": ("bench", "measure: image, edge, redaction, search, gallery, custodian, evaluation"),
}

_PARSER = "countenance.cli.invocation"


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the `countenance` command."""
    fault.guard()
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one verb and return its exit code."""
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    try:
        code = _told(lambda: _dispatched(verb, rest), rest)
        sys.stdout.flush()
    except OSError:
        # Standard output is closed or full: nothing can be told there any more.
        _muffle()
        return 1
    return code


def _dispatched(verb: str, rest: list[str]) -> int:
    if verb in ("--help", "-h", "help"):
        importlib.import_module(_PARSER).overview(VERBS)
        return 0
    if verb not in VERBS:
        raise Malformed(f"there is no verb '{_printable(verb[:40])}': 'countenance --help' lists them")
    invoke: Callable[[str, str, list[str]], int] = importlib.import_module(_PARSER).invoke
    return invoke(verb, VERBS[verb][0], rest)


def _told(act: Callable[[], int], rest: list[str]) -> int:
    try:
        return act()
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return _fail(Unavailable("stopped before its end, or nobody answered what was asked; run it again"), rest)
    except Exception as error:  # noqa: BLE001 - the last stand: whatever happened becomes one sentence without values
        return _fail(fault.explained(error), rest)


def _muffle() -> None:
    """Whoever read our output has gone: what is left in the buffers goes nowhere, without a complaint at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(error: CountenanceError, rest: list[str]) -> int:
    if "--json" in rest:
        print(json.dumps({"error": error.name, "message": str(error)}))  # noqa: T201 - standard output is the interface
    else:
        sentence = _printable(f"{error.name}: {error}")
        sys.stderr.write(f"\x1b[1;31m{sentence}\x1b[0m\n" if sys.stderr.isatty() else f"{sentence}\n")
    return error.exit_code


def _printable(text: str) -> str:
    """Names and words of others may hold terminal escapes."""
    return "".join(letter for letter in text if letter.isprintable())


if __name__ == "__main__":
    main()
