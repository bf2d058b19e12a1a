"""A message on the wire, and what only a wire can carry: lengths, chunks and heads that are no right HTTP."""

from __future__ import annotations

from random import Random

from mutations import Mutant


def on_the_wire(mutant: Mutant, random: Random | None, host: str) -> bytes:
    """The octets of the request. Seldom they are no right HTTP; then `framing` says how. Without a random source
    they always are."""
    head = [f"Host: {host}", *(f"{name}: {value}" for name, value in mutant.headers)]
    body = mutant.body
    length = f"Content-Length: {len(body)}"
    line = f"{mutant.method} {mutant.path} HTTP/1.1"
    how = 39 if random is None else random.randrange(40)
    random = random or Random(0)
    if how == 0:
        wrong = random.choice(
            (len(body) + 7, max(0, len(body) - 7), -1, 10**12, "x", "", "+5", f"{len(body)}, {len(body)}")
        )
        mutant.framing, length = "length", f"Content-Length: {wrong}"
    elif how == 1:
        mutant.framing = "no length"
        length = "X-Nothing: 1"
    elif how == 2:
        mutant.framing = "both"
        length = f"Transfer-Encoding: chunked\r\n{length}"
    elif how in (3, 4, 5, 6):
        length = "Transfer-Encoding: chunked"
        size = random.choice((1, 7, 100, 4096)) if len(body) < 8000 else 4096
        chunks = [body[at : at + size] for at in range(0, len(body), size)]
        parts = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
        if how == 6:
            mutant.framing = "chunks"
            place = random.randrange(len(parts) + 1)
            parts.insert(
                place,
                random.choice(
                    (
                        b"x\r\n",
                        b"-1\r\n",
                        b"5\r\nabc\r\n",
                        b"\r\n",
                        b"ffffffffffffffff\r\n",
                        b"0\r\n\r\n",
                        b"1;x=" + b"y" * 5000 + b"\r\nz\r\n",
                        b"1\nz\n",
                    )
                ),
            )
        body = b"".join(parts) + b"0\r\n\r\n"
    elif how == 7:
        mutant.framing = "line"
        line = random.choice(
            (
                line.replace("HTTP/1.1", "HTTP/1.0"),
                line.replace("HTTP/1.1", "HTTP/9.9"),
                line.replace(" ", "  "),
                line + " x",
                "GET",
                "",
                f"{mutant.method} http://[ HTTP/1.1",
                "\0" + line,
                f"{mutant.method} {'/x' * 9000} HTTP/1.1",
            )
        )
    elif how == 8:
        mutant.framing = "head"
        head.insert(
            random.randrange(len(head) + 1),
            random.choice(
                (
                    "no colon",
                    " folded: x",
                    "A b: c",
                    "X: \0",
                    "X: \x7f",
                    "Host: other",
                    ": x",
                    "X" * 20000 + ": y",
                    "X: " + "y" * 20000,
                    "Content-Length: 5",
                    "Transfer-Encoding: gzip, chunked",
                    "Transfer-Encoding: x",
                )
            ),
        )
    if mutant.method != "POST" or any(ord(c) > 126 or ord(c) < 33 for c in mutant.path):
        mutant.framing = mutant.framing or "line"
    names = [name for name, _ in mutant.headers]
    if "Expect" in names or "Upgrade" in names or "Host" in names or names.count("Content-Type") > 1:
        mutant.framing = mutant.framing or "headers"
    return "\r\n".join([line, *head, length, "", ""]).encode("utf-8", "replace") + body
