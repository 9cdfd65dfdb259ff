"""Growth rates of what follows its load by itself. Sources are beside the numbers."""

from __future__ import annotations

from typing import Final

GROW_ABOVE: Final = 0.7
"""How busy something is when it grows; it shrinks below half of that. An estimate."""
ACU_DOUBLING: Final = 60.0
"""Seconds in which Aurora Serverless v2 doubles; AWS names no rate, an estimate."""
ECPU_DOUBLING: Final = 150.0
"""Seconds; ElastiCache Serverless for Valkey 8 doubles every two to three minutes (grade A)."""
BALANCER_DOUBLING: Final = 513.0
"""Seconds: half as much again every five minutes, as AWS advises to ramp (grade S)."""
BALANCER_FLOOR: Final = 100.0
"""LCU that any load balancer has: the smallest that can be reserved; an estimate."""
SCALE_OUT_SECONDS: Final = 363.0
"""From a load that jumps above a target until new tasks are launched, on one-minute metrics (AWS's measurement of
2026-06)."""
START_SPREAD: Final = 35.0
"""Seconds around a task's mean start; from "first at 30 s, 3,500 tasks in 4.5 min" (grade S)."""
