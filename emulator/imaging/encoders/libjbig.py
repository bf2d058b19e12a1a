"""The system's libjbig (Markus Kuhn's JBIG-KIT) through ctypes: the encoder of ITU-T T.82, JBIG1.

It is under the GPL and no wheel carries it, so it is looked for when a document asks for it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Sequence
from functools import cache
from typing import BinaryIO, Final

PATH_VARIABLE: Final = "DSM_EMULATOR_LIBJBIG"
"""Environment variable: the library's file, where it is not at a usual place."""

WHAT_TO_INSTALL: Final = (
    "Debian and Ubuntu: apt install libjbig0; Fedora: dnf install jbigkit-libs; elsewhere build JBIG-KIT as a "
    f"shared library and set {PATH_VARIABLE} to its file"
)

_NAMES: Final = (
    "libjbig.so.0",
    "libjbig.so.2.1",
    "libjbig.so",
    "libjbig.dylib",
    "/opt/homebrew/lib/libjbig.dylib",
    "/opt/local/lib/libjbig.dylib",
    "libjbig-0.dll",
    "jbig.dll",
)

# jbig.h. The orders and options are those of a T.82 header (clause 6.2).
SMID: Final = 0x01
ILEAVE: Final = 0x02
TPBON: Final = 0x08
_STATE_BYTES: Final = 16 * 1024  # struct jbg_enc_state has a few hundred; its size is not told at run time

_DATA_OUT: Final = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_ubyte), ctypes.c_size_t, ctypes.c_void_p)
_Plane = ctypes.POINTER(ctypes.c_ubyte)


class NoLibjbig(Exception):
    """libjbig cannot be loaded. `str()` says why, in one line."""


@cache
def _library(path: str | None) -> ctypes.CDLL:
    names = [path] if path else [ctypes.util.find_library("jbig"), *_NAMES]
    for name in filter(None, names):
        try:
            library = ctypes.CDLL(name)
            _declare(library)
        except (OSError, AttributeError):  # AttributeError: a library that has no such functions
            continue
        return library
    if path:
        raise NoLibjbig(f"{PATH_VARIABLE}={path} cannot be loaded as libjbig")
    raise NoLibjbig("libjbig is not installed")


def _declare(library: ctypes.CDLL) -> None:
    state, number, length = ctypes.c_void_p, ctypes.c_int, ctypes.c_ulong
    planes = ctypes.POINTER(_Plane)
    library.jbg_enc_init.argtypes = [state, length, length, number, planes, _DATA_OUT, ctypes.c_void_p]
    library.jbg_enc_options.argtypes = [state, number, number, length, number, number]
    library.jbg_enc_out.argtypes = [state]
    library.jbg_enc_free.argtypes = [state]
    for function in (library.jbg_enc_init, library.jbg_enc_options, library.jbg_enc_out, library.jbg_enc_free):
        function.restype = None


def load() -> None:
    """Raise NoLibjbig when libjbig cannot be loaded."""
    _library(os.environ.get(PATH_VARIABLE) or None)


def encode(
    file: BinaryIO,
    planes: Sequence[bytes],
    size: tuple[int, int],
    *,
    order: int,
    options: int,
    stripe: int,
    reach: int,
) -> None:
    """Write a bi-level image entity of one resolution layer.

    - `planes`: packed rows, the most significant plane first.
    - `stripe`: rows of a stripe.
    - `reach`: pixels that the adaptive template pixel may be away (MX).

    Raises NoLibjbig, OSError.
    """
    library = _library(os.environ.get(PATH_VARIABLE) or None)
    failures: list[Exception] = []

    def data_out(data: ctypes._Pointer[ctypes.c_ubyte], count: int, _: int | None) -> None:
        if failures:
            return
        try:
            file.write(ctypes.string_at(data, count))
        except Exception as error:  # nothing may be raised through C
            failures.append(error)

    state = ctypes.create_string_buffer(_STATE_BYTES)
    # libjbig reads these and does not write them (of one layer it makes no copy at a lower resolution).
    buffers = [ctypes.cast(ctypes.c_char_p(plane), _Plane) for plane in planes]
    array = (_Plane * len(planes))(*buffers)
    callback = _DATA_OUT(data_out)
    library.jbg_enc_init(state, *size, len(planes), array, callback, None)
    try:
        library.jbg_enc_options(state, order, options, stripe, reach, 0)
        library.jbg_enc_out(state)
    finally:
        library.jbg_enc_free(state)
    if failures:
        raise failures[0]
