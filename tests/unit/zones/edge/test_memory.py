"""A camera's process carries what it needs: compiled kernels only where a gallery stands before it."""

import subprocess
import sys


def test_recording_loads_no_compiler() -> None:
    program = "import sys, countenance.cli.watch, countenance.zones.edge.agent; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
