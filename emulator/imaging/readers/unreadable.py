"""Why a file cannot be read, and what the decoders of others raise for damage."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image, ImageCms, UnidentifiedImageError

from emulator.imaging.pages import MAX_PAGE_PIXELS


class Unreadable(Exception):
    """A file or a page that is damaged or of a layout that is not read. `str()` is the reason, one line."""


def too_large(size: tuple[int, int] | None = None) -> Unreadable:
    """Make the error for a picture of `size` pixels beyond MAX_PAGE_PIXELS."""
    shown = "" if size is None else f" ({size[0]}x{size[1]})"
    return Unreadable(f"larger than the limit of {MAX_PAGE_PIXELS // 1_000_000} million pixels{shown}")


DAMAGE: Final = (
    OSError,
    EOFError,
    ValueError,  # UnicodeDecodeError is one
    SyntaxError,
    TypeError,
    LookupError,  # KeyError, IndexError
    AttributeError,
    AssertionError,  # Pillow's own checks
    ArithmeticError,  # OverflowError, ZeroDivisionError
    RuntimeError,  # NotImplementedError, RecursionError
    struct.error,
    zlib.error,
    ImageCms.PyCMSError,
    Warning,  # of Pillow, where the filters of a program make errors of them
)
"""What Pillow, simplejpeg and pylibjpeg raise for a damaged file, as their sources and mutated files show
(tests/imaging/test_imaging_damaged_files.py). It is caught around calls of theirs alone: what code of ours raises
is a fault of ours and passes."""


@contextmanager
def damage(what: str = "") -> Iterator[None]:
    """Around a call into a decoder of others: what it raises for damage becomes Unreadable; `what` is said before.
    MemoryError becomes it too; FileNotFoundError does not: the caller knows the file's name."""
    try:
        yield
    except Unreadable:
        raise
    except FileNotFoundError:
        raise Unreadable("no such file") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large() from None
    except MemoryError:
        raise Unreadable("not enough memory to decode it") from None
    except UnidentifiedImageError:  # its text is about an object of Python
        raise Unreadable(f"damaged or not readable: {what}its header makes no sense") from None
    except DAMAGE as error:
        text = " ".join(str(error).split()) or type(error).__name__
        raise Unreadable(f"damaged or not readable: {what}{text}") from None
