"""System accounts: one for each zone, where there are some, so that the operating system keeps the zones apart.

`countenance run` uses them if it is started as root and all of these exist:

    groupadd --system countenance
    for zone in edge repository custodian evidence; do useradd --system --no-create-home countenance-$zone; done
    chown -R countenance-edge: DIR/edge;  chown -R countenance-repository: DIR/repository
    chown -R countenance-custodian: DIR/custodian;  chgrp countenance DIR/sockets;  chmod 1771 DIR/sockets

A second custodian, a gallery custodian, an approval origin, a console and a portal, where the deployment has them, need
accounts of their own as well: countenance-second, -gallery, -approve, -console and -portal, made in the same way, which
own DIR/second, DIR/gallery, DIR/approve, DIR/console and DIR/portal; the portal DIR/survey, too, if people are asked.

Each process then runs as its zone's account, with the group `countenance` besides its own, which lets it make its
socket and nothing else. Otherwise all run as whoever started them, and that is said.
"""

import contextlib
import grp
import pwd
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from countenance.errors import Refused

ZONES = ("edge", "repository", "custodian", "evidence")
# Custodians that a deployment may have beside its own.
BESIDE = ("second", "gallery")
OPTIONAL = {
    "second": "the second custodian",
    "gallery": "the gallery custodian",
    "approve": "the approval origin",
    "console": "the console",
    "portal": "the portal",
}
"""Zones that not every deployment has, and what they are called."""

GROUP = "countenance"
_SOCKETS_MODE = 0o1771


@dataclass(frozen=True, slots=True)
class Account:
    """Who a process runs as. `shared`: the group that may make sockets."""

    name: str
    user: int
    group: int
    shared: int
    home: str


def accounts(
    *,
    superuser: bool,
    user: Callable[[str], pwd.struct_passwd] = pwd.getpwnam,
    group: Callable[[str], grp.struct_group] = grp.getgrnam,
) -> Mapping[str, Account]:
    """The zones' accounts by zone; empty unless started as root and all of them exist; optional ones if they do."""
    if not superuser:
        return {}
    try:
        shared = group(GROUP).gr_gid
        entries = {zone: user(f"countenance-{zone}") for zone in ZONES}
    except KeyError:
        return {}
    for zone in OPTIONAL:
        with contextlib.suppress(KeyError):
            entries[zone] = user(f"countenance-{zone}")
    return {
        zone: Account(entry.pw_name, entry.pw_uid, entry.pw_gid, shared, entry.pw_dir)
        for zone, entry in entries.items()
    }


def check(deployment: Path, known: Mapping[str, Account]) -> None:
    """Raise Refused, with the command that mends it, if a zone's folder is not its account's alone."""
    there = [zone for zone in OPTIONAL if (deployment / zone).exists()]
    for zone in there:
        if known and zone not in known:
            raise Refused(
                f"{OPTIONAL[zone]} has no account of its own; run useradd --system --no-create-home "
                f"countenance-{zone} && chown -R countenance-{zone}: {deployment / zone}"
            )
    guarded = ("edge", "repository", "custodian", *there)
    for zone in guarded:
        if zone not in known:
            continue
        found = (deployment / zone).stat()
        if found.st_uid != known[zone].user:
            raise Refused(f"{zone}/ is not its account's; run chown -R {known[zone].name}: {deployment / zone}")
        if stat.S_IMODE(found.st_mode) & 0o077:
            raise Refused(f"{zone}/ is open to other accounts; run chmod 700 {deployment / zone}")
    for account in list(known.values())[:1]:
        sockets = deployment / "sockets"
        found = sockets.stat()
        if found.st_gid != account.shared or stat.S_IMODE(found.st_mode) != _SOCKETS_MODE:
            raise Refused(f"sockets/ is not the zones' to share; run chgrp {GROUP} {sockets} && chmod 1771 {sockets}")
