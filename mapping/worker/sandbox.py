"""A folder goes in; from then on this process, and all that it starts, can write there alone (Linux's Landlock). It ends with its parent.

Reading stays free, and so do sockets that are not TCP. Where the kernel has no Landlock, and on a Mac, nothing is
confined: CONTRIBUTING says what that means.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # system calls, the same on every architecture
NO_NEW_PRIVILEGES, VERSION, BENEATH = 38, 1, 1
PARENT_DEATH_SIGNAL = 1
WRITE, TRUNCATE, REFER = 1 << 1, 1 << 14, 1 << 13
REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
CAPABILITIES = 0x20080522  # version of the call that sets them
TCP, OUTSIDE = 0b11, 0b11  # to bind and to connect; signals to others, and their abstract sockets


class Ruleset(ctypes.Structure):
    """What Landlock is to hold back."""

    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class Beneath(ctypes.Structure):
    """What is allowed beneath a folder."""

    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class Header(ctypes.Structure):
    """Whose capabilities are set."""

    _fields_ = [("version", ctypes.c_uint32), ("process", ctypes.c_int)]


def life() -> None:
    """Have this process killed when the thread that started it ends, whatever ends it. Linux alone."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def writes(folder: str) -> bool:
    """Deny this process writes outside `folder` (but for the null device), TCP, and signals to processes that it did
    not start, as far as the kernel can; says whether writes are confined.
    """
    if not sys.platform.startswith("linux"):
        return False
    system = ctypes.CDLL(None, use_errno=True).syscall
    version = system(CREATE_RULESET, None, 0, VERSION)
    if version < 1:
        return False
    files = WRITE | REMOVE_AND_MAKE | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    rules = Ruleset(files, TCP if version >= 4 else 0, OUTSIDE if version >= 6 else 0)
    ruleset = system(CREATE_RULESET, ctypes.byref(rules), 8 if version < 4 else 16 if version < 6 else 24, 0)
    for path, allowed in ((folder, files), (os.devnull, WRITE | (TRUNCATE if version >= 3 else 0))):
        parent = os.open(path, os.O_PATH)
        system(ADD_RULE, ruleset, BENEATH, ctypes.byref(Beneath(allowed, parent)), 0)
        os.close(parent)
    ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    confined = system(RESTRICT_SELF, ruleset, 0) == 0
    ctypes.CDLL(None).capset(
        ctypes.byref(Header(CAPABILITIES, 0)), (ctypes.c_uint32 * 6)()
    )  # root's: with them it reads the environment of others
    os.close(ruleset)
    return confined
