"""The ready policies, `eu` and `strict`: text that ships with the program, read like the program itself."""

from importlib import resources

from countenance.errors import Malformed

NAMES = ("eu", "strict")


def text(name: str) -> str:
    """The text of the ready policy `name`. Raises Malformed if there is none of this name."""
    if name not in NAMES:
        raise Malformed(f"the ready policies are {' and '.join(NAMES)}: name one, or a file")
    return (resources.files("countenance.warrants") / "policies" / f"{name}.cedar").read_text(encoding="utf-8")
