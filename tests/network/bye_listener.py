"""A program: hears what goes to the group of WS-Discovery at an address, and prints as JSON when it heard the first
and the last target say Bye for the first time, `bye_listener.py ADDRESS SECONDS`; it ends when nothing came for so
many seconds after the first."""

import json
import re
import socket
import sys
import time

address, patience = sys.argv[1], float(sys.argv[2])
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("239.255.255.250", 3702))
    member = socket.inet_aton("239.255.255.250") + socket.inet_aton(address)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    print("listening", flush=True)
    first: dict[str, float] = {}
    sources: dict[str, str] = {}
    while True:
        try:
            data, sender = sock.recvfrom(65_536)
        except TimeoutError:
            break
        if b"/discovery/Bye<" in data and (found := re.search(rb">(urn:uuid:[^<]+)</[^>]*Address>", data)):
            first.setdefault(found[1].decode(), time.time())
            sources[found[1].decode()] = sender[0]
            sock.settimeout(patience)
times = sorted(first.values())
print(
    json.dumps({"count": len(first), "sources": len(set(sources.values())), "first": times[0], "last": times[-1]})
)
