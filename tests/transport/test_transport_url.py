"""URLs in their parts: odd ones, as users and peers write them."""

from __future__ import annotations

import pytest

from emulator.transport.url import Url, authority_of, is_http_url, read_url


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("http://h", ("http", "h", "h", None, "")),
        ("HTTPS://Host.Test:5362/ScanServer", ("https", "Host.Test:5362", "host.test", 5362, "/ScanServer")),
        ("http://[FE80::1%25eth0]:80/a", ("http", "[FE80::1%25eth0]:80", "fe80::1%25eth0", 80, "/a")),
        ("http://user:secret@h:1/a?b#c", ("http", "user:secret@h:1", "h", 1, "/a")),
        ("http://h:/a", ("http", "h:", "h", None, "/a")),
        ("http://h:0/", ("http", "h:0", "h", 0, "/")),
        ("//h:8080", ("", "h:8080", "h", 8080, "")),
        ("/only/a/path", ("", "", "", None, "/only/a/path")),
        ("urn:uuid:11111111-2222", ("urn", "", "", None, "uuid:11111111-2222")),
        ("http:///no-host", ("http", "", "", None, "/no-host")),
        ("", ("", "", "", None, "")),
    ],
)  # fmt: skip
def test_the_parts_of_a_url(text: str, parts: tuple[str, str, str, int | None, str]) -> None:
    url = read_url(text)
    assert (url.scheme, url.authority, url.host, url.port, url.path) == parts
    assert url.readable and not url.problem and url.login == ("@" in text)


@pytest.mark.parametrize("text", ["http://[::1", "http://::1]/", "http://[nonsense]/a", "http://[::1]x/"])
def test_what_is_no_url_has_no_parts_and_says_why(text: str) -> None:
    url = read_url(text)
    assert not url.readable and url.problem and "\n" not in url.problem
    assert url == Url(readable=False, problem=url.problem)


@pytest.mark.parametrize("port", ["65536", "99999", "-1", "x", "1.5"])
def test_a_port_that_can_be_none_leaves_the_other_parts(port: str) -> None:
    url = read_url(f"http://h:{port}/a")
    assert (url.host, url.port, url.path, url.readable) == ("h", None, "/a", True)
    assert url.problem and not url.leads_to_http


@pytest.mark.parametrize(
    "text",
    ["http://h", "https://h:1/a%20b", "http://[::1]:5357/", "HTTP://10.0.0.1/", "http://u@h/"],
)
def test_http_urls(text: str) -> None:
    assert is_http_url(text) and read_url(text).leads_to_http


@pytest.mark.parametrize(
    "text",
    ["ftp://h/", "h", "h:80", "http:/h", "http://", "http://:80/", "http://h:0/", "http://h:70000/", "http://[/",
     "http://h/a b", " http://h/", "http://h/\n", "http://h\t/", "ldap://h", ""],
)  # fmt: skip
def test_what_is_no_http_url(text: str) -> None:
    assert not is_http_url(text)


@pytest.mark.parametrize("text", ["http://H:80/a%20b?c=d&e#f", "/a?b", "urn:x:y", "http://u:p@[::1]:1/"])
def test_a_url_is_put_together_as_it_was(text: str) -> None:
    assert str(read_url(text)) == text


def test_the_same_at_another_authority() -> None:
    url = read_url("http://0.0.0.0:5357/device/scan?x=1")
    assert url.at(authority_of("fe80::1%eth0", url.port)) == "http://[fe80::1%25eth0]:5357/device/scan?x=1"
    assert url.at("mfp", scheme="https") == "https://mfp/device/scan?x=1"
    assert url.origin == "http://0.0.0.0:5357"


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("h", None, "h"),
        ("10.0.0.1", 80, "10.0.0.1:80"),
        ("::1", 80, "[::1]:80"),
        ("fe80::1%3", None, "[fe80::1%253]"),
        ("fe80::1%25eth0", 1, "[fe80::1%25eth0]:1"),
    ],
)
def test_an_authority(host: str, port: int | None, expected: str) -> None:
    assert authority_of(host, port) == expected
