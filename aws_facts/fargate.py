"""The CPU and memory pairs that AWS Fargate offers to a Linux task.

Source: Amazon ECS developer guide, "Task CPU and memory" (2026-11). CPU in units (1024 = 1 vCPU), memory in MiB.
"""

from __future__ import annotations

from typing import Final

_GIB: Final = 1024  # MiB

# CPU units -> the memory sizes (MiB) that may go with them.
MEMORY_BY_CPU: Final[dict[int, tuple[int, ...]]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(n * _GIB for n in range(1, 5)),
    1024: tuple(n * _GIB for n in range(2, 9)),
    2048: tuple(n * _GIB for n in range(4, 17)),
    4096: tuple(n * _GIB for n in range(8, 31)),
    8192: tuple(n * _GIB for n in range(16, 61, 4)),
    16384: tuple(n * _GIB for n in range(32, 121, 8)),
}


def check_pair(cpu: int, memory: int) -> None:
    """Raise ValueError, with the nearest pair that would do, when Fargate does not offer this pair."""
    if cpu not in MEMORY_BY_CPU:
        sizes = ", ".join(map(str, MEMORY_BY_CPU))
        raise ValueError(f"Fargate offers {sizes} CPU units (got {cpu}); set cpu to one of them")
    offered = MEMORY_BY_CPU[cpu]
    if memory not in offered:
        nearest = min((size for size in offered if size >= memory), default=offered[-1])
        raise ValueError(
            f"Fargate does not offer {memory} MiB with {cpu} CPU units, only {offered[0]} to {offered[-1]} MiB in its "
            f"steps (got {cpu}/{memory}); set memory to {nearest}"
        )
