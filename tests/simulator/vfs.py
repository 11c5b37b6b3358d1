"""What SQLite does to its files, told as it happens: a layer over its own file layer (a VFS), in this process.

SQLite's C code reads and writes as ever. Its calls of write, truncate, sync and delete pass through here, so that a
test knows which writes no sync has followed yet.
"""

import _sqlite3
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

_OK = 0
# Names are passed as addresses: SQLite keeps them, and looks for more behind them.
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs` (sqlite3.h)."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("version", "file_size", "longest_path")),
        *((name, ctypes.c_void_p) for name in ("next", "name", "data", "open", "delete")),
        ("others", ctypes.c_void_p * 14),
    ]


class _Methods(ctypes.Structure):
    """`sqlite3_io_methods` (sqlite3.h)."""

    _fields_ = [
        ("version", ctypes.c_int),
        *((name, ctypes.c_void_p) for name in ("close", "read", "write", "truncate", "sync")),
        ("others", ctypes.c_void_p * 13),
    ]


class Watching(Protocol):
    """Is told. `path`: the file."""

    def wrote(self, path: Path, offset: int, data: bytes) -> None:
        """`data` is in the file at `offset`, and not synced."""

    def cut_off(self, path: Path, length: int) -> None:
        """The file has `length` bytes now, and that is not synced."""

    def syncing(self, path: Path) -> None:
        """It will be synced now."""

    def synced_file(self, path: Path) -> None:
        """It was."""

    def deleted(self, path: Path) -> None:
        """It is gone."""


def library() -> Any:
    """The SQLite that this Python uses. Skips the test where its functions cannot be called from outside."""
    found = ctypes.CDLL(getattr(_sqlite3, "__file__", None))
    if not hasattr(found, "sqlite3_vfs_register"):
        pytest.skip("this Python has its SQLite built in, and hidden")
    found.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    found.sqlite3_vfs_find.argtypes = (ctypes.c_char_p,)
    for act in (found.sqlite3_vfs_register, found.sqlite3_vfs_unregister):
        act.argtypes = (ctypes.POINTER(_Vfs), ctypes.c_int)[: 2 if act is found.sqlite3_vfs_register else 1]
    return found


class _Layer:
    """Holds what C code points to for as long as it may call it."""

    def __init__(self, under: _Vfs, told: Watching) -> None:
        self._told = told
        self._paths: dict[int, Path] = {}
        self._methods: dict[int, _Methods] = {}
        self._open, self._delete = _OPEN(under.open), _DELETE(under.delete)
        self.own = _Vfs.from_buffer_copy(under)
        self.own.name = ctypes.cast(ctypes.c_char_p(b"watched"), ctypes.c_void_p)
        self._kept: list[Any] = [_OPEN(self.opened), _DELETE(self.delete)]
        self.own.open, self.own.delete = (ctypes.cast(one, ctypes.c_void_p) for one in self._kept)

    def opened(self, vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        code = self._open(vfs, name, file, flags, out)
        methods = ctypes.cast(file, ctypes.POINTER(ctypes.c_void_p))
        if code == _OK and name is not None and methods[0]:
            self._paths[file] = _path(name)
            methods[0] = ctypes.addressof(self._watched(int(methods[0])))
        return int(code)

    def delete(self, vfs: int, name: int, sync: int) -> int:
        code = self._delete(vfs, name, sync)
        if code == _OK:
            self._told.deleted(_path(name))
        return int(code)

    def _watched(self, under: int) -> _Methods:
        """The methods at address `under`, which SQLite shares among files, with ours before four of them."""
        if under in self._methods:
            return self._methods[under]
        own = _Methods.from_buffer_copy(ctypes.string_at(under, ctypes.sizeof(_Methods)))
        write, truncate, sync = _WRITE(own.write), _TRUNCATE(own.truncate), _SYNC(own.sync)

        def writing(file: int, data: int, length: int, offset: int) -> int:
            code = write(file, data, length, offset)
            if code == _OK:
                self._told.wrote(self._paths[file], offset, ctypes.string_at(data, length))
            return int(code)

        def truncating(file: int, length: int) -> int:
            code = truncate(file, length)
            if code == _OK:
                self._told.cut_off(self._paths[file], length)
            return int(code)

        def syncing(file: int, flags: int) -> int:
            self._told.syncing(self._paths[file])
            code = sync(file, flags)
            if code == _OK:
                self._told.synced_file(self._paths[file])
            return int(code)

        ours = (_WRITE(writing), _TRUNCATE(truncating), _SYNC(syncing))
        own.write, own.truncate, own.sync = (ctypes.cast(one, ctypes.c_void_p) for one in ours)
        self._kept += [own, write, truncate, sync, *ours]
        self._methods[under] = own
        return own


def _path(name: int) -> Path:
    return Path(ctypes.string_at(name).decode())


# Connections that are still open when watching ends go on calling these.
_LAYERS: list[_Layer] = []


@contextmanager
def watched(told: Watching) -> Iterator[None]:
    """Every database that is opened inside is watched, until it is closed."""
    found = library()
    under = found.sqlite3_vfs_find(None)
    layer = _Layer(under.contents, told)
    _LAYERS.append(layer)
    assert found.sqlite3_vfs_register(ctypes.byref(layer.own), 1) == _OK
    try:
        yield
    finally:
        assert found.sqlite3_vfs_unregister(ctypes.byref(layer.own)) == _OK
        assert found.sqlite3_vfs_register(under, 1) == _OK
