"""What is deflated for documents: inflated by zlib it is what it was, with ISA-L and without it."""

from __future__ import annotations

import random
import zlib

import pytest

from emulator.imaging.encoders import deflating as module
from emulator.imaging.encoders.deflating import deflating

LETTERS = random.Random(5).randbytes(40) * 3000
NOISE = random.Random(6).randbytes(300_000)


@pytest.fixture(params=["as installed", "without ISA-L"])
def without(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param == "without ISA-L":
        monkeypatch.setattr(module, "_isa_l", None)
    return request.param == "without ISA-L"


def test_isa_l_is_installed_where_it_has_wheels() -> None:
    assert module._isa_l is not None


@pytest.mark.parametrize("data", [b"", b"a", LETTERS, NOISE], ids=["nothing", "one", "letters", "noise"])
@pytest.mark.parametrize("piece", [1000, 1 << 20])
def test_pieces_come_back(data: bytes, piece: int, without: bool) -> None:
    compressor = deflating()
    made = b"".join(compressor.compress(data[at : at + piece]) for at in range(0, len(data), piece))
    made += compressor.flush()
    assert zlib.decompress(made) == data
    assert len(made) <= len(data) * 1.01 + 100


def test_after_a_full_flush_other_data_may_follow(without: bool) -> None:
    """What a stamped copy is made of: one body, a strip of its own behind it."""
    body = deflating(raw=True)
    made = body.compress(LETTERS) + body.flush(zlib.Z_FULL_FLUSH)
    for behind in (NOISE, LETTERS, b"x"):
        strip = deflating(raw=True)
        whole = made + strip.compress(behind) + strip.flush()
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        assert inflate.decompress(whole) == LETTERS + behind and inflate.eof


def test_equal_data_is_equal_whatever_the_pieces_before(without: bool) -> None:
    made = []
    for _ in range(2):
        compressor = deflating()
        made.append(compressor.compress(LETTERS) + compressor.flush())
    assert made[0] == made[1]
