"""Requests come in, one JSON line each; what every example, cell and question did goes out, at once, one line each.

A process of its own: `run` starts it, watches it and replaces it when it dies. What an example prints, even from C, cannot
reach the channel on which results go out.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from typing import Any

import mlx.core as mx

from . import cells, figures, sandbox, tables, values
from .alike import alike, takes
from .examples import described, run_scope
from .names import facts, resolve
from .state import Capture, State
from .surroundings import choose, environment, set_limits
from .watch import guard

UNFINISHED = 5  # failed computations after which a worker is replaced


def answered(question: dict, state: State) -> dict:
    """A table's rows, or a figure of a ported program; what went wrong, in words, where there is none."""
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


def spent() -> bool:
    """Whether this process must be replaced: an example's thread goes on, or computations that failed left too many tasks."""
    return threading.active_count() > 1 or len(values.UNFINISHED) >= UNFINISHED


def need_a_compiler() -> None:
    """Raise LookupError where `mx.compile` hands a function back as it is: without a C++ compiler it does so, and says nothing."""
    runs: list[int] = []

    def counted(a: mx.array) -> mx.array:
        runs.append(0)
        return a

    function = mx.compile(counted)
    function(mx.array(0)), function(mx.array(0))
    if len(runs) == 1:  # the second call was answered by what the first had recorded
        return
    if "MLX_DISABLE_COMPILE" in os.environ:
        raise LookupError("MLX_DISABLE_COMPILE is set: `mx.compile` does nothing, and nothing that is said of it can be judged")
    raise LookupError("a C++ compiler is needed: MLX calls `g++`, which is not there, and without it `mx.compile` silently does nothing")


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
        if not {"printed", "ran"} & {*message}:  # what follows is sent with it; nothing is left when an example starts: it may fork
            channel.flush()

    try:
        device = choose(sys.argv[1] if len(sys.argv) > 1 else "")
        mx.set_default_device(device)
        need_a_compiler()
    except LookupError as error:
        tell(refused=str(error))
        return
    set_limits()
    sandbox.life()
    tempfile.TemporaryFile().close()  # it finds its folder once
    state = State(device)
    state.restore()
    here = environment(device)
    keep, admit, begin, finish = guard(channel.fileno())
    os.dup2(nothing, 2)  # until now, what went wrong could be read there
    tell(ready=here)
    for line in requests:
        request = json.loads(line)
        if "facts" in request:
            asked = request["facts"]
            tell(facts=facts(asked) | {"alike": alike(asked["unmatched"]), "takes": takes(asked["without"])})
            keep()  # no example has run: what was loaded to answer belongs here
            continue
        if "draws" in request:  # nothing that it shows is kept, so what it leaves changed is not looked for
            from . import fuzz

            fuzz.explore(request["draws"], resolve, spent, tell)
            state.restore()
            tell(finished=request["name"], spent=spent(), changed=[], loaded=[])
            continue
        if admit(request["imports"]):
            state.restore()
        begin()
        if "cells" in request:
            cells.run(request["cells"], request["start"], request["ended"], resolve, tell)
            state.restore()
        elif "ask" in request:
            tell(**answered(request["ask"], state))
        else:
            for scope in request["scopes"]:
                run_scope(scope, state, tell)
        channel.flush()
        finish(request["name"], spent())


if __name__ == "__main__":
    main()
