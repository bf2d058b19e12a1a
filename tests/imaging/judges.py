"""Programs of others that decode a document: what each of them sees, as `format_table.Decoded`."""

from __future__ import annotations

import json
import re
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from format_table import Decoded
from netpbm_files import read_netpbm
from optional_programs import needs_program, skip_or_fail

_METRES_PER_INCH = 0.0254


def run(name: str, *arguments: str | Path) -> bytes:
    """Standard output of a program that must end well and say nothing on standard error."""
    done = subprocess.run([needs_program(name), *arguments], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0 and not done.stderr, (name, done.returncode, done.stderr[-400:], done.stdout[-400:])
    return done.stdout


def exif(path: Path, *tags: str) -> dict[str, Any]:
    """What exiftool says of the tags asked for (`Group:Tag` or all), as numbers."""
    (said,) = json.loads(run("exiftool", "-j", "-n", "-G1", *[f"-{tag}" for tag in tags], path))
    assert isinstance(said, dict)
    if "Archive::Zip" in str(said.get("ExifTool:Warning", "")):
        skip_or_fail("exiftool has no Archive::Zip, a module of Perl with which it reads ZIP files")
    return said


def tiffinfo(path: Path) -> list[dict[str, str]]:
    """What tiffinfo says, a dictionary a page."""
    pages = re.split(r"=== TIFF directory \d+ ===", run("tiffinfo", path).decode())[1:]
    return [dict(re.findall(r"^ *([A-Z][\w/ ]+): (.+?) *$", page, re.MULTILINE)) for page in pages]


def decode_tiff(path: Path, scratch: Path) -> list[Decoded]:
    """tiffinfo tells depth and resolution, tiffcp decodes to plain rows."""
    plain = scratch / "plain.tif"
    run("tiffcp", "-c", "none", path, plain)
    data = plain.read_bytes()
    images = []
    for directory, said in zip(whole_number_tags(data), tiffinfo(path), strict=True):
        across, down = re.match(r"([\d.]+), ([\d.]+) pixels/inch", said["Resolution"]).groups()  # type: ignore[union-attr]
        bits = int(said["Bits/Sample"])
        assert directory[258][0] == bits and directory[259] == [1]
        images.append(Decoded(_plain_samples(data, directory), bits, (float(across), float(down))))
    return images


def whole_number_tags(data: bytes) -> list[dict[int, list[int]]]:
    """Whole-number tags of each directory of a little-endian TIFF."""
    assert data[:4] == b"II*\0"
    found = []
    (at,) = struct.unpack_from("<I", data, 4)
    while at:
        (count,) = struct.unpack_from("<H", data, at)
        tags: dict[int, list[int]] = {}
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, number = struct.unpack_from("<HHI", data, entry)
            if kind in {3, 4}:
                form = f"<{number}{'H' if kind == 3 else 'I'}"
                size = struct.calcsize(form)
                place = entry + 8 if size <= 4 else struct.unpack_from("<I", data, entry + 8)[0]
                tags[tag] = list(struct.unpack_from(form, data, place))
        found.append(tags)
        (at,) = struct.unpack_from("<I", data, at + 2 + 12 * count)
    return found


def _plain_samples(data: bytes, tags: dict[int, list[int]]) -> np.ndarray[Any, np.dtype[np.uint16]]:
    (width,), (height,), bits = tags[256], tags[257], tags[258][0]
    (photometric,), channels = tags[262], tags.get(277, [1])[0]
    octets = b"".join(data[at : at + count] for at, count in zip(tags[273], tags[279], strict=True))
    if bits == 16:
        samples = np.frombuffer(octets, "<u2").reshape(height, width, channels).astype(np.uint16)
    else:
        rows = np.frombuffer(octets, np.uint8).reshape(height, -1)
        if bits == 1:
            rows = np.unpackbits(rows, axis=1)
        elif bits == 4:
            rows = np.stack([rows >> 4, rows & 15], axis=2).reshape(height, -1)
        samples = rows[:, : width * channels].reshape(height, width, channels).astype(np.uint16)
    assert photometric in {0, 1, 2}
    return (2**bits - 1 - samples).astype(np.uint16) if photometric == 0 else samples


def decode_png(path: Path, scratch: Path) -> list[Decoded]:
    """pngcheck checks every chunk and tells depth and resolution, pngtopam (libpng) decodes."""
    said = run("pngcheck", "-v", path).decode()
    assert "No errors detected" in said
    across, down = re.search(r"chunk pHYs .*\n? *: (\d+)x(\d+) pixels/meter", said).groups()  # type: ignore[union-attr]
    depth = re.search(r"(\d+)-bit (grayscale|RGB)", said)
    assert depth, said
    bits = int(depth[1]) // {"grayscale": 1, "RGB": 4 if "RGB+alpha" in said else 3}[depth[2]]
    samples, white = read_netpbm(run("pngtopam", "-quiet", *(["-alphapam"] if "+alpha" in said else []), path))
    assert white == 2**bits - 1
    return [Decoded(samples, bits, (int(across) * _METRES_PER_INCH, int(down) * _METRES_PER_INCH))]


def decode_jpeg(path: Path, scratch: Path) -> list[Decoded]:
    """exiftool tells depth and resolution, djpeg decodes."""
    group = "IFD0" if path.read_bytes()[6:10] == b"Exif" else "JFIF"
    said = exif(path)
    assert said[f"{group}:ResolutionUnit"] == (2 if group == "IFD0" else 1)
    samples, _ = read_netpbm(run("djpeg", "-pnm", path))
    resolution = (said[f"{group}:XResolution"], said[f"{group}:YResolution"])
    return [Decoded(samples, said["File:BitsPerSample"], resolution)]


def decode_jbig(path: Path, scratch: Path) -> list[Decoded]:
    """jbgtopbm decodes; T.82 has no resolution."""
    samples, white = read_netpbm(run("jbgtopbm", path))
    return [Decoded(samples, white.bit_length(), None)]


def decode_dib(path: Path, scratch: Path) -> list[Decoded]:
    """exiftool tells depth and resolution; bmptopnm decodes, or GraphicsMagick where there is alpha."""
    said = exif(path)
    depth = said["File:BitDepth"]
    bits = {24: 8, 32: 8}.get(depth, depth)
    if depth == 32:
        raw = scratch / "raw.rgba"
        run("gm", "convert", path, "-depth", "8", f"RGBA:{raw}")
        size = (said["File:ImageHeight"], said["File:ImageWidth"], 4)
        samples = np.frombuffer(raw.read_bytes(), np.uint8).reshape(size).astype(np.uint16)
    else:
        samples, white = read_netpbm(run("bmptopnm", "-quiet", path))
        if bits < 8 and white == 255:
            samples = samples // (255 // (2**bits - 1))
    resolution = [said[f"File:PixelsPerMeter{axis}"] * _METRES_PER_INCH for axis in "XY"]
    return [Decoded(samples, bits, (resolution[0], resolution[1]))]
