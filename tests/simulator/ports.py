"""Ports of this machine that no other test, process or connection is given while this process runs."""

from countenance.cli.demo.opening import _free_origin


def free() -> int:
    """The number of one; a server that sets SO_REUSEADDR can listen there."""
    return int(_free_origin().rpartition(":")[2])
