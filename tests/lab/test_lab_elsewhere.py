"""A lab whose jobs go to somebody else's scan server: none of its own is started, and what belongs to one is
refused with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from open_things import open_things

from emulator import BlockingLab, Lab, LabError
from emulator.directory.folder import FolderDirectory
from emulator.dpws.hosting import Hosting
from emulator.environment.directories import office_folder
from emulator.environment.exit_codes import ExitCode
from emulator.scan_server.server import ScanServer
from emulator.trust.authority_folder import AuthorityFolder
from emulator.trust.contexts import server_context

QUICK: dict[str, Any] = {"settings": ("Format=png", "Resolution=75x75", "ColorProcessing=Grayscale8")}
DEMO = "S-1-5-21-917267712-1342860078-1792151419-1001"


@pytest.fixture(scope="module")
def theirs() -> Iterator[BlockingLab]:
    """The scan server of somebody else."""
    with BlockingLab() as lab:
        yield lab


def test_jobs_go_there_and_no_server_is_started(theirs: BlockingLab, tmp_path: Path) -> None:
    theirs.server.reset()
    ca_file = str(theirs.server.ca_file)
    with BlockingLab(server=theirs.url, ca_file=ca_file, state=str(tmp_path)) as lab:
        assert lab.url == theirs.url
        assert [each for each in open_things() if each.startswith("thread filter")] == []
        outcome = lab.add_device().scan(pages=2, user="joe", scan_process="Scan to folder", **QUICK).check(images=2)
        assert (outcome.server, outcome.store, outcome.delivered) == (theirs.url, None, ())
        assert outcome.manifest is not None and outcome.manifest.is_relative_to(tmp_path)
        (job,) = theirs.server.wait_for(pages=2)
        assert (job.token, job.user.partition("@")[0]) == (outcome.report.account.job_token, "joe")
        on_network = lab.add_device("flatbed", network=True)
        on_network.scan(**QUICK).check()
        for asked in (lambda: lab.server, lambda: lab.store):
            with pytest.raises(LabError, match=f"no embedded scan server: this lab's jobs go to {theirs.url}"):
                asked()
        with pytest.raises(LabError, match="no embedded scan server"):
            lab.add_device().scan(pages=1, server="embedded", **QUICK)
        assert repr(lab) == f"<BlockingLab: scan server {theirs.url}>"
        assert lab.add_device().scan(documents="office-day", pages=1, **QUICK).exit_code == 0
    assert len(theirs.server.jobs) == 3


def test_who_is_not_trusted_gets_nothing_but_with_insecure(theirs: BlockingLab) -> None:
    theirs.server.reset()
    with BlockingLab(server=theirs.url) as lab:
        outcome = lab.add_device().scan(pages=1, **QUICK)
        assert outcome.exit_code == ExitCode.UNREACHABLE and "not trusted" in str(outcome.error)
        with pytest.raises(AssertionError, match=r"the job is Failed, not Completed: .*not trusted"):
            outcome.check()
    assert theirs.server.jobs == ()
    with BlockingLab(server=theirs.url, insecure=True) as lab:
        lab.add_device().scan(pages=1, **QUICK).check()
    assert len(theirs.server.jobs) == 1


async def test_it_is_shown_the_certificate_of_the_user(tmp_path: Path) -> None:
    """Strong mode."""
    ours = AuthorityFolder.open(tmp_path / "ca", key_kind="ec")
    own, card = ours.issue_server(["127.0.0.1"]), ours.issue_user("demo@contoso.example", sid=DEMO)
    root = ours.folder / "ca.pem"
    hosting = Hosting(tls=server_context(own.certificate, own.key, client_ca=root))
    directory = FolderDirectory(office_folder())
    async with ScanServer(store=tmp_path / "store", directory=directory, hosting=hosting) as server:
        async with Lab(server=server.url, ca_file=root) as lab:
            refused = await (await lab.add_device()).scan(pages=1, **QUICK)
            assert refused.exit_code == ExitCode.REFUSED, refused.error
        async with Lab(
            server=server.url, ca_file=root, client_cert=card.certificate, client_key=card.key, user="demo"
        ) as lab:
            (await (await lab.add_device()).scan(pages=1, **QUICK)).check()
        assert [job.user.name for job in server.jobs] == ["demo"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"server": "https://127.0.0.1:1/", "store": "x"}, "store is for the embedded scan server"),
        (
            {"server": "https://127.0.0.1:1/", "habits": ["2008r2"]},
            "2008r2 is a habit of server",
        ),
        ({"server": "https://127.0.0.1:1/", "delivery": "x.toml"}, "delivery is for the embedded scan server"),
        ({"server": "no host"}, "--server 'no host' is no http or https URL and no host name"),
        ({"ca_file": "ca.pem"}, "ca_file is for somebody else's scan server, and none is named"),
        ({"client_cert": "c.pem"}, "client_cert is for somebody else's scan server, and none is named"),
        (
            {"insecure": True, "server": "embedded"},
            "insecure is for somebody else's scan server, and none is named",
        ),
    ],
)
def test_options_that_do_not_go_together(options: dict[str, Any], said: str) -> None:
    for kind in (Lab, BlockingLab):
        with pytest.raises(LabError, match=said) as raised:
            kind(**options)
        assert raised.value.code == ExitCode.USAGE


def test_a_host_name_is_the_documented_url() -> None:
    with BlockingLab(server="scans.contoso.example") as lab:
        assert lab.url == "https://scans.contoso.example:5362/ScanServer"


def test_nobody_there_is_said_with_the_address(tmp_path: Path) -> None:
    with BlockingLab(server="https://127.0.0.1:9/ScanServer", state=tmp_path) as lab:
        outcome = lab.add_device().scan(pages=1, **QUICK)
    assert outcome.exit_code == ExitCode.UNREACHABLE
    with pytest.raises(
        AssertionError, match=r"127\.0\.0\.1:9(.|\n)*scan server   https://127\.0\.0\.1:9/ScanServer"
    ):
        outcome.check()
