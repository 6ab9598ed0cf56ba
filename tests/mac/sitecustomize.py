"""With this folder on PYTHONPATH an interpreter takes its machine for a Mac, as far as names go; workers inherit it.

What the kernel, the C library and MLX are stays as it is.
"""

import importlib.machinery
import platform
import sys
import sysconfig
from types import SimpleNamespace

sysconfig.get_config_vars()  # read from a file that has the platform in its name: before that is another
platform.system, platform.machine = lambda: "Darwin", lambda: "arm64"
platform.platform = lambda *_, **__: "macOS-15.0-arm64-arm-64bit"
sys.platform = "darwin"
sys.modules["_scproxy"] = SimpleNamespace(_get_proxy_settings=dict, _get_proxies=dict)  # a Mac's own, which `urllib` asks for
LACKS = ("float128", "complex256")  # a Mac's `long double` is its `double`


class NumPy(importlib.machinery.PathFinder):
    """Finds NumPy, and takes from it the names that a Mac's does not have."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        spec = super().find_spec(name, path, target) if name == "numpy" else None
        if spec:
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (load(module), cls.without(module))
        return spec

    @staticmethod
    def without(module) -> None:
        for name in LACKS:
            if hasattr(module, name):
                delattr(module, name)
            if name in module.__all__:
                module.__all__.remove(name)


sys.meta_path.insert(0, NumPy)
