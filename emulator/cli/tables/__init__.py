"""Made from the models in emulator/options by docs/make_options.py: change those, and run it."""

from typing import Final

SUMMARIES: Final[dict[str, str]] = {
    "scan": "Scan pages and deliver them: one whole post-scan job at a DSM scan server.",
    "run": "Put virtual scanners on the network; SIGINT or SIGTERM stops them.",
    "demo": "Show it: a device, a scan server, documents and the front panel in one, until you stop it.",
    "press": "Drive a running device: load, start, open, close, jam, clear, reset ...",
    "health": "Ask what runs whether it is ready; exits with 0 or 1.",
    "doctor": "Look at this machine: interfaces, multicast, ports, limits, clock, optional components.",
    "server": "Run the embedded scan server alone; SIGINT or SIGTERM stops it.",
    "render": "Write pages to a folder as a device would scan them: no scan server, no job.",
    "verify": "Prove that what a server stored is what was sent: by content, at any depth, under any name.",
    "play": "Play scenarios: what is done at devices, step by step, and what is expected of it.",
    "load": "Load a scan server: many devices have jobs at once, with pages of which no two are alike.",
    "exec": "Run a command between devices and a scan server, then prove that what was acknowledged is stored; exits with the command's code.",
    "discover": "List the devices and scan servers that answer a Probe (WS-Discovery).",
    "inspect": "Show what a device or a scan server tells of itself: metadata, services, configuration, status, jobs.",
    "check": "Judge scan servers, devices and clients against the documents, clause by clause.",
    "lab-ca": "Make a CA for a lab, with certificates of servers and users as PEM and PKCS#12. Never for anything else.",
    "profiles": "Device profiles: list, show, validate, capture.",
    "documents": "Document sets: list, show, validate.",
    "truth": "What is true of pages: compare what a reader made of them.",
    "faults": "What can be done otherwise on purpose, and fault plans: list, show, validate.",
    "scan-processes": "Scan processes of a folder: list, show, validate.",
    "samples": "Copy what comes along to a folder: sample pages, device profiles, document sets, templates, scenarios, users and scan processes.",
}
"""Every command and what it does, in the order of the help."""
