"""What a worker runs on: device, versions, processor; and the limits that it is put under."""

from __future__ import annotations

import os
import sys
import tempfile

import mlx.core as mx
import numpy as np

from ..run import needs
from . import sandbox

MEMORY = 8 << 30  # bytes that a worker on the CPU may hold
FILE = 1 << 28  # bytes that one file of its may have


def environment(device: mx.Device) -> dict[str, str]:
    """What the results hold for: versions, platform, device and its name."""
    import platform

    kind = "gpu" if device == mx.Device(mx.gpu) else "cpu"
    name = device_name(device)
    return {
        "mlx": mx.__version__,  # type: ignore[attr-defined]  # MLX's stubs lack it
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()}-{platform.machine()}",
        "simd": " ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])),
        "device": kind,
        "backend": backend(kind),
        "device_name": name,
        "packages": " ".join(needs.installed()),
        "virtual": os.environ.get("EMULATOR") or ("virtual" if "virtual" in name.lower() else ""),  # as on hosted machines
    }


def device_name(device: mx.Device) -> str:
    """What MLX calls the device; nothing where a release does not tell."""
    return str(mx.device_info(device).get("device_name", "")) if hasattr(mx, "device_info") else ""


def backend(kind: str) -> str:
    """What of MLX computes on the device of this kind: `cpu`, `cuda` or `metal`."""
    return kind if kind == "cpu" else "metal" if mx.metal.is_available() else "cuda"


def choose(device: str) -> mx.Device:
    """The device of that name, or MLX's default for an empty one. Raises LookupError where there is none."""
    if device == "gpu" and not mx.is_available(mx.gpu):
        raise LookupError("no GPU: MLX finds none on this machine")
    return mx.Device(getattr(mx, device)) if device else mx.default_device()


def set_limits() -> None:
    """Bound the memory of this process, the files it may write and where. Where there is a GPU, its driver maps more memory
    than it uses and keeps files of its own, whatever the device."""
    import resource

    if sys.platform == "linux" and not mx.is_available(mx.gpu):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
        sandbox.writes(tempfile.gettempdir())
