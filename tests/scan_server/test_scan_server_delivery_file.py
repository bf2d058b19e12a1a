"""Delivery files: what they say is what is used, and each mistake is named with its line and field."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from docs_pages import PROJECT, steps
from hypothesis import given
from hypothesis import strategies as st
from mail_bench import delivery_file
from real_servers import PASSWORD

from emulator.scan_server.delivery.settings import DeliveryError, load_delivery

MAIL = '[mail]\nhost = "mail.example"\nsender = "scanner@contoso.example"\n'
LOGIN = 'user = "scanner"\npassword_file = "password.txt"\n'
SHARE = "[[share]]\nunc = '\\\\contoso\\Scans'\n"
SITE = '[[sharepoint]]\nurl = "https://sp.example/sites"\n'


def test_a_whole_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SP_PASSWORD", "from the environment")
    text = (
        'my_site = "https://my.example/{user}/{domain}"\n'
        + MAIL
        + LOGIN
        + 'tls = "implicit"\nca_file = "ca.pem"\ntimeout = 5\n'
        + SITE
        + 'send_to = "https://127.0.0.1:8443/dav"\nuser = "u"\npassword_env = "SP_PASSWORD"\n'
        + SHARE
        + "send_to = '\\\\127.0.0.1\\scans'\nport = 4450\nencrypt = true\n"
        + LOGIN
    )
    found = load_delivery(delivery_file(tmp_path, text))
    assert found.mail is not None
    assert (found.mail.server_port, found.mail.timeout, found.mail.ca_file) == (465, 5.0, tmp_path / "ca.pem")
    assert found.mail.password.get_secret_value() == PASSWORD
    assert found.sharepoint[0].password.get_secret_value() == "from the environment"
    assert found.sharepoint[0].base == "https://127.0.0.1:8443/dav"
    assert (found.share[0].base, found.share[0].port, found.share[0].encrypt) == (
        r"\\127.0.0.1\scans",
        4450,
        True,
    )
    assert str(found.mail) == "mail.example:465 (TLS, as scanner)"
    assert str(found.share[0]) == r"\\contoso\Scans -> \\127.0.0.1\scans port 4450 (as scanner)"


def test_the_file_of_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = (
        step.text for step in steps(PROJECT / "docs" / "delivery.md") if getattr(step, "name", "") == "all.toml"
    )
    monkeypatch.setenv("SHAREPOINT_PASSWORD", "x")
    for name in ("mail-password.txt", "smb-password.txt"):
        (tmp_path / name).write_text("x", "utf-8")
    found = load_delivery(delivery_file(tmp_path, text))
    assert found.mail is not None and len(found.sharepoint) == 2 and len(found.share) == 1
    assert found.share[0].user == r"CONTOSO\scanner"


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("implicit", 465), ("none", 25)])
def test_the_port_follows_from_tls(tmp_path: Path, tls: str, port: int) -> None:
    found = load_delivery(delivery_file(tmp_path, MAIL + f'tls = "{tls}"\n'))
    assert found.mail is not None and found.mail.server_port == port


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (MAIL + "colour = 1\n", 4, "mail.colour: no such field; there are: user, password_file"),
        ("[mail]\nhost = 1\n", 2, "mail.host: 1 is not allowed; "),
        ('[mail]\nhost = "h"\n', 1, "mail.sender: missing"),
        (MAIL.replace("scanner@", ""), 3, "mail.sender: 'contoso.example' is not allowed; an e-mail address"),
        (MAIL + 'tls = "ssl"\n', 4, "mail.tls: 'ssl' is not allowed; allowed: starttls, implicit, none"),
        (MAIL + "port = 0\n", 4, "mail.port: 0 is not allowed; "),
        (MAIL + 'user = "u"\n', 4, "mail.user: a user has a password_file or a password_env, one of the two"),
        (MAIL + 'password_env = "X"\n', 4, "mail.password_env: a password goes with a user"),
        (MAIL + LOGIN + 'tls = "none"\n', 6, "mail.tls: a password does not go out without TLS"),
        (MAIL + 'user = "u"\npassword_file = "missing.txt"\n', 5, "mail.password_file: "),
        (MAIL + 'user = "u"\npassword_env = "DSM_NOT_SET"\n', 5, "the environment variable DSM_NOT_SET is not set"),
        (SITE + SITE + "timeout = 0\n", 5, "sharepoint.timeout: 0 is not allowed; "),
        (SITE + '[[sharepoint]]\nurl = "ftp://x"\n', 4, "sharepoint.url: 'ftp://x' is not allowed; an http"),
        (SITE.replace("sp.", "u:p@sp."), 2, "sharepoint.url: a URL holds no user and password here"),
        (SITE.replace("https", "http") + LOGIN, 3, "sharepoint.user: a password does not go out without TLS"),
        (SHARE.replace("\\\\contoso", "contoso") + LOGIN, 2, "is no UNC path"),
        (SHARE, 2, "share.unc: an SMB share is logged in to: user is missing"),
        ('my_site = "https://x/{name}"\n', 1, "my_site: 'https://x/{name}' is not allowed; {name} is unknown"),
        ("[smtp]\n", 1, "smtp: no such field; there are: mail, my_site, sharepoint, share"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    path = delivery_file(tmp_path, text)
    with pytest.raises(DeliveryError) as caught:
        load_delivery(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("field", ['password = "TopSecret"\n', 'user = "u"\npassword = "TopSecret"\n'])
def test_a_password_in_the_file_is_refused_and_not_repeated(tmp_path: Path, field: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        load_delivery(delivery_file(tmp_path, MAIL + field))
    assert "TopSecret" not in str(caught.value)
    assert "password_file" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"[mail", "is no TOML"), (b"\xff", "is no TOML"), (b"a" * 1024 * 1025, "no delivery file"), (None, "cannot")],
)  # fmt: skip
def test_what_is_no_delivery_file(tmp_path: Path, data: bytes | None, told: str) -> None:
    path = tmp_path / "d.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(DeliveryError, match=told):
        load_delivery(path)


def test_an_smb_share_without_its_extra_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "smbprotocol", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DeliveryError, match=r"pip install 'dsm-emulator\[smb\]'"):
        load_delivery(delivery_file(tmp_path, SHARE + LOGIN))


@given(st.text(st.sampled_from("[]mailshre =\"\\\n.{}_01tuncpwd#'"), max_size=80))
def test_any_text_is_read_or_refused_with_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, "utf-8")
    try:
        load_delivery(path)
    except DeliveryError as error:
        assert "\n" not in str(error)
