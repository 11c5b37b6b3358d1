"""What compiled kernels do with a keystream: it stays in registers, also where there are sixteen of them only."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from countenance.crypto import aes

NARROW = "+sse2,+sse3,+ssse3,+sse4.1,+sse4.2,+aes"
PROCESSORS = {
    "haswell": (1, f"{NARROW},+avx,+avx2,+fma"),
    "znver3": (2, f"{NARROW},+avx,+avx2,+fma,+vaes"),
    "icelake-server": (4, f"{NARROW},+avx,+avx2,+fma,+vaes,+avx512f,+avx512bw,+avx512dq,+avx512vl"),
}

COMPILE = """
import sys
from numba.core import config
from countenance.matching import registers
made = registers.kernels(int(sys.argv[1]))
for name in ("multiply", "weigh"):
    print(*getattr(made, name).inspect_asm().values())
"""


@pytest.mark.skipif(not aes.width(), reason="this processor has no AES")
@pytest.mark.parametrize("processor", PROCESSORS)
def test_no_keystream_is_put_on_the_stack(processor: str, tmp_path: Path) -> None:
    width, features = PROCESSORS[processor]
    tmp_path.chmod(0o700)
    aimed = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": features, "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COMPILE, str(width)]
    lines = subprocess.run(command, env={**os.environ, **aimed}, check=True, capture_output=True, text=True).stdout
    made, inside, put = 0, False, []
    for line in lines.splitlines():
        # From the last round of the cipher to the end of the loop's body.
        if re.search(r"\bv?aesenclast\b", line):
            made, inside = made + 1, True
        elif re.match(r"\s+(j|ret)", line):
            inside = False
        elif inside and re.search(r"%[xyz]mm\d+, -?\d*\(%r[sb]p\)", line):
            put.append(line)
    assert made > 2
    assert put == []
