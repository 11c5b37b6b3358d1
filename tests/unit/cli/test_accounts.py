"""Zones under accounts of their own: all of them or none, and folders that are theirs alone."""

import grp
import os
import pwd
from pathlib import Path

import pytest

from countenance.cli.accounts import Account, accounts, check
from countenance.errors import Refused


def user(name: str) -> pwd.struct_passwd:
    return pwd.struct_passwd((name, "x", os.getuid(), os.getgid(), "", "/nonexistent", "/usr/sbin/nologin"))


def group(name: str) -> grp.struct_group:
    return grp.struct_group((name, "x", os.getgid(), []))


def absent(name: str) -> pwd.struct_passwd:
    if name == "countenance-evidence":
        raise KeyError(name)
    return user(name)


def nobody_beside(name: str) -> pwd.struct_passwd:
    if name in (
        "countenance-gallery",
        "countenance-second",
        "countenance-approve",
        "countenance-console",
        "countenance-portal",
    ):
        raise KeyError(name)
    return user(name)


@pytest.fixture
def deployment(tmp_path: Path) -> Path:
    for zone in ("edge", "repository", "custodian"):
        (tmp_path / zone).mkdir(mode=0o700)
    (tmp_path / "sockets").mkdir()
    (tmp_path / "sockets").chmod(0o1771)
    return tmp_path


def test_accounts_are_used_by_root_and_only_if_all_exist() -> None:
    assert accounts(superuser=False, user=user, group=group) == {}
    assert accounts(superuser=True, user=absent, group=group) == {}
    known = accounts(superuser=True, user=user, group=group)
    assert set(known) == {
        "edge",
        "repository",
        "custodian",
        "evidence",
        "gallery",
        "second",
        "approve",
        "console",
        "portal",
    }
    without = accounts(superuser=True, user=nobody_beside, group=group)
    assert set(without) == {"edge", "repository", "custodian", "evidence"}
    assert known["edge"].name == "countenance-edge"


def test_folders_of_the_right_owner_and_mode_pass(deployment: Path) -> None:
    check(deployment, accounts(superuser=True, user=user, group=group))
    check(deployment, {})


def test_another_owner_is_refused_with_the_command_that_mends_it(deployment: Path) -> None:
    stranger = Account("countenance-repository", os.getuid() + 1, os.getgid(), os.getgid(), "/")
    with pytest.raises(Refused, match="chown -R countenance-repository: "):
        check(deployment, {"repository": stranger})


@pytest.mark.parametrize(("folder", "mode"), [("custodian", 0o750), ("edge", 0o701), ("sockets", 0o711)])
def test_open_folders_are_refused(deployment: Path, folder: str, mode: int) -> None:
    (deployment / folder).chmod(mode)
    with pytest.raises(Refused, match=folder):
        check(deployment, accounts(superuser=True, user=user, group=group))


@pytest.mark.parametrize("zone", ["gallery", "second"])
def test_a_custodian_beside_needs_an_account_of_its_own(deployment: Path, zone: str) -> None:
    (deployment / zone).mkdir(mode=0o700)
    check(deployment, accounts(superuser=True, user=user, group=group))
    check(deployment, {})
    with pytest.raises(Refused, match=f"countenance-{zone}"):
        check(deployment, accounts(superuser=True, user=nobody_beside, group=group))
    (deployment / zone).chmod(0o750)
    with pytest.raises(Refused, match=f"{zone}/ is open"):
        check(deployment, accounts(superuser=True, user=user, group=group))
