"""From resources to lines of a bill: each with its tier, the AWS service, a quantity and a price, or without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from aws_facts.prices import HOURS, VALKEY, Prices
from aws_facts.regions import EDGE_REGION
from cost.graph import Node
from cost.use import Use, added_hours, tasks
from sale import requirements
from sale.plan import Plan
from specs.shop import Shop
from specs.stores.databases import Serverless

GB: Final = 1e6  # kB
_MESSAGE_CALLS: Final = 3.0  # to SQS for each message: send, receive, delete
_LCU_SECONDS: Final = 3600.0

FREE: Final = (
    "acm.", "appautoscaling.", "autoscaling.", "backup.Plan", "backup.Selection", "backup.VaultPolicy", "cfg.",
    "cloudfront.CachePolicy", "cloudfront.Key", "cloudfront.Origin", "cloudfront.ResponseHeadersPolicy",
    "cloudfront.VpcOrigin", "cloudwatch.EventBusPolicy", "cloudwatch.EventPermission", "cloudwatch.EventRule",
    "cloudwatch.EventTarget", "cloudwatch.LogDelivery", "cloudwatch.LogResourcePolicy", "cloudwatch.QueryDefinition",
    "dynamodb.ResourcePolicy", "ec2.DefaultSecurityGroup", "ec2.InternetGateway", "ec2.LaunchTemplate",
    "ec2.NetworkAcl", "ec2.Route", "ec2.SecurityGroup", "ec2.Subnet", "ec2.Vpc", "ec2.DefaultNetworkAcl",
    "ecr.LifecyclePolicy", "ecr.PullThroughCacheRule", "ecr.RepositoryPolicy", "ecs.Cluster", "ecs.CapacityProvider",
    "ecs.TaskDefinition", "elasticache.ParameterGroup", "elasticache.SubnetGroup", "elasticache.User", "iam.",
    "kms.Alias", "kms.KeyPolicy", "lambda.EventSourceMapping", "lambda.Invocation", "lambda.Permission", "lb.Listener",
    "lb.TargetGroup", "rds.Cluster", "rds.ClusterParameterGroup", "rds.ParameterGroup", "rds.ProxyDefaultTargetGroup",
    "rds.ProxyTarget", "rds.SubnetGroup", "route53.Record", "s3.Bucket", "scheduler.", "servicequotas.", "sns.Topic",
    "sqs.QueuePolicy", "sqs.RedriveAllowPolicy", "vpc.SecurityGroup", "wafv2.IpSet", "wafv2.WebAclAssociation",
    "wafv2.WebAclLoggingConfiguration", "xray.",
)  # fmt: skip
"""Starts of types that cost nothing by being there; what goes through them is in the lines of their users."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the bill."""

    tier: str
    service: str
    """The AWS service, as its bill names it."""
    what: str
    quantity: float
    unit: str
    usd: float | None
    """None: there is no sourced price for it."""
    item: str
    """What its price is called in `aws_facts/data/prices.json`; empty where the table has no such item yet."""
    grade: str = ""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What prices a graph: settings, forecast and prices."""

    shop: Shop
    plan: Plan
    usual: Use
    prices: Prices
    nodes: Sequence[Node]

    def line(
        self, tier: str, service: str, what: str, quantity: float, item: str, *, unit: str = "", times: float = 1.0,
        region: str | None = None,
    ) -> Line:  # fmt: skip
        """A line of the item's price, `times` it."""
        try:
            found = self.prices.find(item, region)
            unit = unit or self.prices.table["items"][item]["unit"]
        except KeyError:
            found, item = None, ""
        usd = None if found is None else found.value * times * quantity
        grade = found.grade if found is not None else ""
        return Line(
            tier=tier, service=service, what=what, quantity=quantity, unit=unit, usd=usd, item=item, grade=grade
        )


def monthly(context: Context) -> list[Line]:
    """A month without an event."""
    lines = [line for node in context.nodes for line in _RULES.get(node.type, _others)(context, node)]
    return _joined(lines)


def of_events(context: Context, added: Use) -> list[Line]:
    """What the events add, all together: what their plan provides beyond the usual, and what customers use."""
    shop, plan = context.shop, context.plan
    lines: list[Line] = []
    for service in shop.services:
        hours = added_hours(plan.tasks[service.name])
        if hours > 0:
            lines.append(_task_line(context, f"tasks of {service.name}", hours, service.cpu, service.memory))
    for database in shop.data.databases:
        hours = added_hours(plan.acu[database.name]) if database.name in plan.acu else 0.0
        if hours > 0:
            instances = 1 + database.readers
            item = "acuHourIoOptimized" if database.io_optimized else "acuHour"
            lines.append(context.line("data", "Aurora", f"minimum of {database.name}", hours * instances, item))
    for name, track in plan.ecpu.items():
        if (hours := added_hours(track)) > 0:
            lines.append(context.line("data", "ElastiCache", f"minimum of {name}", hours * 3600, "ecpu"))
    for cache in shop.data.caches:
        if cache.name in plan.replicas and (hours := added_hours(plan.replicas[cache.name])) > 0 and cache.nodes:
            item = f"{cache.nodes.node_type}Hour"
            hours *= cache.nodes.shards
            lines.append(
                context.line("data", "ElastiCache", f"replicas of {cache.name}", hours, item, times=VALKEY, unit="hour")
            )
    if (hours := added_hours(plan.lcu)) > 0:
        lines.append(context.line("edge", "Load balancing", "reserved capacity", hours, "lcuHour"))
    return _joined([*lines, *_requests(context, added)])


def _requests(context: Context, use: Use) -> Iterator[Line]:
    """What customers' requests cost, wherever they go."""
    shop = context.shop
    public = [service for service in shop.services if service.is_public]
    kilobytes = max((service.measured.response_kb for service in public), default=0.0)
    yield context.line("edge", "CloudFront", "requests", use.requests, "cloudfrontRequest")
    yield context.line("edge", "CloudFront", "data to customers", use.requests * kilobytes / GB, "cloudfrontGb")
    yield context.line("edge", "WAF", "requests at CloudFront", use.requests, "wafRequest", region=EDGE_REGION)
    yield context.line("edge", "WAF", "requests at the load balancer", use.origin_requests, "wafRequest")
    # Requests to units of capacity, by the busiest of the dimensions, as a mean.
    lcu_hours = requirements.lcu(shop, use.rates) * use.hours if use.rates.requests else 0.0
    yield context.line("edge", "Load balancing", "capacity units", lcu_hours, "lcuHour")
    seconds = use.requests / max(use.rates.requests, 1e-9)
    for table in shop.data.tables:
        for kind, rate, item in (
            ("reads", requirements.reads(shop, table, use.rates), "dynamodbReadUnit"),
            ("writes", requirements.writes(shop, table, use.rates), "dynamodbWriteUnit"),
        ):
            yield context.line("data", "DynamoDB", f"{kind} of {table.name}", rate * seconds, item)
    for queue in shop.data.queues:
        calls = requirements.messages(shop, queue.name, use.rates) * seconds * _MESSAGE_CALLS
        item = "sqsFifoRequest" if queue.fifo else "sqsRequest"
        yield context.line("data", "SQS", f"requests of {queue.name}", calls, item)


def _task_line(context: Context, what: str, hours: float, cpu: int, memory: int, *, arm: bool = True) -> Line:
    price = context.prices.task_hour(cpu, memory, arm=arm)
    return Line(
        tier="service",
        service="Fargate",
        what=f"{what}, {cpu / 1024:g} vCPU and {memory / 1024:g} GB",
        quantity=hours,
        unit="task-hour",
        usd=None if price is None else hours * price,
        item="fargateArmVcpuHour" if arm else "fargateVcpuHour",
        grade="" if price is None else "R",
    )


Rule = Callable[[Context, Node], Iterator[Line]]


def _service(context: Context, node: Node) -> Iterator[Line]:
    name = str(node.inputs.get("name", node.name))
    definition = next(
        (one.inputs for one in context.nodes if one.type == "ecs.TaskDefinition" and one.inputs.get("family") == name),
        {},
    )
    known = {f"{context.shop.project}-{context.shop.stack}-{one.name}": one for one in context.shop.services}
    service = known.get(name)
    target = next(
        (
            one.inputs
            for one in context.nodes
            if one.type == "appautoscaling.Target" and str(one.inputs.get("resourceId", "")).endswith(f"/{name}")
        ),
        {},
    )
    fewest = float(target.get("minCapacity", node.inputs.get("desiredCount", 1)))
    count = max(fewest, tasks(context.shop, service.name, context.usual)) if service is not None else fewest
    if "cpu" not in definition or "FARGATE" not in (definition.get("requiresCompatibilities") or ()):
        return  # on instances, which are lines of their own
    arm = (definition.get("runtimePlatform") or {}).get("cpuArchitecture") == "ARM64"
    what = f"tasks of {service.name if service else name}, {count:g} on average"
    hours = count * context.usual.hours
    yield _task_line(context, what, hours, int(definition["cpu"]), int(definition["memory"]), arm=arm)


def _instance(context: Context, node: Node) -> Iterator[Line]:
    kind, identifier = str(node.inputs.get("instanceClass")), str(node.inputs.get("identifier", ""))
    own = [
        one
        for one in context.shop.data.databases
        if identifier.startswith(f"{context.shop.project}-{context.shop.stack}-{one.name}")
    ]
    database = max(own, key=lambda one: len(one.name), default=None)
    what = f"instances of {database.name if database else identifier}"
    if kind != "db.serverless":
        yield context.line(node.tier, "Aurora", f"{what}, {kind}", context.usual.hours, f"{kind}Hour", unit="hour")
        return
    capacity = database.capacity if database is not None else None
    least = capacity.min_acu if isinstance(capacity, Serverless) else 0.5
    if database is not None:
        least = max(least, requirements.acu(context.shop, database, context.usual.rates, 1.0, 1 + database.readers))
    item = "acuHourIoOptimized" if database is not None and database.io_optimized else "acuHour"
    yield context.line(node.tier, "Aurora", f"{what}, capacity", least * context.usual.hours, item)


def _group(context: Context, node: Node) -> Iterator[Line]:
    kind = str(node.inputs.get("nodeType"))
    shards = int(node.inputs.get("numNodeGroups") or 1)
    nodes = shards * (1 + int(node.inputs.get("replicasPerNodeGroup") or 0))
    if "numCacheClusters" in node.inputs:
        nodes = int(node.inputs["numCacheClusters"])
    valkey = node.inputs.get("engine") == "valkey"
    what = f"{nodes} nodes of {kind}, {'Valkey' if valkey else 'Redis OSS'}"
    times = VALKEY if valkey else 1.0
    yield context.line(node.tier, "ElastiCache", what, nodes * HOURS, f"{kind}Hour", times=times, unit="hour")


def _balancer(context: Context, node: Node) -> Iterator[Line]:
    yield context.line(node.tier, "Load balancing", "load balancers", HOURS, "albHour")
    yield from (line for line in _requests(context, context.usual) if line.service == "Load balancing")


def _distribution(context: Context, node: Node) -> Iterator[Line]:
    yield from (line for line in _requests(context, context.usual) if line.service == "CloudFront")


def _acl(context: Context, node: Node) -> Iterator[Line]:
    at_edge = node.inputs.get("scope") == "CLOUDFRONT"
    region, where = (EDGE_REGION, "at CloudFront") if at_edge else (None, "at the load balancer")
    rules = node.inputs.get("rules") or []
    yield context.line(node.tier, "WAF", f"web ACL {where}", 1, "wafAclMonth", region=region)
    yield context.line(node.tier, "WAF", f"rules {where}", len(rules), "wafRuleMonth", region=region)
    for rule in rules:
        named = ((rule.get("statement") or {}).get("managedRuleGroupStatement") or {}).get("name", "")
        if named in ("AWSManagedRulesBotControlRuleSet", "AWSManagedRulesAntiDDoSRuleSet"):
            yield context.line(node.tier, "WAF", f"{named} {where}", 1, "managedRuleGroupMonth", region=region)
    requests = f"requests {where}"
    yield from (line for line in _requests(context, context.usual) if line.what == requests)


def _table(context: Context, node: Node) -> Iterator[Line]:
    prefix = f"{context.shop.project}-{context.shop.stack}-"
    name = str(node.inputs.get("name", node.name)).removeprefix(prefix)
    wanted = (f"reads of {name}", f"writes of {name}")
    yield from (line for line in _requests(context, context.usual) if line.what in wanted)
    yield context.line(node.tier, "DynamoDB", f"storage of {name}", 0, "")


def _queue(context: Context, node: Node) -> Iterator[Line]:
    prefix = f"{context.shop.project}-{context.shop.stack}-"
    name = str(node.inputs.get("name", node.name)).removesuffix(".fifo").removeprefix(prefix)
    yield from (line for line in _requests(context, context.usual) if line.what == f"requests of {name}")


def _endpoint(context: Context, node: Node) -> Iterator[Line]:
    if node.inputs.get("vpcEndpointType") == "Interface":
        zones = len(node.inputs.get("subnetIds") or ()) or len(context.shop.network.zones)
        yield context.line(node.tier, "VPC", "interface endpoints", zones * HOURS, "vpcEndpointHour")


def _nat(context: Context, node: Node) -> Iterator[Line]:
    yield context.line(node.tier, "VPC", "NAT gateways", HOURS, "natHour")
    yield context.line(node.tier, "VPC", "data through NAT gateways", 0, "")


def _proxy(context: Context, node: Node) -> Iterator[Line]:
    yield context.line(node.tier, "RDS Proxy", "proxies, by the capacity of their databases", HOURS, "rdsProxyAcuHour")


def _unknown(service: str, what: str) -> Rule:
    """Something whose quantity no forecast knows: listed, never counted as nothing."""

    def rule(context: Context, node: Node) -> Iterator[Line]:
        yield context.line(node.tier, service, what, 0, "")

    return rule


def _fixed(service: str, what: str, item: str, quantity: float = 1.0) -> Rule:
    def rule(context: Context, node: Node) -> Iterator[Line]:
        yield context.line(node.tier, service, what, quantity, item)

    return rule


def _instances_of_a_group(context: Context, node: Node) -> Iterator[Line]:
    least = float(node.inputs.get("minSize") or 0)
    if least > 0:
        yield context.line(node.tier, "EC2", f"instances of {node.name}", least * HOURS, "", unit="hour")


def _others(context: Context, node: Node) -> Iterator[Line]:
    if not node.type.startswith(FREE):
        yield context.line(node.tier, node.type.partition(".")[0], node.type, 1, "", unit="resource")


_RULES: Final[Mapping[str, Rule]] = {
    "autoscaling.Group": _instances_of_a_group,
    "cloudfront.Distribution": _distribution,
    "cloudwatch.CompositeAlarm": _fixed("CloudWatch", "composite alarms", "compositeAlarmMonth"),
    "cloudwatch.Dashboard": _fixed("CloudWatch", "dashboards", "dashboardMonth"),
    "cloudwatch.LogMetricFilter": _fixed("CloudWatch", "metrics from logs", "metricMonth"),
    "cloudwatch.MetricAlarm": _fixed("CloudWatch", "alarms", "alarmMonth"),
    "dynamodb.Table": _table,
    "ec2.Eip": _fixed("VPC", "public addresses", "publicIpHour", HOURS),
    "ec2.NatGateway": _nat,
    "ec2.VpcEndpoint": _endpoint,
    "ecs.Service": _service,
    "elasticache.ReplicationGroup": _group,
    "kms.Key": _fixed("KMS", "keys", "kmsKeyMonth"),
    "lb.LoadBalancer": _balancer,
    "rds.Cluster": _unknown("Aurora", "storage and I/O of clusters"),
    "rds.ClusterInstance": _instance,
    "rds.Proxy": _proxy,
    "route53.Zone": _fixed("Route 53", "hosted zones", "hostedZoneMonth"),
    "s3.Bucket": _unknown("S3", "storage of buckets"),
    "s3.BucketV2": _unknown("S3", "storage of buckets"),
    "secretsmanager.Secret": _fixed("Secrets Manager", "secrets", "secretMonth"),
    "sqs.Queue": _queue,
    "wafv2.WebAcl": _acl,
}


def _joined(lines: Sequence[Line]) -> list[Line]:
    """Lines of the same thing added up, in the order of their first."""
    found: dict[tuple[Any, ...], Line] = {}
    for line in lines:
        key = (line.tier, line.service, line.what, line.unit, line.item)
        if key in found:
            before = found[key]
            usd = None if line.usd is None or before.usd is None else line.usd + before.usd
            found[key] = replace(line, quantity=before.quantity + line.quantity, usd=usd)
        else:
            found[key] = line
    return [line for line in found.values() if line.quantity or line.usd is None]


def totals(lines: Sequence[Line], by: str) -> dict[str, float]:
    """USD of what is priced, by `tier` or `service`, the most first."""
    counted: dict[str, float] = {}
    for line in lines:
        name = str(getattr(line, by))
        counted[name] = counted.get(name, 0.0) + (line.usd or 0.0)
    return dict(sorted(counted.items(), key=lambda item: -item[1]))
