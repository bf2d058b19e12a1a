"""`profiles capture --from`: what other programs recorded of a device becomes a profile with its habits."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import dpkt
import pytest
import test_device_sane as sane
from programs import devices, run

from emulator import Lab
from emulator.environment.exit_codes import LabError
from emulator.inspector.capture import Capture, capture
from emulator.inspector.recorded import read_recording
from emulator.options.asking import PeerOptions

HABITS = {"sizes-swapped", "back-without-duplex"}
PROFILE = 'extends = "office-mfp"\nfriendly_name = "Mine"\nhabits = ["sizes-swapped", "back-without-duplex"]\n'


async def captured(recording: Path, output: Path) -> Capture:
    return await capture([], PeerOptions(), output, overwrite=True, recorded=recording)


@pytest.fixture
def har(tmp_path: Path) -> Path:
    """What a device with habits answered `inspect`, as its own trace has it."""
    (tmp_path / "mine.toml").write_text(PROFILE, encoding="utf-8")
    asked = ("mine.toml", "--no-multicast", "--trace", "mine.har")
    with devices(*asked, cwd=tmp_path) as (ready, _):
        run("inspect", ready[0]["xaddrs"][0], cwd=tmp_path).check_returncode()
    return tmp_path / "mine.har"


def exchanges(har: Path) -> Iterator[tuple[bytes, bytes]]:
    """Requests and answers, as they went over the wire."""
    for entry in json.loads(har.read_text(encoding="utf-8"))["log"]["entries"]:
        request, response = entry["request"], entry["response"]
        body, answer = request["postData"]["text"].encode(), response["content"]["text"].encode()
        path = "/" + request["url"].split("/", 3)[3]
        yield (
            f"POST {path} HTTP/1.1\r\nHost: d\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body,
            f"HTTP/1.1 {response['status']} OK\r\nContent-Type: application/soap+xml\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n".encode()
            + answer,
        )


async def test_a_har_file(har: Path, tmp_path: Path) -> None:
    made = await captured(har, tmp_path / "copy.toml")
    assert {str(each) for each in made.quirks} == HABITS == set(made.profile.habits)
    assert made.profile.friendly_name == "Mine" and made.missing == ()
    done = await asyncio.to_thread(run, "profiles", "capture", "--from", har, "-o", "by.toml", cwd=tmp_path)
    assert done.returncode == 0 and "sizes-swapped" in done.stdout
    document = json.loads(await asyncio.to_thread(har.read_text, encoding="utf-8"))
    for entry in document["log"]["entries"]:
        content = entry["response"]["content"]
        content["text"], content["encoding"] = base64.b64encode(content["text"].encode()).decode(), "base64"
    coded = tmp_path / "coded.har"
    await asyncio.to_thread(coded.write_text, json.dumps(document), encoding="utf-8")
    assert (await captured(coded, tmp_path / "coded.toml")).quirks == made.quirks


def test_a_har_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    recording = tmp_path / "proxy.har"
    recording.write_text('{"log": {"entries": [{"request": {"url": "http://a/"}}]}}', encoding="utf-8-sig")
    assert [each.url for each in read_recording(recording).exchanges] == ["http://a/"]


def segments(pairs: list[tuple[bytes, bytes]], gap: bool = False) -> Iterator[bytes]:
    """Frames of one TCP connection, in pieces, out of order and one of them twice."""
    sides = {True: (b"\x0a\0\0\1", 40000, b"\x0a\0\0\2", 5357), False: (b"\x0a\0\0\2", 5357, b"\x0a\0\0\1", 40000)}
    sequence = {True: 4_294_967_000, False: 77}

    def frame(ours: bool, data: bytes, flags: int = dpkt.tcp.TH_ACK) -> bytes:
        source, sport, target, dport = sides[ours]
        tcp = dpkt.tcp.TCP(sport=sport, dport=dport, seq=sequence[ours], flags=flags, data=data)
        packet = dpkt.ip.IP(src=source, dst=target, p=dpkt.ip.IP_PROTO_TCP, data=tcp)
        packet.len = len(packet)
        sequence[ours] = (sequence[ours] + len(data) + (flags == dpkt.tcp.TH_SYN)) % 2**32
        return bytes(
            dpkt.ethernet.Ethernet(src=b"\0" * 6, dst=b"\1" * 6, type=dpkt.ethernet.ETH_TYPE_IP, data=packet)
        )

    yield frame(True, b"", dpkt.tcp.TH_SYN)
    yield frame(False, b"", dpkt.tcp.TH_SYN)
    for request, answer in pairs:
        yield frame(True, request)
        pieces = [frame(False, answer[at : at + 1000]) for at in range(0, len(answer), 1000)]
        if gap and len(pieces) > 1:
            del pieces[0]
        yield from reversed(pieces)
        yield pieces[0]


@pytest.mark.parametrize("writer", [dpkt.pcap.Writer, dpkt.pcapng.Writer], ids=["pcap", "pcapng"])
async def test_a_packet_capture(har: Path, tmp_path: Path, writer: type) -> None:
    pairs = await asyncio.to_thread(lambda: list(exchanges(har)))
    recording = tmp_path / "wire.pcap"

    def write(frames: Iterator[bytes]) -> None:
        buffer = io.BytesIO()
        capturing = writer(buffer)
        for number, each in enumerate(frames):
            capturing.writepkt(each, ts=1.0 + number)
        recording.write_bytes(buffer.getvalue())

    await asyncio.to_thread(write, segments(pairs))
    made = await captured(recording, tmp_path / "copy.toml")
    assert {str(each) for each in made.quirks} == HABITS and made.missing == ()
    assert made.profile.friendly_name == "Mine"
    await asyncio.to_thread(write, segments(pairs, gap=True))
    told = await asyncio.to_thread(read_recording, recording)
    assert told.missing == ["octets of the connection to port 5357 that were not captured, or are no HTTP"]


def wire(path: Path, frames: Iterator[bytes]) -> Path:
    """A capture of these frames."""
    with path.open("wb") as file:
        capturing = dpkt.pcap.Writer(file)
        for number, each in enumerate(frames):
            capturing.writepkt(each, ts=1.0 + number)
    return path


ASKED = b"POST /a HTTP/1.1\r\nHost: d\r\nContent-Length: 1\r\n\r\nx"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER, ANSWER], [(200, b"ok"), (200, b"ok")]),
        ([ANSWER, b"HTTP/1.1 2\xb9\xb9 OK\r\nContent-Length: 0\r\n\r\n"], [(200, b"ok"), (0, b"")]),
        ([ANSWER, b""], [(200, b"ok"), (0, b"")]),
        ([ANSWER, b"\0\1\2"], [(200, b"ok"), (0, b"")]),
        ([ANSWER, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"], [(200, b"ok"), (0, b"")]),
        (
            [ANSWER, b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\nx"],
            [(200, b"ok"), (0, b"")],
        ),
    ],
)
def test_answers_of_a_connection_are_those_of_its_requests(
    tmp_path: Path, answers: list[bytes], told: list[tuple[int, bytes]]
) -> None:
    pairs = [(ASKED, answer or b" ") for answer in answers]
    found = read_recording(wire(tmp_path / "wire.pcap", segments(pairs)))
    assert [(each.status, each.answer) for each in found.exchanges] == told
    broken = ["octets of the connection to port 5357 that were not captured, or are no HTTP"]
    assert found.missing == (broken if told[1] == (0, b"") and b"\xb9" not in answers[1] else [])


def test_a_capture_that_is_damaged_says_so(tmp_path: Path) -> None:
    whole = wire(tmp_path / "wire.pcap", segments([(ASKED, ANSWER)]))
    whole.write_bytes(whole.read_bytes() + b"\1\2\3")
    found = read_recording(whole)
    assert [(each.status, each.answer) for each in found.exchanges] == [(200, b"ok")]
    assert len(found.missing) == 1 and found.missing[0].startswith(
        "what stands behind a damaged place of the file: "
    )


async def test_a_trace_of_sane_airscan(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    await asyncio.to_thread(profile.write_text, PROFILE, encoding="utf-8")
    async with Lab() as lab:
        device = await lab.add_device(profile, network=True)
        await device.load(sheets=2, replace=True)

        class At:
            scan_service_url = device.scan_service

        environment = await asyncio.to_thread(sane.configured, tmp_path / "sane", At)
        conf = tmp_path / "sane" / "airscan.conf"
        text = await asyncio.to_thread(conf.read_text)
        await asyncio.to_thread(conf.write_text, f"{text}[debug]\ntrace = {tmp_path / 'trace'}\n")
        command = ("scanimage", "-d", "airscan:w0:Ours", "--source", "ADF", "--resolution", "75", "--batch=p%d.png")
        process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=tmp_path)
        assert await process.wait() == 0
    log = await asyncio.to_thread(lambda: next((tmp_path / "trace").glob("*.log")))
    made = await captured(log, tmp_path / "copy.toml")
    assert {str(each) for each in made.quirks} == HABITS
    assert made.profile.feeder is not None and made.profile.feeder.duplex
    assert made.missing == ("how the device writes XML and packages: sane-airscan writes them anew",)
    assert any(line.startswith("metadata: not told") for line in made.differences)
    tar = log.with_suffix(".tar")
    assert (await captured(tar, tmp_path / "by-tar.toml")).quirks == made.quirks
    with tarfile.open(tar) as images:
        assert len(images.getnames()) == 4  # packages, and the images in them
    await asyncio.to_thread(tar.unlink)
    made = await captured(log, tmp_path / "copy.toml")
    assert made.missing[1] == f"4 bodies: {tar.name} is not beside the log"


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("x.har", b'{"log": 3}', "is no HAR: it has no log.entries"),
        ("x.har", b'{"log": {"entries": [', "is damaged: "),
        ("x.har", b'{"\xff": 1}', "is damaged: "),
        ("x.har", b'{"log": ' + b"9" * 5000 + b"}", "is damaged: "),
        (
            "x.har",
            b'{"log": {"entries": [{}, 3, {"request": {"url": "http://a/"}}]}}',
            "1 exchanges, and none in which",
        ),
        ("x.pcap", b"\xd4\xc3\xb2\xa1\x02", "is damaged: "),
        ("x.log", b"hello\n", "is no recording that is known"),
        ("gone.pcapng", None, "cannot be read: "),
    ],
)
async def test_what_is_no_recording_is_named(tmp_path: Path, name: str, data: bytes | None, told: str) -> None:
    if data is not None:
        await asyncio.to_thread((tmp_path / name).write_bytes, data)
    with pytest.raises(LabError, match=told):
        await captured(tmp_path / name, tmp_path / "copy.toml")
    assert not await asyncio.to_thread((tmp_path / "copy.toml").exists)
    with pytest.raises(LabError, match="one of these is captured"):
        await capture(["http://127.0.0.1:9/"], PeerOptions(), None, overwrite=False, recorded=tmp_path / name)
