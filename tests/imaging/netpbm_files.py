"""PBM, PGM, PPM and PAM files, as programs of others write what they have decoded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_netpbm(data: bytes) -> tuple[NDArray[np.uint16], int]:
    """Samples (height x width x channels) and the value of white. Of a PBM too 1 is white."""
    if data.startswith(b"P7"):
        header, _, body = data.partition(b"ENDHDR\n")
        fields = {key: int(value) for key, value in re.findall(rb"^(\w+) (\d+)$", header, re.MULTILINE)}
        width, height, channels = fields[b"WIDTH"], fields[b"HEIGHT"], fields[b"DEPTH"]
        white = fields[b"MAXVAL"]
    else:
        numbers = 2 if data.startswith(b"P4") else 3
        head = re.match(rb"P([456])" + rb"(?:\s+#[^\n]*)*\s+(\d+)" * numbers + rb"\s", data)
        assert head, data[:40]
        width, height = int(head[2]), int(head[3])
        body = data[head.end() :]
        if head[1] == b"4":
            rows = np.unpackbits(np.frombuffer(body, np.uint8).reshape(height, -1), axis=1)[:, :width]
            return 1 - rows[:, :, None].astype(np.uint16), 1
        channels, white = (3 if head[1] == b"6" else 1), int(head[4])
    samples = np.frombuffer(body, np.uint8 if white < 256 else np.dtype(">u2"))
    return samples.reshape(height, width, channels).astype(np.uint16), white
