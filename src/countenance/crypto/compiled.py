"""Compiled: how loops are compiled with numba, when the module that holds them is loaded and never after.

Invariants:

* Every kernel has its signature written out: loading its module compiles, or fetches, it, and no call does.
* What numba keeps on disk is code. It is read only from a directory that belongs to this process's user and that nobody
  else may enter; where there is none, kernels are compiled in memory, which takes some seconds.
* Kernels let other threads run.
"""

import os
import stat
from functools import partial
from pathlib import Path

import numba
from numba import types
from numba.core.registry import cpu_target
from numba.extending import intrinsic


def _cached() -> bool:
    """Whether numba may keep code on disk: in `NUMBA_CACHE_DIR`, or in our folder of the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - knows homeless users
    directory = Path(os.environ.get("NUMBA_CACHE_DIR") or f"{base}/countenance/kernels")
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = directory.lstat()
    except OSError:
        return False
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
    if ours:
        vars(numba.config)["CACHE_DIR"] = str(directory)
    return ours


compiled = partial(numba.njit, nogil=True, boundscheck=False, cache=_cached())
"""The decorator; it takes the signatures."""


@intrinsic
def pointed(_typing, _address):  # type: ignore[no-untyped-def]
    """In a kernel: the pointer to an address (int64). Who hands an address to a kernel keeps what lies there."""

    def emit(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.voidptr(types.int64), emit


def features() -> frozenset[str]:
    """What numba compiles for: LLVM's names of the processor's instruction sets, such as `avx2` and `vaes`."""
    _, _, listed = cpu_target.target_context.codegen().magic_tuple()
    return frozenset(one[1:] for one in listed.split(",") if one.startswith("+"))
