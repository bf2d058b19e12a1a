"""Runs a Python program in a root like that of a small container: the interpreter and libraries, no shell, no other
program, no home, no list of users, and a user that nobody has heard of. `python bare_root.py ROOT UID PROGRAM.py`
as root; the mounts are of this process alone."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000

libc = ctypes.CDLL(None, use_errno=True)


def checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def main() -> None:
    root, uid, program = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    checked(libc.unshare(CLONE_NEWNS))
    checked(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
    folders = [sys.prefix, sys.base_prefix, "/lib", "/lib64", "/usr/lib", *filter(os.path.isdir, sys.path)]
    folders += filter(os.path.isdir, os.environ["NEEDED"].split(os.pathsep))
    whole = sorted({os.path.realpath(each) for each in folders if os.path.isdir(each)})
    for each in whole:
        if any(each.startswith(f"{other}/") for other in whole):
            continue
        target = root / each.lstrip("/")
        target.mkdir(parents=True, exist_ok=True)
        checked(libc.mount(each.encode(), str(target).encode(), None, MS_BIND | MS_REC, None))
    for link in ("/lib", "/lib64"):  # where they lead into /usr
        if os.path.islink(link) and not (root / link.lstrip("/")).exists():
            os.symlink(os.readlink(link), root / link.lstrip("/"))
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
    os.chroot(root)
    os.chdir("/tmp")
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    environment = {"PYTHONPATH": os.environ["NEEDED"], "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    python = os.path.realpath(sys.executable)
    os.execve(python, [python, program], environment)


if __name__ == "__main__":
    main()
