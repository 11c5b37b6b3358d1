"""Where a survey lies, and what its verbs have in common."""

from pathlib import Path
from typing import Annotated

import typer

from countenance.errors import Malformed, Unavailable
from countenance.survey.reading import LONGEST_NAME, NAME

Named = Annotated[str, typer.Argument(metavar="SURVEY", help="the survey's name, as in its questionnaire")]


def folder_of(deployment: Path, name: str) -> Path:
    """The folder of a survey that was opened. Raises Malformed for no name, Unavailable where there is none."""
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise Malformed("a survey's name is lower-case letters, digits and hyphens, as in its questionnaire")
    folder = deployment / "survey" / name
    if not folder.is_dir():
        raise Unavailable(f"there is no survey '{name}' here: 'survey open' opens one, --deployment names the place")
    return folder
