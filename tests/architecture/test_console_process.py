"""The console's process holds no code that opens what is sealed to the custodian, and sees no picture."""

import subprocess
import sys

LOADED = """
import sys
import countenance.cli.run_console
refused = ("countenance.crypto.unseal", "countenance.matching.unmask", "countenance.faces", "countenance.video",
           "countenance.evidence", "countenance.zones.edge", "countenance.zones.repository",
           "countenance.zones.custodian.store", "countenance.zones.custodian.keys",
           "countenance.zones.custodian.opened", "cv2", "av", "PIL", "onnxruntime", "sqlalchemy", "cedarpy")
found = [name for name in sys.modules if any(name == one or name.startswith(one + ".") for one in refused)]
sys.exit(str(found) if found else 0)
"""


def test_it_loads_what_it_needs_and_no_more() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
