"""A crowd that registers, played: the function, the table and its counters, with clients that try again."""

from __future__ import annotations

from typing import Final

import numpy as np

from aws_facts import quotas
from sale.admission.polls import CALL_SECONDS, WRITES_PER_PLACE
from sale.admission.registration import SPREAD, Limits
from sale.simulation import kernel
from sale.simulation.model import Call, Customers, Kind, Model, Scaling, Station
from sale.simulation.result import play

ARRIVING: Final = 10
"""Seconds over which the crowd comes."""
RETRY_SECONDS: Final = 3
"""Until a client that was refused tries again; an estimate."""
JOIN, WRITES, COUNTERS = "join", "writes", "counters"


def seconds_to_register(customers: int, limits: Limits, longest: int = 600) -> int | None:
    """Seconds until all have a place; None where some have none after `longest`."""
    result = play(_model(customers, limits, longest), 1)
    placed = np.cumsum(result.of_customers(kernel.SERVED))
    done = np.flatnonzero(placed >= customers)
    return int(done[0]) + 1 if len(done) else None


def _model(customers: int, limits: Limits, seconds: int) -> Model:
    requests = np.zeros(seconds)
    requests[:ARRIVING] = customers / ARRIVING
    each = quotas.QUOTAS["partitionWrites"].value / SPREAD
    environments = int(limits.environments)
    join = Station(
        name=JOIN,
        rate=1 / CALL_SECONDS,
        service_seconds=CALL_SECONDS,
        kind=Kind.TASKS,
        units=environments,
        waiting_room=0,  # Lambda refuses what no environment is free for
        scaling=Scaling(min=environments, max=environments, enabled=False),
    )
    return Model(
        customers=Customers(
            requests=requests,
            orders=np.zeros(seconds),
            shares={JOIN: 1.0},
            retry_share=1.0,
            retry_seconds=RETRY_SECONDS,
        ),
        services=(join,),
        stores=(
            Station(name=WRITES, rate=limits.writes, waiting_room=0),
            Station(name=COUNTERS, rate=limits.counters * each, waiting_room=0),
        ),
        calls=(
            Call(source=JOIN, target=WRITES, per_request=WRITES_PER_PLACE),
            Call(source=JOIN, target=COUNTERS, per_request=1),
        ),
    )
