"""A worker as it is before an example runs is kept; what of it is another afterwards is told, by name.

Modules, classes and what modules hold are compared by identity, by the addresses that a tuple of them holds, so that nothing
of an example's has a say in whether it is the same. What gets behind them (frames, the collector's lists, the code of
functions, ctypes) is told as it happens.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # what `signal` wraps takes forty times as long
import atexit
import contextlib
import ctypes
import gc
import importlib
import itertools
import json.encoder
import locale
import os
import pkgutil
import re
import signal
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from operator import is_
from typing import Any, NamedTuple

HEAP, FIXED = 1 << 9, 1 << 8  # flags of a class: made while Python runs; cannot be changed
REACHES = (
    *("sys.addaudithook", "sys.settrace", "sys.setprofile", "sys.monitoring.register_callback", "sys._current_frames", "sys._getframe"),
    *("gc.get_objects", "gc.get_referrers", "gc.get_referents", "object.__setattr__", "object.__delattr__", "code.__new__"),
    *("ctypes.", "os.fork", "os.posix_spawn", "os.system", "subprocess.Popen"),
)  # what gets behind modules and classes, as Python's audit events call it
FRAMES = ("tb_frame", "gi_frame", "cr_frame", "ag_frame")
ADDED = ("__warningregistry__", "__slotnames__")  # what Python itself adds to modules and classes
LATE = (  # loaded when first used, by what examples call
    *(
        "encodings.latin_1",
        "encodings.cp437",
        "gzip",
        "mmap",
        "zipfile",
        "concurrent.futures.ThreadPoolExecutor",
        "numpy.testing",
        "numpy.ma",
    ),
)
GROW = ("sys.path_importer_cache", "encodings._cache")  # may hold more than before
OWN = (
    *("posix.environ", "warnings.filters", "_warnings.filters", "mlx.core.random.state"),  # put back before each scope
    *("re._cache", "re._cache2", "linecache.cache", "numpy.lib._datasource._file_openers"),  # filled and emptied as they are used
    *("matplotlib.", "PIL.", "pyparsing."),  # what draws figures, and nothing else
    *("pandas.", "polars.", "sklearn.", "scipy.", "einops.", "narwhals.", "joblib.", "threadpoolctl"),  # what the neighbours keep
)  # beginnings of names of what is not compared


class Guard(NamedTuple):
    """`keep` what is there as what has to be there; `admit` modules, so that they belong to it; `begin` a request; `finish` it:
    tell what has changed since, on the channel."""

    keep: Callable[[], None]
    admit: Callable[[Iterable[str]], bool]
    begin: Callable[[], None]
    finish: Callable[[str, bool], None]


def guard(channel: int) -> Guard:
    """All that it needs it holds itself: what modules, classes and builtins have by these names may be an example's by then."""
    tables: list[tuple[str, Any, tuple, tuple]] = []
    views: list = []
    sizes: list[int] = []
    members: list[tuple] = []
    addresses: list[bytes] = []
    lists: list[tuple[str, Any, Any]] = []
    before: list = []
    loaded: set[str] = set()
    asked = False
    write, quoted, modules, same, purge = os.write, json.encoder.encode_basestring_ascii, sys.modules, is_, re.purge
    reaches, frames, grow, added = REACHES, FRAMES, GROW, {*ADDED}
    all_, map_, tuple_, sorted_, dict_, zip_, set_, hooks_, error = all, map, tuple, sorted, dict, zip, set, hooks, RuntimeError
    len_, isinstance_, enumerate_, id_, chain = len, isinstance, enumerate, id, itertools.chain.from_iterable
    read = ctypes.pythonapi["PyBytes_FromStringAndSize"]  # a function of our own: what `ctypes` has by this name is another
    read.argtypes, read.restype = (ctypes.c_void_p, ctypes.c_ssize_t), ctypes.py_object
    head, word = tuple.__basicsize__, ctypes.sizeof(ctypes.c_void_p)

    def keep() -> None:
        held = [one for one in holders() if not one[0].startswith(OWN) and not one[0].endswith(".__warningregistry__")]
        tables[:] = [(name, of, tuple(of), tuple(of.values())) for name, of in held if not isinstance(of, (list, set))]
        lists[:] = [(name, of, of.copy()) for name, of in held if isinstance(of, (list, set))]
        look()
        before[:] = [hooks()]
        loaded.clear()
        loaded.update(modules)

    def look() -> None:
        """Remember what all tables and lists hold now."""
        views[:] = [of.values() for _, of, _, _ in tables] + [of for _, of, _ in lists if not isinstance_(of, set_)]
        sizes[:] = map_(len_, views)
        members[:] = [tuple_(chain(views))]
        addresses[:] = map_(held_by, members)

    def held_by(members: tuple) -> bytes:
        """The addresses of what a tuple holds."""
        return read(id_(members) + head, len_(members) * word)

    def admit(names: Iterable[str]) -> bool:
        """Load these modules; says whether there is more than before."""
        for name in names:
            if name not in modules:
                with contextlib.suppress(Exception):  # the example will say so
                    importlib.import_module(name)
                    fill(modules.get(name.rpartition(".")[0]))
        more = loaded != modules.keys()
        if more:
            keep()
        return more

    def begin() -> None:
        nonlocal asked
        purge()  # patterns are found by their text: one may be an example's
        asked = True

    def hear(event: str, arguments: tuple) -> None:
        if asked and (event.startswith(reaches) or (event == "object.__getattr__" and arguments[1] in frames)):
            write(channel, b'{"reached": %b}\n' % quoted(event).encode())

    def another(name: str, of: Any, keys: tuple, values: tuple) -> bool:
        """Whether a table is more than it was in a way that nobody can have wanted."""
        now, was = dict_(of), dict_(zip_(keys, values))
        more = name not in grow and now.keys() - was.keys() - added
        return bool(more) or not all_(map_(same, map_(now.get, keys), values)) or not was.keys() <= now.keys()

    def unchanged() -> bool:
        """Whether no member of any table or list is another, found out in one go."""
        try:
            return [*map_(len_, views)] == sizes and held_by(tuple_(chain(views))) == addresses[0]
        except error:  # something still writes into one
            return False

    def changed() -> Iterator[str]:
        as_it_was, grown = unchanged(), False
        for place, (name, of, keys, values) in enumerate_(() if as_it_was else tables):
            try:
                if tuple_(of) == keys and all_(map_(same, of.values(), values)):
                    continue
                if another(name, of, keys, values):
                    yield name
                else:  # it may be so, and stays so: the next time nothing is told apart one by one
                    tables[place], grown = (name, of, tuple_(of), tuple_(of.values())), True
            except error:
                yield name
        for name, one, was in lists:
            if isinstance_(one, set_):
                if one != was:
                    yield name
            elif not as_it_was and (len_(one) != len_(was) or not all_(map_(same, one, was))):
                yield name
        if grown:
            look()
        if hooks_() != before[0]:
            yield "the process"

    def finish(name: str, spent: bool) -> None:
        nonlocal asked
        asked = False
        new = sorted_(set_(modules) - loaded)
        told = ", ".join(map_(quoted, changed())), ", ".join(map_(quoted, new))
        text = '"finished": {}, "spent": {}, "changed": [{}], "loaded": [{}]'.format(quoted(name), "true" if spent else "false", *told)
        write(channel, b"{%b}\n" % text.encode())

    sys.addaudithook(hear)
    for name in LATE:
        pkgutil.resolve_name(name)
    keep()
    return Guard(keep, admit, begin, finish)


def fill(package: Any) -> None:
    """Have a package that loads what it offers when that is first asked for load all of it."""
    for name in getattr(package, "__all__", ()) if hasattr(package, "__getattr__") else ():
        getattr(package, name)


def holders() -> Iterator[tuple[str, Any]]:
    """Everything whose members are found by name: modules, classes that can be changed, objects, tables and lists that modules hold."""
    todo: list[Any] = [one for one in sys.modules.items() if isinstance(one[1], types.ModuleType)]
    seen = {id(module) for _, module in todo}
    while todo:
        place, module = todo.pop()
        yield place, vars(module)
        for key, value in [*vars(module).items()]:
            if id(value) in seen or isinstance(value, (type, types.FunctionType)):
                continue
            seen.add(id(value))
            if isinstance(value, types.ModuleType):
                todo.append((f"{place}.{key}", value))
            elif type(value) in (dict, list, set):
                yield f"{place}.{key}", value
            elif type(of := getattr(value, "__dict__", None)) is dict:
                yield f"{place}.{key}", of
    todo, classes = [object], {object}
    while todo:
        for one in type.__subclasses__(todo.pop()):
            if one not in classes:
                classes.add(one)
                todo.append(one)
                if one.__flags__ & HEAP and not one.__flags__ & FIXED:
                    yield f"{one.__module__}.{one.__qualname__}", vars(one)


def hooks() -> tuple:
    """What Python calls by itself, settings of the process, files left behind."""
    return (
        atexit._ncallbacks(),
        gc.isenabled(),
        gc.get_threshold(),
        sys.gettrace(),
        sys.getprofile(),
        sys.getswitchinterval(),
        locale.setlocale(locale.LC_ALL),
        os.listdir("."),
        [_signal.getsignal(number) for number in range(1, signal.NSIG)],
    )
