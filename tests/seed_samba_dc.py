"""Fills the database of a Samba domain controller that does not run yet; executed by the system's Python, which has
Samba's modules. Usage: seed_samba_dc.py SMB_CONF SAM_LDB < wishes.json (see samba_dc.py)."""

from __future__ import annotations

import json
import sys

import ldb
from samba.auth import system_session
from samba.dcerpc import misc, security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

conf, url = sys.argv[1:3]
wishes = json.load(sys.stdin)
parameters = LoadParm()
parameters.load(conf)
database = SamDB(url=url, session_info=system_session(parameters), lp=parameters)
base = database.domain_dn()
domain_sid = security.dom_sid(database.get_domain_sid())
realm = parameters.get("realm").lower()


def change(dn: str, values: dict[str, str], controls: list[str] | None = None) -> None:
    message = ldb.Message(ldb.Dn(database, dn))
    for name, value in values.items():
        message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
    database.modify(message, controls)


def find(expression: str) -> ldb.Message:
    return database.search(base, expression=expression, attrs=["objectSid"])[0]


def sid_of(name: str) -> str:
    return str(ndr_unpack(security.dom_sid, find(f"(sAMAccountName={name})")["objectSid"][0]))


change(base, wishes["domain"])

# Samba's dnsupdate service would add the service names; without it a client finds no key for ldap/HOST.
controller = find("(&(objectClass=computer)(userAccountControl:1.2.840.113556.1.4.803:=8192))")
message = ldb.Message(controller.dn)
message["servicePrincipalName"] = ldb.MessageElement(
    [f"ldap/{name}" for name in wishes["names"]], ldb.FLAG_MOD_ADD, "servicePrincipalName"
)
database.modify(message)

for group in wishes["groups"]:
    database.newgroup(group)
for user in wishes["users"]:
    database.newuser(
        user["name"],
        user["password"],
        givenname=user["name"].capitalize(),
        surname=user.get("surname", "Test"),
        mailaddress=f"{user['name']}@{realm}",
    )
    for group in user.get("groups", ()):
        database.add_remove_group_members(group, [user["name"]], add_members_operation=True)
    if "attributes" in user:
        dn = str(find(f"(sAMAccountName={user['name']})").dn)
        # relax: pwdLastSet takes any time only so (no client may set it but to 0 or -1)
        change(dn, user["attributes"], ["relax:0", "local_oid:1.3.6.1.4.1.7165.4.3.12:0"])

for name, inner in wishes["nested_groups"]:
    database.add_remove_group_members(name, [inner], add_members_operation=True)

for wish in wishes["scan_processes"]:
    entry = {
        "dn": f"CN={wish['cn']},CN=PSPs,CN=System,{base}",
        "objectClass": "msImaging-PostScanProcess",
        "displayName": wish["cn"],
        "serverName": f"scan1.{realm}",
        "msImaging-PSPIdentifier": ndr_pack(misc.GUID(wish["guid"])),
        "msImaging-PSPString": wish["xml"],
    }
    if "readers" in wish:
        # A protected list without Authenticated Users: the class's own default lets everybody read.
        own = "".join(f"(A;;RPLCLOLORC;;;{sid_of(name)})" for name in wish["readers"])
        full = "RPWPCRCCDCLCLOLORCWOWDSDDTSW"
        sddl = f"O:DAG:DAD:PAI(A;;{full};;;DA)(A;;{full};;;SY){own}"
        entry["nTSecurityDescriptor"] = ndr_pack(security.descriptor.from_sddl(sddl, domain_sid))
    database.add(entry)

for certificate in wishes["roots"]:
    configuration = f"CN=Public Key Services,CN=Services,CN=Configuration,{base}"
    container = f"CN=Certification Authorities,{configuration}"
    for dn in (configuration, container):
        if not database.search(
            dn.partition(",")[2], scope=ldb.SCOPE_ONELEVEL, expression=f"({dn.partition(',')[0]})"
        ):
            database.add({"dn": dn, "objectClass": "container"})
    database.add(
        {
            "dn": f"CN={certificate['cn']},{container}",
            "objectClass": "certificationAuthority",
            "cACertificate": bytes.fromhex(certificate["der"]),
            "authorityRevocationList": b"\0",
            "certificateRevocationList": b"\0",
        }
    )
print(json.dumps({name: sid_of(name) for name in [user["name"] for user in wishes["users"]]}))
