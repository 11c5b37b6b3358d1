"""What `countenance run` starts its processes through: the module named, ending when its supervisor does.

`python -m countenance.cli.supervised PARENT MODULE ARGUMENT…`. On Linux the kernel sends SIGTERM when the supervisor is
gone, even killed (prctl PR_SET_PDEATHSIG), so that nothing keeps a deployment's sockets by itself. The module runs in
this process.
"""

import ctypes
import os
import runpy
import signal
import sys

from countenance.cli import fault

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Bind this process's life to its parent's, then become the module."""
    parent, module, *arguments = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit("its supervisor has ended: start 'countenance run' again")
    fault.guard()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
