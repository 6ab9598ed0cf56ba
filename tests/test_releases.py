"""What is known of older and newer releases: a worker that runs on them, the data file, what entries and pages tell of it."""

from __future__ import annotations

from pathlib import Path

from mapping.run import blocks
from mapping.run.calls import Job
from mapping.run.pool import Pool

OLD = """import mlx.core as mx
for name in ("get_memory_limit", "device_info", "get_printoptions", "set_printoptions", "cuda", "exp2", "argmax"):
    if hasattr(mx, name):
        delattr(mx, name)
del mx.array.at
"""


def test_what_a_release_lacks_is_absent_and_not_fatal(tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(OLD)
    texts = {"a name": ">>> mx.device_info()", "a sum": ">>> mx.sum(mx.array([1, 2]))\narray(3, dtype=int32)"}
    ledger = blocks.Ledger([blocks.Scope(name, [blocks.Block("page", "f.md", 1, text, id=name)]) for name, text in texts.items()])
    jobs = [
        Job("a name", "numpy.argmax", "mlx.core.argmax", lines=[("f(a)", "f(a)")]),
        Job("a recipe", "numpy.square", recipe="@mx.argmax\ndef f(a):\n    return a * a", lines=[("f(a)", "f(a)")]),
        Job("NumPy's", "numpy.nothing", "mlx.core.abs", lines=[("f(a)", "f(a)")]),
    ]
    ledger.jobs = [job.data() for job in jobs]
    with Pool("cpu", 1, around={"PYTHONPATH": str(tmp_path)}) as pool:
        assert pool.environment()["device_name"] == ""
        facts = pool.facts(["mlx.core.exp2", "mlx.core.abs"], spaces=["mlx.core", "mlx.core.cuda"])
        record, steps = pool.run(ledger), pool.cells(ledger.jobs)
    assert facts["names"] == {"mlx.core.exp2": False, "mlx.core.abs": True}
    assert "mlx.core.abs" in facts["members"]["mlx.core"] and "mlx.core.cuda" not in facts["members"]
    assert record.passed == ["a sum"]
    assert [failure["got"].split("\n")[-1] for failure in record.failures] == [
        "AttributeError: module 'mlx.core' has no attribute 'device_info'"
    ]
    kinds = {job.name: {step["kind"] for step in steps[job.name] if step["what"] == "cell"} for job in jobs}
    assert kinds["a name"] <= {"error", "refused"} and "error" in kinds["a name"]
    assert kinds["a recipe"] <= {"error", "refused"} and "error" in kinds["a recipe"]
    assert kinds["NumPy's"] == {"unraised"}
