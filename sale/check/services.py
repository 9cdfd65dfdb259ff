"""Links of the services: tasks, their launches, vCPU, and the function of the order events."""

from __future__ import annotations

from collections.abc import Iterator

from aws_facts import quotas
from sale import requirements
from sale.account import UNRESERVED, room_environments, vcpu_needed
from sale.check.names import named, quota_link, scalable
from sale.compiler import MINUTE
from sale.link import Link, Load
from sale.plan import DEPLOYING
from sale.timeline import launch_seconds

RAMP_SECONDS = 10.0
"""In which a function adds the environments of the quota lambdaRamp."""


def services(load: Load) -> Iterator[Link]:
    plan, shop = load.plan, load.plan.shop
    for service in (one for one in shop.services if one.runs_on.runs_tasks):
        required = load.peak.services[service.name] * load.factor
        per_task, track = service.requests_per_task, plan.tasks[service.name]
        yield Link(
            name=f"tasks of {service.name}",
            kind="tasks",
            on=scalable(plan, service),
            required=required,
            provided=service.scaling.max * per_task,
            unit="requests/s",
            per_unit=per_task,
            setting=f"services[{service.name}].scaling.max",
        )
        most = track.highest
        ready = launch_seconds(most - track.usual) + service.measured.start_seconds
        at_limit = most >= service.scaling.max
        yield Link(
            name=f"tasks of {service.name} at the opening",
            kind="prescaled",
            on=scalable(plan, service),
            required=required,
            provided=load.stands(track, ready) * per_task,
            unit="requests/s",
            per_unit=per_task,
            setting=f"services[{service.name}].scaling.max",
            late=load.is_late(track, ready),
            planned=not at_limit and most > track.usual,
        )
        yield quota_link(
            load,
            "tasksPerService",
            float(requirements.tasks(service, load.peak, load.factor)),
            f"tasks per service {service.name}",
        )
    yield _launches(load)
    yield from _vcpu(load)


def _launches(load: Load) -> Link:
    """Whether all tasks stand by the opening: launched by the account's token bucket, then started."""
    plan = load.plan
    services = [one for one in plan.shop.services if one.runs_on.runs_tasks]
    launched = {one.name: max(0.0, plan.tasks[one.name].highest - one.scaling.min) for one in services}
    burst, rate = (quotas.QUOTAS[name].value for name in ("fargateLaunchBurst", "fargateLaunchRate"))
    slowest = max(map(launch_seconds, launched.values()), default=0.0)
    start = max((one.measured.start_seconds for one in services), default=0)
    together = max(0.0, sum(launched.values()) - burst) / rate
    lead = max(event.lead_minutes for event in plan.events) * MINUTE
    left = _left(load, lead)
    return Link(
        name="task launches before the opening",
        kind="launch",
        on=f"service/{plan.shop.project}-{plan.shop.stack}/",
        required=max(slowest, together) + start,
        provided=left,
        unit="s",
        setting="saleEvents[].leadMinutes",
        late=left < lead,
        more={
            "burst": burst,
            "rate": rate,
            "perService": quotas.QUOTAS["serviceLaunchRate"].value / MINUTE,
            "start": start,
            "lead": lead,
        },
    )


def _left(load: Load, lead: float) -> float:
    """Seconds between the rise and the next opening: the lead time, or what a late deployment leaves of it."""
    deployed = load.plan.deployed
    openings = [start for event in load.events if (start := event.start.timestamp()) > load.plan.now]
    if deployed is None or not openings:
        return lead
    return max(0.0, min(lead, min(openings) - deployed - DEPLOYING))


def _vcpu(load: Load) -> Iterator[Link]:
    plan = load.plan
    needed = vcpu_needed(plan.shop, load.blocks, load.factor)
    for name, vcpu, on_spot in (("fargateVcpu", needed[0], False), ("fargateSpotVcpu", needed[1], True)):
        tasks = {named(plan, job.name): 1.0 for job in plan.shop.jobs if job.spot is on_spot}
        for service in (one for one in plan.shop.services if one.runs_on.takes_fargate):
            count = load.tasks(service)
            spot = max(0.0, count - service.capacity.base) * requirements.spot_share(service)
            tasks[named(plan, service.name)] = round(spot if on_spot else count - spot, 3)
        yield quota_link(load, name, vcpu, "Fargate Spot vCPU" if on_spot else "Fargate vCPU", kind="vcpu", tasks=tasks)


def order_events(load: Load) -> Iterator[Link]:
    plan, events = load.plan, load.plan.prepared.events
    if events is None:
        return
    required = float(requirements.environments(plan.shop, load.peak, load.factor))
    yield Link(
        name="concurrency of order events",
        kind="lambda",
        on=named(plan, "order-events"),
        required=required,
        provided=float(events.concurrency),
        unit="environments",
        setting="events.concurrency",
    )
    every = required + room_environments(plan.shop) + UNRESERVED
    yield quota_link(load, "lambdaConcurrency", every, "Lambda concurrency of the account")
    ramp = quotas.QUOTAS["lambdaRamp"]
    spike = min((one.shape.spike_seconds for one in load.events if one.demand.curve is None), default=0.0)
    reached = ramp.value * max(1.0, spike / RAMP_SECONDS)
    yield Link(
        name="Lambda ramp of order events",
        kind="quota",
        on=ramp.name,
        required=required,
        provided=reached,
        unit="environments at the peak",
        setting="events.batchSize",
        more={"base": reached},
    )
