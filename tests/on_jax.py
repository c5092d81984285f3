"""Runs programs on JAX, each in a process of its own: Keras takes one backend a process."""

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent

WITHOUT_TENSORFLOW = "import sys\nsys.modules['tensorflow'] = None  # an import of it fails\n"


@lru_cache
def _cache() -> TemporaryDirectory[str]:
    """What XLA compiled for one process, the next ones use; removed when the tests end."""
    return TemporaryDirectory(prefix="xla-")


def environment() -> dict[str, str]:
    """For a process on JAX: two virtual devices, and compiled quickly rather than well."""
    return {
        **os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2 --xla_backend_optimization_level=0",
        "JAX_COMPILATION_CACHE_DIR": _cache().name, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH")])),
    }  # fmt: skip


def on_jax(program: str, *arguments: object) -> list[str]:
    """The lines that a program prints, where TensorFlow cannot be imported."""
    command = [sys.executable, "-c", WITHOUT_TENSORFLOW + program, *map(str, arguments)]
    done = subprocess.run(command, cwd=HERE, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()
