"""The rooms of the console, in the order of its menu: who may enter each, and what each asks the custodian.

A room is a module with `routes(console)`; to add one, put it here, its template into `templates`, its words into
`words`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter

from countenance.vocabulary.acts import Verb
from countenance.vocabulary.warrants import Role
from countenance.web.console import (
    alerts,
    assurance,
    breach,
    cameras,
    cases,
    disclosing,
    drafting,
    health,
    log,
    look,
    oversight,
    overview,
    playback,
    questions,
    wall,
    warrants,
)
from countenance.web.console.asking import Beside, Told
from countenance.web.console.house import Console
from countenance.web.kit.holding import Holding


@dataclass(frozen=True, slots=True)
class Room:
    """One page of the menu. `name`: of its template, its words, and its word in the menu; `roles`: whose it is."""

    name: str
    path: str
    roles: frozenset[Role]
    routes: Callable[[Console], APIRouter]

    def open_to(self, roles: frozenset[Role]) -> bool:
        """Whether somebody with these roles has it in their menu."""
        return bool(self.roles & roles)


@dataclass(frozen=True, slots=True)
class Asked:
    """What asks of some verbs need beside passing on, see `asking`."""

    beside: dict[Verb, Beside] = field(default_factory=dict)
    told: dict[Verb, Told] = field(default_factory=dict)


EVERYONE: Final = frozenset(Role)
OVERSIGHT: Final = frozenset({Role.OPERATOR, Role.AUDITOR})
ROOMS: Final = (
    Room("overview", "/", EVERYONE, overview.routes),
    Room("wall", "/wall", wall.WHO, wall.routes),
    Room("playback", "/playback", frozenset(playback.WATCHERS), playback.routes),
    Room("warrants", "/warrants", frozenset({Role.OFFICER}), warrants.routes),
    Room("questions", "/questions", frozenset({Role.CLERK}), questions.routes),
    Room("alerts", "/alerts", frozenset({Role.REVIEWER}), alerts.routes),
    Room("cameras", "/cameras", frozenset({Role.OPERATOR}), cameras.routes),
    Room("health", "/health", OVERSIGHT, health.routes),
    Room("roster", "/roster", OVERSIGHT, oversight.page("roster")),
    Room("policy", "/policy", OVERSIGHT, oversight.page("policy")),
    Room("errors", "/errors", OVERSIGHT, oversight.page("errors")),
    Room("assurance", "/assurance", OVERSIGHT, assurance.routes),
    Room("breach", "/breach", frozenset({Role.OPERATOR, Role.CLERK, Role.AUDITOR}), breach.routes),
    Room("log", "/log", EVERYONE, log.routes),
)
ALSO: Final = (look.routes,)
"""Pages for everyone that are not in the menu."""


def asked(holding: Holding) -> Asked:
    """What the rooms' verbs need. `holding`: where they keep what a page asks for afterwards."""
    return Asked(
        beside={verb: drafting.beside(holding) for verb in (Verb.DRAFT, Verb.NARROW)},
        told={
            Verb.DRAFT: drafting.drafted(holding),
            Verb.EXTENT: drafting.extent,
            Verb.READ: cases.read,
            Verb.SEARCH: cases.searched(holding),
            Verb.DISCLOSE: disclosing.disclosed(holding),
        },
    )
