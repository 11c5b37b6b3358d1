"""The house plan holds: sizes, imports, names, and documentation that cannot lag behind the code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "countenance"
MODULES = sorted(SOURCE.rglob("*.py"))
UNSEALERS = {"zones/custodian", "cli/run_custodian.py", "cli/run_beside.py", "cli/audit.py"}
OPENERS = (
    "__init__.py",
    "run_custodian.py",
    "run_beside.py",
    "run_gallery.py",
    "run_second.py",
    "restored.py",
    "audit.py",
)
PURE = ["vocabulary", "formats", "warrants", "log/merkle.py", "log/proof.py"]


def inside(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@pytest.mark.parametrize("path", MODULES, ids=inside)
def test_files_are_rooms_not_halls(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("path", MODULES, ids=inside)
def test_functions_are_short(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert length <= 60, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", [p for p in MODULES if p.name == "__init__.py"], ids=inside)
def test_package_files_import_nothing(path: Path) -> None:
    if inside(path) != "faces/__init__.py":
        assert not imports_of(path)


@pytest.mark.parametrize("path", MODULES, ids=inside)
def test_only_the_command_line_loads_modules_by_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not inside(path).startswith("cli/"):
        assert "import_module" not in text
        assert "__import__" not in text


@pytest.mark.parametrize("path", MODULES, ids=inside)
def test_only_custodian_and_audit_name_unseal(path: Path) -> None:
    if any(inside(path).startswith(place) for place in UNSEALERS):
        return
    reached = imports_of(path) & {"countenance.crypto.unseal", "countenance.matching.unmask"}
    assert not reached


def test_repository_and_citizens_commands_do_not_reach_unseal_through_others() -> None:
    """What a command can reach at run time is what its verb imports: main.py loads one module a verb."""
    code = (
        "import sys, importlib\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "bad = {'countenance.crypto.unseal', 'countenance.matching.unmask'} & set(sys.modules)\n"
        "sys.exit(str(bad) if bad else 0)\n"
    )
    verbs = [
        "countenance.cli." + inside(p).removesuffix(".py").replace("/", ".").removeprefix("cli.")
        for p in MODULES
        if inside(p).startswith("cli/") and p.name not in OPENERS
    ]
    assert subprocess.run([sys.executable, "-c", code, *verbs], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("path", [p for p in MODULES if any(inside(p).startswith(place) for place in PURE)], ids=inside)
def test_pure_rooms_do_no_input_or_output(path: Path) -> None:
    doing = {"os", "pathlib", "socket", "subprocess", "shutil", "tempfile", "sqlite3", "urllib", "http", "threading"}
    assert not {name.split(".")[0] for name in imports_of(path)} & doing
    calls = {
        node.func.id
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"open", "print", "input"}


@pytest.mark.parametrize("path", MODULES, ids=inside)
def test_modules_say_what_they_are(path: Path) -> None:
    assert ast.get_docstring(tree_of(path)), "a module starts with its docstring"


def test_no_module_hides_behind_a_vague_name() -> None:
    vague = {"utils", "helpers", "manager", "services", "common", "misc"}
    assert not {p.stem for p in MODULES} & vague


def test_words_of_other_systems_are_not_used() -> None:
    banned = re.compile(r"face ?id\b|match percentage|confidence|similarity score", re.IGNORECASE)
    for path in MODULES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not banned.search(line), f"{inside(path)}:{number}"


def test_every_verb_is_documented() -> None:
    from countenance.cli.main import VERBS

    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert not [verb for verb in VERBS if f"countenance {verb}" not in text]


def test_every_error_is_documented() -> None:
    from countenance.errors import BY_NAME

    text = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert not [name for name in BY_NAME if name not in text]


def test_our_words_are_in_the_glossary() -> None:
    text = (ROOT / "docs" / "GLOSSARY.md").read_text(encoding="utf-8").lower()
    for word in (
        "sighting",
        "footage",
        "partition",
        "cover",
        "mask",
        "seal",
        "warrant",
        "quorum",
        "disclosure",
        "candidate",
        "lease",
        "manifest",
    ):
        assert word in text


def test_committed_text_names_no_registry_host_and_no_machine() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    hosts = re.compile("|".join(["py" + "pi[.]org", "python" + "hosted", "registry[.]" + "npmjs", "deb[.]" + "debian"]))
    for name in listed:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".txt", ".in", ".yml", ".html", ".css"} or path.name == "Makefile":
            text = path.read_text(encoding="utf-8")
            assert not hosts.search(text), name
            assert "/root" + "/" not in text, name
            assert "/work" + "/" not in text, name
