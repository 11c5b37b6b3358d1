"""Reading YAML strictly: plain words, lists and tables; every fault is named with its place.

All scalars are text: an option called `no` is not turned into a truth value, and `1.0` not into a binary fraction.
Anchors, tags, merges and keys that stand twice are refused, so a small file cannot become a large one.
"""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias, TypeVar

import yaml

from countenance.errors import Malformed
from countenance.vocabulary.survey import LANGUAGES, Text

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"
Choice = TypeVar("Choice", bound=StrEnum)

MAXIMUM_BYTES = 256 * 1024
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_NAME = 40
LONGEST_SENTENCE = 25
"""Words of a sentence that can be read aloud, and followed."""
LONGEST_IN_CHINESE = 2 * LONGEST_SENTENCE
"""Letters of one in Chinese, of whose words most have two."""

_ENDS = re.compile(r"[.!?;\u3002\uff01\uff1f\uff1b]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
"""Chinese letters, which have no spaces between words."""


_TOO_LONG = (
    f" has a sentence of more than {LONGEST_SENTENCE} words, or {LONGEST_IN_CHINESE} Chinese letters: make two of it"
)


def followed(at: str, text: Text) -> None:
    """Raise Malformed for words, at a place of the file, with a sentence of too many Chinese letters."""
    for language in LANGUAGES:
        if any(len(_HAN.findall(said)) > LONGEST_IN_CHINESE for said in _ENDS.split(text.said(language))):
            raise Malformed(f"{at}.{language}{_TOO_LONG}")


class _Strict(yaml.BaseLoader):  # type: ignore[misc]
    """Scalars as they stand, no references, no key twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse aliases and anchors before they are followed."""
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise yaml.MarkedYAMLError(problem="anchors and tags are not read", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        """Refuse a key that stands twice, or is no word."""
        seen: set[object] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value in seen:
                raise yaml.MarkedYAMLError(problem="a key stands twice or is no word", problem_mark=key.start_mark)
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep))


def read(data: bytes) -> "Place":
    """The table that a YAML file holds. Raises Malformed, with line and column where the file itself is at fault."""
    if len(data) > MAXIMUM_BYTES:
        raise Malformed(f"the file is larger than {MAXIMUM_BYTES // 1024} kB: a questionnaire is a few pages")
    try:
        found = yaml.load(data.decode("utf-8"), _Strict)  # noqa: S506 - a loader that makes text, lists and tables only
    except UnicodeDecodeError as error:
        raise Malformed("the file is not UTF-8 text: save it as UTF-8") from error
    # The library's own errors, and those of numbers and letters in a file that are none.
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the file"
        why = getattr(error, "problem", None) or "it cannot be read"
        raise Malformed(f"{where} is not YAML: {why}") from error
    if not isinstance(found, dict):
        raise Malformed(
            "the file is empty, or holds no table of names and values; 'survey new' writes one to begin with"
        )
    return Place("", found)


@dataclass(frozen=True, slots=True)
class Place:
    """A table in the file, and where it stands."""

    at: str
    table: dict[str, Plain]

    def only(self, names: Sequence[str]) -> None:
        """Raise Malformed for a key that is not one of `names`."""
        for key in self.table:
            if key not in names:
                raise Malformed(f"{self._of(key)} is not known here: choose from {', '.join(names)}")

    def word(self, key: str, usual: str | None = None) -> str:
        """A single value."""
        value = self.table.get(key, usual)
        if value is None:
            raise Malformed(f"{self._of(key)} is missing")
        if not isinstance(value, str) or not value.strip():
            raise Malformed(f"{self._of(key)} must be a single word or number")
        return value.strip()

    def name(self, key: str = "id") -> str:
        """A short name: lower-case letters, digits and hyphens."""
        value = self.word(key)
        if not NAME.fullmatch(value) or len(value) > LONGEST_NAME:
            raise Malformed(
                f"{self._of(key)} must be lower-case letters, digits and single hyphens, at most {LONGEST_NAME}"
            )
        return value

    def number(self, key: str, least: int, most: int, usual: str | None = None) -> int:
        """A whole number within bounds."""
        value = self.word(key, usual)
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise Malformed(f"{self._of(key)} must be a whole number from {least} to {most}")
        return int(value)

    def one_of(self, key: str, kind: type[Choice], usual: Choice | None = None) -> Choice:
        """One of the words of `kind`."""
        value = self.word(key, usual.value if usual else None)
        if value not in {one.value for one in kind}:
            raise Malformed(f"{self._of(key)} must be one of {', '.join(one.value for one in kind)}")
        return kind(value)

    def order(self, key: str = "order") -> bool:
        """Whether the order is drawn for everybody (`random`) or as in the file (`fixed`, which is usual)."""
        value = self.word(key, "fixed")
        if value not in ("random", "fixed"):
            raise Malformed(f"{self._of(key)} must be random or fixed")
        return value == "random"

    def text(self, key: str, most: int) -> Text:
        """Words in every language, each of at most `most` characters, in sentences that can be followed."""
        value = self.table.get(key)
        if not isinstance(value, dict):
            raise Malformed(f"{self._of(key)} must be a table with the words in {', '.join(LANGUAGES)}")
        place = Place(self._of(key), value)
        place.only(LANGUAGES)
        return Text(*(place.sentence(language, most) for language in LANGUAGES))

    def sentence(self, key: str, most: int) -> str:
        """Printable words of at most `most` characters, no sentence with more words than can be followed."""
        value = " ".join(self.word(key).split())
        if not value.isprintable() or len(value) > most:
            raise Malformed(f"{self._of(key)} must be at most {most} printable characters")
        if any(len(said.split()) > LONGEST_SENTENCE for said in _ENDS.split(value)):
            raise Malformed(f"{self._of(key)}{_TOO_LONG}")
        return value

    def places(self, key: str, least: int, most: int) -> tuple["Place", ...]:
        """A list of tables, of bounded length; empty where it is missing and `least` is 0."""
        value = self.table.get(key, [])
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise Malformed(f"{self._of(key)} must be a list of {least} to {most}")
        found: list[Place] = []
        for number, one in enumerate(value, 1):
            at = f"{self._of(key)}[{number}]"
            if not isinstance(one, dict):
                raise Malformed(f"{at} must be a table of names and values")
            found.append(Place(at, one))
        return tuple(found)

    def _of(self, key: str) -> str:
        # Keys are a stranger's words; only their printable beginning is said.
        said = "".join(letter for letter in key[:LONGEST_NAME] if letter.isprintable())
        return f"{self.at}.{said}" if self.at else said
