"""`countenance service`: systemd units for a deployment's processes, each under its zone's account and no wider.

What `countenance run` starts is what they start; use one or the other. Each process may write its zone's directory and
the sockets' and nothing else, gets no new privileges, leaves no core dump, is never swapped out, and has only the
address families and system calls that it uses. Memory may be writable and executable: numba and the neural runtime
compile there, so a unit cannot refuse it.
"""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from countenance.cli.accounts import GROUP
from countenance.cli.run import plan
from countenance.cli.say import AsJson, Deployment, answer, genesis_of
from countenance.cli.supervision import Program
from countenance.durable import files
from countenance.errors import Malformed, Refused

_ZONE = {"probe": "edge"}
# Who speaks to anything but sockets of this host: notices and witnesses, objects kept elsewhere, the page, cameras.
_NETWORKED = ("custodian", "repository", "approve", "console", "portal", "camera")
_UNIT = """[Unit]
Description=Countenance {name}
After=network.target

[Service]
ExecStart={python} -m {module} {arguments}
User=countenance-{zone}
Group=countenance-{zone}
SupplementaryGroups={group}
UMask=0077
Restart=on-failure
RestartSec=2
NoNewPrivileges=yes
CapabilityBoundingSet=
LimitCORE=0
MemorySwapMax=0
KeyringMode=private
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=-{deployment}/{zone} {deployment}/sockets{also}
CacheDirectory=countenance-{zone}
Environment=XDG_CACHE_HOME=/var/cache/countenance-{zone}
Environment=PYTHONDONTWRITEBYTECODE=1
PrivateTmp=yes
PrivateDevices=yes
{network}
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
LockPersonality=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""
_PLAIN = re.compile(r"[A-Za-z0-9/._+@:=-]+")


def service(
    directory: Annotated[Path, typer.Argument(help="a new folder for the unit files")],
    deployment: Deployment = Path(),
    as_json: AsJson = False,
) -> None:
    """Write a systemd unit for each process of the deployment; installs and starts nothing."""
    place = deployment.resolve()
    genesis_of(place)
    if directory.exists():
        raise Refused(f"{directory.name} exists already; choose a new folder for the units")
    units = {f"countenance-{_name(one)}.service": unit(one, place) for one in plan(place, {})}
    files.make_directory(directory.absolute(), mode=0o755)
    for name, text in units.items():
        files.write(directory / name, text.encode(), mode=0o644)
    told = [f"{len(units)} units are in {directory}; each needs its account: see the operator's guide. Then, as root:"]
    told.append(f"cp {directory}/*.service /etc/systemd/system/ && systemctl daemon-reload")
    answer({"directory": str(directory), "units": sorted(units)}, "\n".join(told), as_json=as_json)


def unit(program: Program, deployment: Path) -> str:
    """The unit of one program. Raises Malformed for paths that a unit file would read otherwise."""
    zone = "edge" if program.name.startswith("camera ") else _ZONE.get(program.name, program.name)
    words = (sys.executable, *program.arguments, str(deployment))
    if not all(_PLAIN.fullmatch(word) for word in words):
        raise Malformed("a unit file takes paths of letters, digits and /._+@:=-: move the deployment, or rename it")
    networked = program.name.partition(" ")[0] in _NETWORKED
    families = "AF_UNIX AF_INET AF_INET6" if networked else "AF_UNIX"
    return _UNIT.format(
        name=program.name,
        python=sys.executable,
        module=program.module,
        arguments=" ".join(program.arguments),
        zone=zone,
        group=GROUP,
        deployment=deployment,
        also=f" -{deployment}/survey" if program.name == "portal" else "",
        network=f"RestrictAddressFamilies={families}" + ("" if networked else "\nPrivateNetwork=yes"),
    )


def _name(program: Program) -> str:
    return program.name.replace(" ", "-")
