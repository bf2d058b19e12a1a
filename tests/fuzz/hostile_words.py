"""What is put into messages: words, octets, attributes, media types, headers: odd, wrong or dangerous ones."""

from __future__ import annotations

WORDS = [
    "", " ", "0", "-1", "1", "2147483647", "2147483648", "-2147483649", "1e9", "0x10", "true", "false", "yes",
    "NaN", "9" * 400, "1" * 5000, "٣", "²", "\u00a0", "\u2028", "\ufeff", "\U0010ffff", "a" * 3000, "a:b", ":",
    "::", "x:", ":x", "{x}y", "wscn:", "urn:", "urn:uuid:", "http://", "http://[", "http://[::1",
    "http://127.0.0.1:99999/", "http://127.0.0.1:1/", "https://127.0.0.1:1/", "HTTP://127.0.0.1:1/a?b#c",
    "ftp://127.0.0.1/", "//127.0.0.1:1/", "http://user:word@127.0.0.1:1/", "http://127.0.0.1:1/%00",
    "http://%31/", "file:///etc/passwd", "\\\\a\\b", "../../x", "%s%n", "{0}", "$(id)", "P1D", "-P1D", "PT0S",
    "P99999999Y", "P1Y2M3DT4H5M6.7S", "PT", "P", "PT5S", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
    "9999-12-31T24:00:00", "2026-02-30T00:00:00", "24:00:00", "S-1-5-21-1-2-3-1001", "S-1-5",
    "S-1-5-21-1-2-3-1001 ", "png", "jfif", "pdf-a", "image/png", "tiff-multi-g4", "RGB24", "RGB48",
    "BlackAndWhite1", "ADF", "ADFDuplex", "Platen", "Film", "Auto", "AAAA", "AA==", "=", "A", "!",
    "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "cid:", "cid:image@x",
    "cid:%", "cid:%00", "cid:root@x", "http://www.w3.org/2005/08/addressing/anonymous",
    "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous", "&lt;x/&gt;", "&amp;", "&#x20;", "&#10;",
]  # fmt: skip
"""Contents of elements and attributes."""

OCTETS = [
    b"\0", b"\x01", b"\x7f", b"\x80", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xef\xbf\xbe",
    b"\xef\xbb\xbf=", b"\xf4\x90\x80\x80", b"<", b">", b"&", b"'", b'"', b"]]>", b"<![CDATA[", b"<![CDATA[x]]>",
    b"<!-- x -->", b"<!--", b"<?p i?>", b"<?xml version='1.0'?>", b"<!DOCTYPE x>", b"&#0;", b"&#xD800;",
    b"&#x110000;", b"&#65;", b"&lt;", b"&x;", b"<x/>", b"<x xmlns='urn:x'/>", b"<x>", b"</x>", b" xmlns=''",
    b" xmlns:a=''", b" xmlns:a='urn:a'", b" xmlns:xml='urn:x'", b" xmlns:xmlns='urn:x'", b" xml:base='x'",
    b"\r", b"\n", b"\t", b"\r\n\r\n", b"--b1", b"\r\n--b1\r\n", b"\r\n--b1--\r\n", b"xsi:nil='true'",
    b"a" * 2000,
]  # fmt: skip
"""Octets to put somewhere."""

ATTRIBUTES = [
    b' soap:mustUnderstand="1"', b' soap:mustUnderstand="true"', b' soap:mustUnderstand="x"',
    b' soap:role="urn:x"', b' soap:role="http://www.w3.org/2003/05/soap-envelope/role/none"',
    b' soap:encodingStyle="urn:x"', b' Id="1"', b' wscn:MustHonor="true"', b' MustHonor="1"',
    b' wscn:MustHonor="maybe"', b' Name="x"', b' Valid="true"', b' xmlns="urn:x"', b' xmlns=""',
    b' xmlns:soap="urn:x"', b' xmlns:\xef\xbb\xbfp="urn:x"', b' xmlns:p="urn:\xef\xbb\xbf"',
    b' xmlns:a="urn:1" a:b="c"', b' xml:lang="en"', b' xml:space="preserve"', b' RelationshipType="x:y"',
    b' RelationshipType="wsa:Reply"', b' Mode="urn:x"', b' Dialect="urn:x"', b' href="cid:image@x"',
    b' a="1" a="2"', b' \xd9\xa3="1"', b' a=1', b' a', b' a="<"', b' a="&#0;"', b' MatchBy="urn:x"',
]  # fmt: skip
"""Attributes to add to a tag."""

ENCODINGS = ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp1252", "utf-7"]
DECLARED = [b"utf-16", b"iso-8859-1", b"us-ascii", b"windows-1252", b"utf-7", b"x", b"ebcdic-cp-us"]
CONTENT_TYPES = [
    "", "text/xml", "text/plain", "application/json", "application/soap+xml",
    "application/soap+xml; charset=utf-16", "application/soap+xml; charset", "application/soap+xml;;",
    'application/soap+xml; action="urn:x"', "a/b", "/", "x", "multipart/related",
    "multipart/related; boundary=", 'multipart/related; boundary="b1', "multipart/related; boundary=b1",
    'multipart/mixed; boundary="b1"',
    'multipart/related; type="application/xop+xml"; boundary="' + "b" * 300 + '"',
    'multipart/related; boundary="b1"; start="<other@x>"', 'multipart/related; boundary="b 1"; startinfo="x"',
    'multipart/related; boundary="\u00e9"', "application/soap+xml, text/xml",
]  # fmt: skip
EXTRA_HEADERS = [
    ("Content-Encoding", "gzip"), ("Content-Encoding", "identity"), ("Content-Encoding", "br"), ("Expect", "x"),
    ("Expect", "100-continue"), ("Host", "elsewhere.example"), ("Host", "127.0.0.1"), ("SOAPAction", '"urn:x"'),
    ("Content-Transfer-Encoding", "base64"), ("Accept-Encoding", "gzip"), ("Upgrade", "h2c"),
    ("Range", "bytes=0-1"), ("X-Long", "x" * 4000), ("Content-Type", "text/plain"), ("Cookie", "a=b"),
    ("If-Match", "*"), ("Via", "1.0 x"),
]  # fmt: skip
METHODS = ["GET", "PUT", "HEAD", "OPTIONS", "DELETE", "TRACE", "PATCH", "post", "M-POST"]
