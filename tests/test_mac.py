"""What a Mac's owner meets, as far as its names can be played: tests/mac/sitecustomize.py says what is and what is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests import mini
from tests.conftest import ROOT

MAC = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "tests" / "mac"), str(ROOT)])}
BUILD = (
    "import sys; from pathlib import Path; from tests import mini; "
    "built = mini.build(Path(sys.argv[1])); print(built.said); sys.exit(built.status)"
)
CHECK = "import sys; from pathlib import Path; import mapping.__main__ as top; top.ROOT = Path(sys.argv[1]); sys.exit(top.main(['check']))"
LONG = """
["numpy.argmax".examples.deviation]
machine = "arm64 Darwin"
reason = "it is the same, and the name of the machine is another."
mlx = '''
>>> import sys; print(sys.platform)
darwin
>>> mx.argmax(mx.array([5, 1])) - 1
array(4294967295, dtype=uint32)
'''

["numpy.longdouble"]
verdict = "missing"
summary = "By way of `np.float64`."

[["numpy.longdouble".examples]]
numpy = '''
>>> np.array([1], np.longdouble).astype(np.float64)
array([1.])
'''
mlx = '''
>>> mx.array(np.array([1], np.longdouble).astype(np.float64))
array([1], dtype=float32)
'''

["numpy.float128"]
alias_of = "numpy.longdouble"
platforms = ["Linux"]
"""


def on_a_mac(code: str, root: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code, str(root)], cwd=root, env=MAC, capture_output=True, text=True, timeout=300)


def test_the_machine_is_taken_for_a_mac(tmp_path: Path):
    code = (
        "from mapping.run.pool import Pool; from mapping.run.record import machine_kinds; "
        "import json\nwith Pool('cpu', 1) as pool: print(json.dumps([machine_kinds(pool.environment()), "
        "pool.facts(['np.float128', 'np.complex256', 'np.longdouble'], spaces=['numpy'])]))"
    )
    kinds, facts = json.loads(on_a_mac(code, tmp_path).stdout)
    assert kinds[:4] == ["arm64", "Darwin", "cpu", "cpu"]
    assert facts["names"] == {"np.float128": False, "np.complex256": False, "np.longdouble": True}
    assert not {"numpy.float128", "numpy.complex256"} & {*facts["members"]["numpy"]}


def test_a_site_is_built_there(tmp_path: Path):
    done = on_a_mac(BUILD, mini.write(tmp_path, {"mapping/dataset/entries/one.toml": mini.ENTRY + LONG}))
    assert done.returncode == 0, done.stdout + done.stderr
    proven = json.loads((tmp_path / "out" / "verified.json").read_text())
    assert proven["platform"] == "Darwin-arm64" and proven["blocks"]["run"] == 4
    assert [(one["line"], one["machine"]) for one in proven["of_other_machines"]] == [(17, "not arm64 Darwin")]
    assert 'id="numpy.float128"' in (tmp_path / "out" / "reference" / "one.html").read_text()


def test_a_name_that_is_not_there_is_missed_where_it_is_said_to_be(tmp_path: Path):
    done = on_a_mac(
        BUILD, mini.write(tmp_path, {"mapping/dataset/entries/one.toml": mini.ENTRY + LONG.replace('["Linux"]', '["Linux", "Darwin"]')})
    )
    assert done.returncode == 1
    for code in ("E201", "E205"):
        assert f"mapping/dataset/entries/one.toml:45: numpy.float128: {code}: " in done.stdout


def test_the_dtypes_of_the_dataset_are_checked_there(tmp_path: Path):
    file = Path("mapping", "dataset", "entries", "scalar_types.toml")
    mini.write(tmp_path, {str(file): (ROOT / file).read_text(encoding="utf-8"), "mapping/dataset/entries/one.toml": mini.ENTRY})
    done = on_a_mac(CHECK, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " entries, 0 uncovered, 0 problems, in " in done.stdout
