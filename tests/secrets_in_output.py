"""Looks for secrets in all that a run leaves: passwords as they are, in base64, in hexadecimal and percent-encoded,
and private keys by their PEM, their DER and the numbers in them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


def spellings(secrets: Mapping[str, str], keys: Iterable[Path] = ()) -> dict[str, bytes]:
    """What to look for, by what it is: `secrets` by name, and the private keys in PEM files."""
    found: dict[str, bytes] = {}
    for name, secret in secrets.items():
        for encoding in ("utf-8", "utf-16-le"):
            data = secret.encode(encoding)
            found[f"{name}, {encoding}"] = data
            found[f"{name}, {encoding}, hexadecimal"] = data.hex().encode()
            # Wherever it stands in what is encoded: the middle, which does not depend on its neighbours.
            for skipped in range(3):
                middle = base64.b64encode(b"\0" * skipped + data)[4 : -4 if skipped else None]
                found[f"{name}, {encoding}, base64 {skipped}"] = middle.rstrip(b"=")[:-1]
        found[f"{name}, percent"] = quote(secret, safe="").encode()
    for path in keys:
        found.update(_of_key(path))
    assert all(len(data) >= 6 for data in found.values()), "too short to be looked for"
    return found


def _of_key(path: Path) -> Iterator[tuple[str, bytes]]:
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    for form, kind in ((PrivateFormat.PKCS8, "PKCS 8"), (PrivateFormat.TraditionalOpenSSL, "old form")):
        der = key.private_bytes(Encoding.DER, form, NoEncryption())
        # Near the end: an RSA key begins with its modulus, which stands in every certificate.
        yield f"{path.name}, {kind}, DER", der[-64:-32]
        pem = key.private_bytes(Encoding.PEM, form, NoEncryption()).splitlines()
        yield f"{path.name}, {kind}, PEM", pem[-4]
    numbers = key.private_numbers()
    secret = numbers.d if isinstance(numbers, rsa.RSAPrivateNumbers) else numbers.private_value
    data = secret.to_bytes((secret.bit_length() + 7) // 8, "big")
    yield f"{path.name}, number", data[:16]
    yield f"{path.name}, number, hexadecimal", data[:16].hex().encode()
    yield f"{path.name}, number, decimal", str(secret)[:30].encode()


def leaks(found_in: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> list[str]:
    """Where which secret stands, whatever the case of hexadecimal."""
    told = []
    for where, data in found_in.items():
        lower = data.lower()
        for what, secret in wanted.items():
            if secret in data or (what.endswith("hexadecimal") and secret in lower):
                told.append(f"{what} stands in {where}")
        if b"PRIVATE KEY-----" in data:
            told.append(f"a private key stands in {where}")
    return told


def files_below(folder: Path, *, without: Iterable[Path] = ()) -> dict[str, bytes]:
    """All files of a folder, by name."""
    left_out = set(without)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path not in left_out
    }
