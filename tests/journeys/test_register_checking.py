"""A journalist takes a register from a web server, checks it at home, and finds what somebody changed in it."""

import functools
import http.server
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from journeys.conftest import Town

COMMAND = [sys.executable, "-m", "countenance.cli.main"]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Any web server at all."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def check(*words: object) -> tuple[int, dict[str, Any]]:
    arguments = [*COMMAND, "register", "check", *map(str, words), "--json"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_a_journalist_checks_the_register_of_a_running_deployment(town: Town, tmp_path: Path) -> None:
    # Given a register that the operator wrote and put on a web server.
    stage, out = town.stage, tmp_path / "public"
    stage.until(lambda: _ticked(town, out), "the first published entries")
    with served(out) as address:
        context = town.browser.new_context()
        page = context.new_page()
        page.goto(f"{address}/en/verify.html")
        expect(page.get_by_text("countenance register check")).to_be_visible()
        context.close()
    # When the journalist has its files, and the genesis record from a court's file, everything holds.
    home, known = tmp_path / "home", tmp_path / "court-genesis.json"
    shutil.copytree(out, home)
    known.write_bytes((stage.deployment / "genesis.json").read_bytes())
    code, said = check(home, "--genesis", known)
    assert (code, said["pinned"], said["witnesses"]) == (0, True, [])
    # Then somebody changes one letter of one page, or of the figures, and each is named.
    for path in ("ru/policy.html", "register.json"):
        whole = (home / path).read_bytes()
        (home / path).write_bytes(whole[:-20] + bytes([whole[-20] ^ 1]) + whole[-19:])
        code, said = check(home, "--genesis", known)
        assert (code, said["error"]) == (1, "tampered")
        (home / path).write_bytes(whole)
    assert check(home, "--genesis", known)[0] == 0
    # And a folder that agrees with itself is not yet this deployment's.
    other = tmp_path / "other.json"
    other.write_bytes(known.read_bytes().replace(b'"made":1', b'"made":2'))
    code, said = check(home, "--genesis", other)
    assert (code, said["error"]) == (1, "tampered")


def _ticked(town: Town, out: Path) -> bool:
    """Whether a register could be written: not before the first quarter of an hour's entries are out."""
    arguments = [*COMMAND, "register", "--out", str(out), "--deployment", str(town.stage.deployment), "--json"]
    return subprocess.run(arguments, capture_output=True, check=False).returncode == 0
