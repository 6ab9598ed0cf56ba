"""The libraries' global state, put back after each scope, and the capture of what an example prints."""

from __future__ import annotations

import builtins
import inspect
import io
import operator
import os
import random
import shutil
import sys
import warnings
from collections.abc import Callable
from typing import Any

import mlx.core as mx
import numpy as np

FLOOD = 1_000_000  # characters that one example may print
OWNERS = (builtins, np, np.linalg, np.random, np.fft, mx, mx.linalg, mx.random, mx.fft, mx.array)


class Flood(Exception):
    """An example printed more than FLOOD characters."""


class Capture(io.StringIO):
    """What an example prints, up to FLOOD characters; closing it does nothing."""

    def close(self) -> None:
        pass

    def write(self, text: str) -> int:
        if self.tell() + len(text) > FLOOD:
            raise Flood(f"more than {FLOOD} characters of output")
        return super().write(text)


class State:
    """The libraries' global state as it was before any example ran, to be put back after each request."""

    def __init__(self, device: mx.Device):
        self.device = device
        self.stream = mx.default_stream(device)
        self.limits = [(change, _limit(change)) for change in (mx.set_memory_limit, mx.set_cache_limit)]
        self.printing = np.get_printoptions(), _fields(mx.get_printoptions()) if hasattr(mx, "get_printoptions") else None
        self.errors, self.recursion = np.geterr(), sys.getrecursionlimit()
        self.owners = [(owner, dict(vars(owner))) for owner in OWNERS]
        self.loaded = dict(sys.modules)
        self.environment, self.path = dict(os.environ), list(sys.path)
        self.folder = os.getcwd()

    def restore(self) -> None:
        """Put everything back. Names that were added to or changed in a module or class are put back too."""
        for owner, names in self.owners:
            now = vars(owner)
            for name in now.keys() - names.keys():
                if not inspect.ismodule(now[name]):  # NumPy loads some of its modules when first used
                    delattr(owner, name)
            if names.keys() <= now.keys() and all(map(operator.is_, map(now.get, names), names.values())):
                continue  # nearly always: so it is what takes no time
            for name, value in names.items():
                if now.get(name, now) is not value:
                    setattr(owner, name, value)
        sys.modules.update(self.loaded)
        sys.setrecursionlimit(self.recursion)
        if dict(os.environ) != self.environment:  # to set them all takes longer than most examples
            os.environ.clear()
            os.environ.update(self.environment)
        sys.path[:] = self.path
        os.chdir(self.folder)
        for one in os.scandir(self.folder):
            if one.is_dir(follow_symlinks=False):
                shutil.rmtree(one)
            else:
                os.remove(one)
        mx.set_default_device(self.device)
        mx.set_default_stream(self.stream)
        for change, limit in self.limits:
            change(limit)
        mx.enable_compile()
        self.seed(0)
        np.set_printoptions(**self.printing[0])
        if self.printing[1] is not None:
            mx.set_printoptions(**self.printing[1])
        np.seterr(**self.errors)
        np.seterrcall(None)
        warnings.resetwarnings()
        warnings.simplefilter("ignore")

    def seed(self, seed: int) -> None:
        """Have every generator that examples share begin there."""
        mx.random.seed(seed)
        np.random.seed(seed)
        random.seed(seed)


def _limit(change: Callable[[int], int]) -> int:
    """A limit of MLX's memory, which each release tells to who sets it."""
    limit = change(0)
    change(limit)
    return limit


def _fields(options: Any) -> dict:
    return {name: getattr(options, name) for name in dir(options) if not name.startswith("_")}


def namespace() -> dict[str, Any]:
    """What every scope begins with."""
    return {"__name__": "__main__", "__builtins__": builtins, "np": np, "mx": mx}
