"""A model as arrays of records, one a station, a service, a call or an action: what compiled code reads and writes.

Records hold what stays as it is and what changes, side by side: a play works on arrays of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sale.simulation.gate import Gate, packed
from sale.simulation.model import Backlog, Kind, Model, Scaling, Station

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]
Records = Any
"""An array of records; their fields are attributes in compiled code."""

SERVICE_BURST = 10.0
"""Launches of one service at once; ECS spreads its 500 a minute."""

_F, _I = np.float64, np.int64

STATION = np.dtype(
    [
        # As given.
        ("kind", _I),
        ("rate", _F),
        ("service_seconds", _F),
        ("service_cv", _F),
        ("doubling_seconds", _F),
        ("threads", _F),
        ("waiting_room", _F),
        ("patience", _F),
        ("hot_limit", _F),
        ("share", _F),  # of the customers that enter here
        ("on_order_path", _I),
        ("is_queue", _I),  # what it works off waits there as a message
        ("per_order", _F),  # messages that a placed order puts here
        ("pulls", _I),  # station of the queue whose messages a store works on; -1 for none
        ("first_call", _I),
        ("last_call", _I),  # the calls from here are first_call to last_call - 1
        # Changed by actions and by growth.
        ("units", _F),
        ("floor", _F),
        ("ceiling", _F),
        ("hot", _F),
        ("factor", _F),
        ("slowness", _F),
        # Who is here.
        ("present", _I),  # requests, waiting or in work
        ("outside", _I),  # those of them that customers made directly
        ("messages", _I),
        ("owed", _F),  # part of a request that has been worked off, below 1
        ("owed_lost", _F),  # part of a request that has given up or been refused, below 1
        ("owed_share", _F),
        ("owed_messages", _F),
        ("delay", _F),  # probability of waiting
        ("spread", _F),  # variance of the number of requests here
        ("holding", _F),  # time that a request holds a thread
        ("error_debt", _F),  # failures of calls that have yet to become failures here
        # Of the running second.
        ("arriving", _I),
        ("arriving_outside", _I),
        ("arrived", _I),
        ("worked", _I),
        ("refused", _I),
        ("gave_up", _I),
        ("errors", _I),  # of those worked off: a call made them fail
        ("outside_done", _I),
        ("outside_failed", _I),
        ("capacity", _F),
        ("mean", _F),  # of the answer time, calls included
        ("base", _F),  # the rest is its distribution: `answer_time.Law`
        ("variance", _F),
        ("third", _F),
        ("late", _F),
        ("pace", _F),
        ("inflow", _F),  # smoothed calls a second from all callers
    ]
)

SERVICE = np.dtype(
    [
        ("cpu_target", _F),
        ("requests_target", _F),
        ("backlog_target", _F),
        ("out_cooldown", _F),
        ("in_cooldown", _F),
        ("first_start", _I),
        ("last_start", _I),
        ("vcpu", _F),
        ("base", _I),
        ("spot_share", _F),
        ("enabled", _I),
        ("queue", _I),  # station of the queue whose messages it works on; -1 for none
        ("queue_share", _F),
        ("least", _I),
        ("most", _I),
        ("desired", _I),
        ("starting", _I),  # tasks launched and not yet healthy
        ("spot_lost", _I),
        ("tokens", _F),
        ("pulled", _I),  # messages in the running second
        ("cool_out", _F),
        ("cool_in", _F),
        # Seconds whose answers are counted together: what they were like when that began, and sums over the answers.
        ("group_minute", _I),
        ("group_mean", _F),
        ("group_spread", _F),
        ("group_p99", _F),
        ("answered", _F),
        ("sum_base", _F),
        ("sum_variance", _F),
        ("sum_third", _F),
        ("sum_late", _F),
        ("sum_wait", _F),
    ]
)

CALL = np.dtype(
    [
        ("target", _I),
        ("per_request", _F),
        ("hit_share", _F),
        ("warm_seconds", _F),
        ("warmth", _F),
        ("owed", _F),
        ("flow", _F),  # smoothed calls a second
        ("failing", _F),  # share of the calls that failed in the last second
    ]
)

ACTION = np.dtype([("second", _I), ("what", _I), ("station", _I), ("value", _F)])

WORLD = np.dtype(
    [
        ("edge", _I),  # stations before this one are the edge
        ("first", _I),  # the first service
        ("stores", _I),  # the first store
        ("edge_hits", _F),
        ("edge_warmth", _F),
        ("edge_warm_seconds", _F),
        ("retry_share", _F),
        ("retry_seconds", _I),
        ("launch_burst", _F),
        ("launch_rate", _F),
        ("service_launch_rate", _F),
        ("vcpu_quota", _F),
        ("period", _I),
        ("points_out", _I),
        ("points_in", _I),
        ("delay", _I),
        ("tokens", _F),
        # Fractions that are carried to the next second.
        ("owed_requests", _F),
        ("owed_orders", _F),
        ("owed_retries", _F),
        ("owed_order_retries", _F),
        ("owed_hits", _F),
        ("owed_failures", _F),
    ]
)


class Packed(NamedTuple):
    """The arguments of `kernel.play`."""

    requests: Floats
    orders: Floats
    world: Records
    stations: Records
    services: Records
    calls: Records
    actions: Records
    gate: Gate


def pack(model: Model) -> Packed:
    """Arrays of a model, fresh for one play."""
    index = {station.name: number for number, station in enumerate(model.stations)}
    first = len(model.edge) + len(model.origin)
    calls = sorted(model.calls, key=lambda call: (index[call.source], index[call.target]))
    sources = [index[call.source] for call in calls]
    world = _filled(
        WORLD,
        1,
        edge=len(model.edge),
        first=first,
        stores=first + len(model.services),
        edge_hits=model.edge_hits,
        edge_warmth=1.0,
        edge_warm_seconds=max(1.0, model.edge_warm_seconds),
        retry_share=model.customers.retry_share,
        retry_seconds=max(1, int(model.customers.retry_seconds)),
        launch_burst=model.account.launch_burst,
        launch_rate=model.account.launch_rate,
        service_launch_rate=model.account.service_launches_per_minute / 60,
        vcpu_quota=model.account.vcpu_quota,
        period=model.alarm.period,
        points_out=model.alarm.points_out,
        points_in=model.alarm.points_in,
        delay=model.alarm.delay,
        tokens=model.account.launch_burst,
    )
    actions = sorted(model.actions)
    return Packed(
        requests=np.ascontiguousarray(model.customers.requests, dtype=np.float64),
        orders=np.ascontiguousarray(model.customers.orders, dtype=np.float64),
        world=world,
        stations=_stations(model, sources),
        services=_services(model, index),
        calls=_filled(
            CALL,
            len(calls),
            target=[index[call.target] for call in calls],
            per_request=[call.per_request for call in calls],
            hit_share=[call.hit_share for call in calls],
            warm_seconds=[max(1.0, call.warm_seconds) for call in calls],
            warmth=1.0,
        ),
        actions=_filled(
            ACTION,
            len(actions),
            second=[action.second for action in actions],
            what=[int(action.what) for action in actions],
            station=[index[action.station] for action in actions],
            value=[action.value for action in actions],
        ),
        gate=packed(model.admission, model.customers.requests, model.customers.orders),
    )


def _stations(model: Model, sources: list[int]) -> Records:
    stations = model.stations
    path = model.customers.order_path or tuple(name for name, share in model.customers.shares.items() if share)
    queues = {backlog.queue for backlog in model.backlogs}
    numbers = np.arange(len(stations))
    workers = {backlog.worker: backlog.queue for backlog in model.backlogs}
    index = {station.name: number for number, station in enumerate(stations)}
    given = ("rate", "service_seconds", "service_cv", "doubling_seconds", "threads", "waiting_room", "patience")
    return _filled(
        STATION,
        len(stations),
        **{
            name: [getattr(station, name) for station in stations]
            for name in (*given, "hot_limit", "units", "floor", "ceiling")
        },
        kind=[int(station.kind) for station in stations],
        share=[model.customers.shares.get(station.name, 0.0) for station in stations],
        on_order_path=[station.name in path for station in stations],
        is_queue=[station.name in queues for station in stations],
        per_order=[model.customers.messages.get(station.name, 0.0) for station in stations],
        pulls=[index[workers[station.name]] if station.name in workers else -1 for station in stations],
        first_call=np.searchsorted(sources, numbers, side="left") if sources else 0,
        last_call=np.searchsorted(sources, numbers, side="right") if sources else 0,
        hot=[station.hot_share for station in stations],
        factor=1.0,
        slowness=1.0,
        holding=[station.service_seconds for station in stations],
    )


def _services(model: Model, index: dict[str, int]) -> Records:
    scalings = [_scaling(service) for service in model.services]
    backlogs: dict[str, Backlog] = {backlog.worker: backlog for backlog in model.backlogs}
    queues = [backlogs.get(service.name) for service in model.services]
    units = [int(service.units) for service in model.services]
    given = ("cpu_target", "out_cooldown", "in_cooldown", "vcpu", "base", "spot_share", "enabled")
    return _filled(
        SERVICE,
        len(scalings),
        **{name: [getattr(scaling, name) for scaling in scalings] for name in given},
        requests_target=[scaling.requests_target or np.inf for scaling in scalings],
        backlog_target=[scaling.backlog_target or np.inf for scaling in scalings],
        first_start=[max(1, round(scaling.first_start)) for scaling in scalings],
        last_start=[max(1, round(max(scaling.last_start, scaling.first_start))) for scaling in scalings],
        queue=[index[backlog.queue] if backlog else -1 for backlog in queues],
        queue_share=[backlog.share if backlog else 0.0 for backlog in queues],
        least=[scaling.min for scaling in scalings],
        most=[scaling.max for scaling in scalings],
        desired=[min(max(at, one.min), one.max) for at, one in zip(units, scalings, strict=True)],
        tokens=SERVICE_BURST,
        group_mean=-1.0,
    )


def _scaling(service: Station) -> Scaling:
    if service.kind is not Kind.TASKS or service.scaling is None:
        raise ValueError(f"{service.name}: a service runs on tasks (got {service.kind.name})")
    return service.scaling


def _filled(dtype: np.dtype[Any], count: int, /, **fields: Any) -> Records:
    records = np.zeros(count, dtype=dtype)
    for name, values in fields.items():
        records[name] = values
    return records
