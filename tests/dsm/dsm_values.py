"""Scan processes for tests: written by hand as XML, and made up by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from emulator.dsm.canonical import canonical
from emulator.dsm.scan_process import (
    EmailFilter,
    FileShareFilter,
    Filter,
    FilterExtensions,
    PostScanInstructions,
    ScanProcess,
    SharePointFilter,
    UnknownFilter,
)
from emulator.soap.xml import parse_xml
from emulator.wsscan.values.ticket import DocumentParameters, JobDescription, ScanTicket, Setting

MS = "http://schemas.microsoft.com/windows"
DSP = f"{MS}/2008/12/wdp/distributedscan/processing"
PSP = f"{MS}/2008/02/imaging/postscan/psp"
WSCN = f"{MS}/2006/08/wdp/scan"
FSF, SPF, EMLF = (f"{MS}/2007/10/imaging/postscan/filter/{name}" for name in ("fileshare", "sharepoint", "email"))
SPX = f"{MS}/2010/09/imaging/postscan/scanprocess/extensions"

PREFIXES = (
    f'xmlns="{PSP}" xmlns:w="{WSCN}" xmlns:f="{FSF}" xmlns:s="{SPF}" xmlns:e="{EMLF}" xmlns:x="{SPX}" '
    'xmlns:v="urn:v"'
)
TICKET = (
    "<ScanTicket><w:JobDescription><w:JobName>n</w:JobName><w:JobOriginatingUserName>u</w:JobOriginatingUserName>"
    "</w:JobDescription></ScanTicket>"
)
SHARE = (
    "<f:FileShareConfig><f:FileShares><f:ShareUNC>\\\\srv\\scans</f:ShareUNC></f:FileShares></f:FileShareConfig>"
)
SITE = (
    "<s:SharePointConfig><s:SaveToMySite>true</s:SaveToMySite><s:SaveToSharePointSites><s:SaveToSharePointSiteURL>"
    "https://portal.contoso.example/scans</s:SaveToSharePointSiteURL></s:SaveToSharePointSites></s:SharePointConfig>"
)
MAIL = (
    "<e:EmailConfig><e:SendToScanUser>true</e:SendToScanUser><e:SendToAddresses{}><e:EmailAddress>joe@contoso.example"
    "</e:EmailAddress></e:SendToAddresses></e:EmailConfig>"
)


def filter_xml(dialect: str, instructions: str, behind: str = "") -> str:
    """psp:Filter."""
    return f"<Filter><Dialect>{dialect}</Dialect><Instructions>{instructions}</Instructions>{behind}</Filter>"


def instructions_xml(filters: str = filter_xml(FSF, SHARE), behind: str = "") -> str:
    """What PostScanInstructions holds; `behind` stands behind FiltersToProcess."""
    return f"<DocumentRootName>Scan</DocumentRootName><FiltersToProcess>{filters}</FiltersToProcess>{behind}"


def scan_process_xml(inside: str = instructions_xml(), behind: str = "", ticket: str = TICKET) -> bytes:
    """psp:PostScanProcess. Default namespace psp; w, f, s, e, x and v for wscn, the filters, spx and a vendor."""
    return (
        f"<PostScanProcess {PREFIXES}><ScanRepository>dsm1.contoso.example</ScanRepository>{ticket}"
        f"<PostScanInstructions>{inside}</PostScanInstructions>{behind}</PostScanProcess>"
    ).encode()


def kept(xml: str) -> bytes:
    """A vendor element as the readers keep it."""
    return canonical(parse_xml(xml.encode()))


VENDOR = kept('<v:Own xmlns:v="urn:v" level="1"><v:In>ä</v:In></v:Own>')
UNKNOWN = kept(f'<psp:Instructions xmlns:psp="{PSP}"><a:Burn xmlns:a="urn:a">t:Dvd</a:Burn></psp:Instructions>')

NAMES = st.text(
    st.characters(codec="utf-8", categories=("L", "N"), include_characters=" ._-"), min_size=1, max_size=20
).filter(lambda text: text == text.strip())
ADDRESSES = st.from_regex(r"[a-z]{1,6}@[a-z]{1,6}\.example", fullmatch=True)
SHARES = st.from_regex(r"\\\\[a-z]{1,6}\\[a-z]{1,6}", fullmatch=True)
SITES = st.from_regex(r"https://[a-z]{1,6}\.example/[a-z]{0,5}", fullmatch=True)
EXTENSIONS = st.sampled_from([(), (VENDOR,), (VENDOR, kept('<o:Other xmlns:o="urn:o"/>'))])
IN_FILTERS = st.builds(FilterExtensions, EXTENSIONS, EXTENSIONS)
FLAGS = st.none() | st.booleans()


def _lists(items: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(items, min_size=1, max_size=3, unique=True).map(tuple)


EMAILS = st.builds(EmailFilter, _lists(ADDRESSES), FLAGS, st.booleans(), IN_FILTERS)
FILE_SHARES = st.builds(FileShareFilter, _lists(SHARES), IN_FILTERS)
SHARE_POINTS = st.builds(SharePointFilter, _lists(SITES), FLAGS, IN_FILTERS)
UNKNOWNS = st.builds(
    UnknownFilter, st.just("urn:burner"), st.just(UNKNOWN), st.builds(FilterExtensions, EXTENSIONS)
)
FILTERS: st.SearchStrategy[Filter] = EMAILS | FILE_SHARES | SHARE_POINTS | UNKNOWNS
INSTRUCTIONS = st.builds(
    PostScanInstructions,
    NAMES,
    st.lists(FILTERS, min_size=1, max_size=4).map(tuple),
    FLAGS,
    EXTENSIONS,
    EXTENSIONS,
)
TICKETS = st.builds(
    ScanTicket,
    st.builds(JobDescription, NAMES, NAMES),
    st.builds(DocumentParameters, format=st.none() | st.builds(Setting, st.just("png"), st.booleans())),
)
SCAN_PROCESSES = st.builds(
    ScanProcess,
    st.none(),
    st.just(""),
    st.just(""),
    st.just("dsm1.contoso.example"),
    TICKETS,
    INSTRUCTIONS,
    st.booleans(),
    st.booleans(),
    EXTENSIONS,
)
