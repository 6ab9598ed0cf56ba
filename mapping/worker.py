"""Scopes of a ledger come in, one JSON line each; what every example did goes out, at once, one line each.

A process of its own: `run` starts it, watches it and replaces it when it dies. Needs NumPy, MLX and the
standard library. What an example prints, even from C, cannot reach the channel on which results go out.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import io
import json
import operator
import os
import random
import sys
import threading
import time
import warnings
from typing import Any, Callable

import mlx.core as mx
import numpy as np

from . import agree, blocks, cells, compare, confine, figures, tables

COMPARISONS = ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__")
PYTHONS = (*dir(object), "__getattr__")  # what any object has
LIMITS = {np.finfo: np.finfo(np.float32), np.iinfo: np.iinfo(np.int32), mx.finfo: mx.finfo(mx.float32), mx.iinfo: mx.iinfo(mx.int32)}
FLOOD = 1_000_000  # characters that one example may print
MEMORY = 8 << 30  # bytes that a worker on the CPU may hold
UNFINISHED = 5  # failed computations after which a worker is replaced
FILE = 1 << 28  # bytes that one file of its may have
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
    """The libraries' global state as it was before any example ran, to be put back before each scope."""

    def __init__(self, device: mx.Device):
        self.device = device
        self.stream = mx.default_stream(device)
        self.limits = mx.get_memory_limit(), self._cache_limit()
        self.printing = np.get_printoptions(), mx.get_printoptions()
        self.errors, self.recursion = np.geterr(), sys.getrecursionlimit()
        self.owners = [(owner, dict(vars(owner))) for owner in OWNERS]
        self.loaded = dict(sys.modules)
        self.environment, self.path = dict(os.environ), list(sys.path)
        self.folder = os.getcwd()

    @staticmethod
    def _cache_limit() -> int:
        """MLX tells it only to who sets it."""
        limit = mx.set_cache_limit(0)
        mx.set_cache_limit(limit)
        return limit

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
        os.environ.clear()
        os.environ.update(self.environment)
        sys.path[:] = self.path
        os.chdir(self.folder)
        mx.set_default_device(self.device)
        mx.set_default_stream(self.stream)
        mx.set_memory_limit(self.limits[0])
        mx.set_cache_limit(self.limits[1])
        mx.enable_compile()
        mx.random.seed(0)
        np.random.seed(0)
        random.seed(0)
        np.set_printoptions(**self.printing[0])
        mx.set_printoptions(**_fields(self.printing[1]))
        np.seterr(**self.errors)
        np.seterrcall(None)
        warnings.resetwarnings()
        warnings.simplefilter("ignore")


def _fields(options: Any) -> dict:
    return {name: getattr(options, name) for name in dir(options) if not name.startswith("_")}


def namespace() -> dict[str, Any]:
    """What every scope begins with."""
    return {"__name__": "__main__", "__builtins__": builtins, "np": np, "mx": mx}


def run_example(source: str, where: str, names: dict, answers: list) -> str:
    """Run one statement as the interactive prompt does; returns what it printed, appends what it answered."""
    printed = Capture()

    def show(value: Any) -> None:
        if value is None:
            return
        print(repr(value))
        answers.append(agree.freeze(value))

    before = sys.stdout, sys.displayhook
    sys.stdout, sys.displayhook = printed, show
    try:
        exec(compile(source, where, "single", dont_inherit=True), names)
    except BaseException as error:  # an example may raise anything, SystemExit and KeyboardInterrupt included
        answers.append(agree.Raised(error))
        return f"{printed.getvalue()}{compare.TRACEBACK}\n    ...\n{described(error)}"
    finally:
        sys.stdout, sys.displayhook = before
    return printed.getvalue()


def described(error: BaseException) -> str:
    """Type and message as a traceback's last line has them, without the suggestions that newer Pythons add."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("builtins", "__main__") else f"{kind.__module__}.{kind.__qualname__}"
    return f"{name}: {error}".rstrip().removesuffix(":")


def run_block(block: dict, names: dict, tell: Callable[..., None]) -> list:
    """Run a block's examples in `names`; tells of each when it starts, and what was wrong with it. Returns what they answered."""
    answers: list = []
    where = f"<{block['source']}:{block['line']}>"
    if block["kind"] == "doctest":
        examples = blocks.parse(block["text"])
    else:
        examples = [blocks.Example(block["text"], "", 0)]
    for example in examples:
        tell(start=block["id"], line=example.line, source=example.source)
        if block["kind"] == "doctest":
            got = run_example(example.source, where, names, answers)
        else:
            got = run_script(example.source, where, names)
        got = got.encode(errors="backslashreplace").decode()  # half a surrogate pair can be printed, not written
        if wrong := compare.output(example.want, got):
            tell(wrong=wrong, want=example.want, got=got[:20_000])
        elif compare.noise(example.want, got):
            tell(noise="other digits, within rounding", want=example.want, got=got[:20_000])
    tell(ran=block["id"])
    return answers


def run_script(source: str, where: str, names: dict) -> str:
    """Run a block without prompts; it shows no output, so nothing but an error is reported."""
    before, sys.stdout = sys.stdout, Capture()
    try:
        exec(compile(source, where, "exec", dont_inherit=True), names)
    except BaseException as error:
        return f"{compare.TRACEBACK}\n    ...\n{described(error)}"
    finally:
        sys.stdout = before
    return ""


def run_scope(scope: dict, state: State, tell: Callable[..., None]) -> None:
    """Run all blocks of a scope; for a pair, each in its own namespace, and the answers compared."""
    answers: list[list] = []
    todo = [block for block in scope["blocks"] if block["kind"] in blocks.RUNNABLE]
    apart = [[block] for block in todo] if scope["pair"] is not None else [todo]
    for together in apart:
        names = namespace()
        state.restore()
        answers += [run_block(block, names, tell) for block in together]
    state.restore()
    if scope["pair"] is not None:
        tell(pair=scope["name"], **judge(*answers, scope["pair"]))


def judge(ours: list, theirs: list, pair: dict) -> dict:
    """Compare the answers of both sides, one by one: kinds observed, whether MLX answered where NumPy raised, how many were compared."""
    if len(ours) != len(theirs):
        return {"uneven": [len(ours), len(theirs)], "observed": [], "unheard": False, "compared": 0}
    mode, ulp = pair.get("compare", "values"), pair.get("ulp", agree.ULP)
    found = [agree.difference(a, b, mode, ulp) for a, b in zip(ours, theirs)]
    as_kind = {"value": pair["probe"]} if pair.get("probe") else {}
    unheard = any(isinstance(a, agree.Raised) and not isinstance(b, agree.Raised) for a, b in zip(ours, theirs))
    observed = sorted({as_kind.get(kind, kind) for kind in found if kind})
    return {"observed": observed, "unheard": unheard, "compared": sum(not isinstance(a, agree.Raised) for a in ours)}


def resolve(name: str) -> Any:
    """The live object of a dotted name that begins with `numpy`, `np`, `mlx` or `mx`. Raises AttributeError."""
    head, *rest = name.split(".")
    if head == "mlx" and rest[:1] == ["core"]:
        head, rest = "mx", rest[1:]
    if head == "mlx":
        return _import_under("mlx", rest)
    found: Any = {"np": np, "numpy": np, "mx": mx}[head]
    for part in rest:
        found = getattr(LIMITS.get(found, found) if inspect.isclass(found) else found, part)
    return found


def _import_under(package: str, rest: list[str]) -> Any:
    import importlib

    try:
        found = importlib.import_module(".".join([package, *rest[:1]]))
    except ImportError as error:
        raise AttributeError(str(error)) from None
    for part in rest[1:]:
        found = getattr(found, part)
    return found


def exists(name: str) -> bool:
    try:
        resolve(name)
    except (AttributeError, KeyError):
        return False
    return True


def facts(question: dict) -> dict:
    """Answer what `probe` asks: which names exist, which are one object, what is near those that are not."""
    names = {name: exists(name) for name in question["names"]}
    same = {
        f"{a} {b}": names.get(a, exists(a)) and exists(b) and resolve(a) is resolve(b) for a, b in question["same"]
    }
    return {
        "names": names,
        "same": same,
        "near": {name: near(name) for name, there in names.items() if not there},
        "kinds": {name: kind(name) for name, there in names.items() if there},
        "members": {space: members(space) for space in question["spaces"]},
        "signatures": {name: found for name, there in names.items() if there and (found := signature(name))},
    }


def members(space: str) -> list[str]:
    """The public names of a namespace, dotted: what a module declares, or what a class has; an array's operators too."""
    found = resolve(space)
    if inspect.ismodule(found) and space.startswith("numpy"):
        own = getattr(found, "__all__", dir(found))
    elif space == "numpy.ndarray":
        own = [name for name in dir(found) if not name.startswith("_") or name not in PYTHONS or name in COMPARISONS]
    else:
        own = [name for name in dir(found) if not name.startswith("_")]
        own += [name for name in getattr(found, "__annotations__", {}) if not name.startswith("_")]
    if space in ("numpy.finfo", "numpy.iinfo"):
        own += [name for name in vars(found("float32" if space == "numpy.finfo" else "int32")) if not name.startswith("_")]
    return sorted({f"{space}.{name}" for name in own})


def signature(name: str) -> list:
    """NumPy's parameters as name, kind and default; MLX's overloads as its docstring has them; nothing where neither tells."""
    found = resolve(name)
    if not name.startswith(("np.", "numpy.")):
        told = getattr(found, "__nb_signature__", ())
        return [functools.reduce(lambda text, one: text.replace(f"\\{one[0]}", repr(one[1])), enumerate(values or ()), text) for text, _, values in told]
    try:
        parameters = inspect.signature(found).parameters.values() if callable(found) else ()
    except ValueError:
        return []
    return [[one.name, one.kind.name, "" if one.default is one.empty else repr(one.default)] for one in parameters]


def kind(name: str) -> str:
    """What Sphinx's Python domain calls the object of a name that exists."""
    found, parent = resolve(name), name.rpartition(".")[0]
    if inspect.ismodule(found):
        return "module"
    if inspect.isclass(found):
        return "class"
    if inspect.isclass(resolve(parent)):
        return "method" if callable(found) else "attribute"
    return "function" if callable(found) else "data"


def near(name: str) -> list[str]:
    """Live names that look like one that does not exist."""
    import difflib

    parent, _, last = name.rpartition(".")
    if not parent or not exists(parent):
        return []
    return [f"{parent}.{match}" for match in difflib.get_close_matches(last, dir(resolve(parent)), 3)]


def environment(device: mx.Device) -> dict[str, str]:
    """What the results hold for: versions, platform, device and its name."""
    import platform

    kind = "gpu" if device == mx.Device(mx.gpu) else "cpu"
    return {
        "mlx": mx.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()}-{platform.machine()}",
        "simd": " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])),
        "device": kind,
        "backend": backend(kind),
        "device_name": str(mx.device_info(device).get("device_name", "")),
    }


def backend(kind: str) -> str:
    """What of MLX computes on the device of this kind: `cpu`, `cuda` or `metal`."""
    return kind if kind == "cpu" else "metal" if mx.metal.is_available() else "cuda"


def answered(question: dict, state: State) -> dict:
    """A table's rows, or a figure of a ported program; what went wrong, in words, where there is none."""
    state.restore()
    before, sys.stdout = sys.stdout, Capture()
    try:
        if "figure" in question:
            return {"answer": figures.draw(question["figure"])}
        return {"answer": tables.measure(question["table"], question.get("section"))}
    except BaseException as error:  # a program may raise anything, SystemExit included
        return {"error": described(error)}
    finally:
        sys.stdout = before
        state.restore()


def worn() -> bool:
    """Whether this process must be replaced: an example's thread goes on, or computations that failed left too many tasks."""
    return threading.active_count() > 1 or agree.Raised.unfinished >= UNFINISHED


def choose(device: str) -> mx.Device:
    """The device of that name, or MLX's default for an empty one. Raises LookupError where there is none."""
    if device == "gpu" and not mx.is_available(mx.gpu):
        raise LookupError("no GPU: MLX finds none on this machine")
    return mx.Device(getattr(mx, device)) if device else mx.default_device()


def need_a_compiler() -> None:
    """Raise LookupError where `mx.compile` hands a function back as it is: without a C++ compiler it does so, and says nothing."""
    runs: list[int] = []
    function = mx.compile(lambda a: (runs.append(0), a)[1])
    function(mx.array(0)), function(mx.array(0))
    if len(runs) == 1:  # the second call was answered by what the first had recorded
        return
    if "MLX_DISABLE_COMPILE" in os.environ:
        raise LookupError("MLX_DISABLE_COMPILE is set: `mx.compile` does nothing, and nothing that is said of it can be judged")
    raise LookupError("a C++ compiler is needed: MLX calls `g++`, which is not there, and without it `mx.compile` silently does nothing")


def limit() -> None:
    """Bound the memory of this process, the files it may write and where. Where there is a GPU, its driver maps more memory
    than it uses and keeps files of its own, whatever the device."""
    import resource

    if sys.platform == "linux" and not mx.is_available(mx.gpu):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
        confine.writes(os.getcwd())


def main() -> None:
    """Serve requests from standard input until it closes."""
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    for number in (0, 1):
        os.dup2(nothing, number)

    served_by = os.getpid()

    def tell(**message: Any) -> None:
        if os.getpid() != served_by:  # an example has forked: its child must not serve too
            os._exit(0)
        channel.write(json.dumps(message) + "\n")
        if "ran" not in message:  # what follows it is sent with it; nothing is left when an example starts, for it may fork
            channel.flush()

    try:
        device = choose(sys.argv[1] if len(sys.argv) > 1 else "")
        mx.set_default_device(device)
        need_a_compiler()
    except LookupError as error:
        tell(refused=str(error))
        return
    limit()
    confine.life()
    state = State(device)
    here = environment(device)
    os.dup2(nothing, 2)  # until now, what went wrong could be read there
    tell(ready=here)
    for line in requests:
        request = json.loads(line)
        if "facts" in request:
            state.restore()
            tell(facts=facts(request["facts"]))
        elif "cells" in request:
            state.restore()
            cells.run(request["cells"], request["start"], request["ended"], resolve, tell)
            state.restore()
            tell(finished=request["cells"]["name"], worn=worn())
        elif "ask" in request:
            tell(**answered(request["ask"], state))
            tell(finished=request["name"], worn=worn())
        else:
            began = time.perf_counter()
            run_scope(request["scope"], state, tell)
            tell(finished=request["scope"]["name"], worn=worn(), seconds=round(time.perf_counter() - began, 4))


if __name__ == "__main__":
    main()
