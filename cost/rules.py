"""From resources to lines of a month's bill: each with its tier, the AWS service, a quantity and a price."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from aws_facts.prices import HOURS
from aws_facts.regions import EDGE_REGION
from cost.bill import Context
from cost.free import is_free
from cost.graph import Node
from cost.usage import knows
from cost.use import tasks
from sale import requirements
from sale.charges import Line, acu_item, joined
from specs.data import KINDS
from specs.services import Service
from specs.stores.contract import Charges
from specs.stores.databases import Database, Serverless

MIN_PROXY_ACU: Final = 8.0
"""That RDS Proxy charges for in front of Aurora Serverless (RDS Proxy pricing)."""
CHARGED_RULE_GROUPS: Final[Mapping[str, str]] = {
    "AWSManagedRulesBotControlRuleSet": "botControlMonth",
    "AWSManagedRulesAntiDDoSRuleSet": "managedRuleGroupMonth",
}
"""Managed rule groups that cost something beside their rule, and the items of their prices."""

Rule = Callable[[Context, Node], Iterator[Line]]


def monthly(context: Context) -> list[Line]:
    """A month without an event."""
    return joined(line for node in context.nodes for line in _RULES.get(node.type, _others)(context, node))


def _service(context: Context, node: Node) -> Iterator[Line]:
    name = str(node.inputs.get("name", node.name))
    definition = next(
        (one.inputs for one in context.nodes if one.type == "ecs.TaskDefinition" and one.inputs.get("family") == name),
        {},
    )
    known = {f"{context.shop.project}-{context.shop.stack}-{one.name}": one for one in context.shop.services}
    service = known.get(name)
    if "cpu" not in definition or "FARGATE" not in (definition.get("requiresCompatibilities") or ()):
        return  # on instances, which are lines of their own
    count = _count(context, node, name, service)
    arm = (definition.get("runtimePlatform") or {}).get("cpuArchitecture") == "ARM64"
    what = f"tasks of {service.name if service else name}, {count:g} on average"
    hours = count * context.usual.hours
    yield context.pricer.tasks(what, hours, int(definition["cpu"]), int(definition["memory"]), arm=arm)


def _count(context: Context, node: Node, name: str, service: Service | None) -> float:
    target = next(
        (
            one.inputs
            for one in context.nodes
            if one.type == "appautoscaling.Target" and str(one.inputs.get("resourceId", "")).endswith(f"/{name}")
        ),
        {},
    )
    fewest = float(target.get("minCapacity", node.inputs.get("desiredCount", 1)))
    return max(fewest, tasks(context.shop, service.name, context.usual)) if service is not None else fewest


def _database(context: Context, identifier: str) -> Database | None:
    """The database of the settings that an instance or a proxy belongs to."""
    prefix = f"{context.shop.project}-{context.shop.stack}-"
    own = [one for one in context.shop.data.databases if identifier.startswith(f"{prefix}{one.name}")]
    return max(own, key=lambda one: len(one.name), default=None)


def _acu(context: Context, database: Database) -> float:
    """ACU of each instance, on average."""
    least = database.capacity.min_acu if isinstance(database.capacity, Serverless) else 0.5
    return max(least, requirements.acu(context.shop, database, context.usual.rates, 1.0, 1 + database.readers))


def _instance(context: Context, node: Node) -> Iterator[Line]:
    kind, identifier = str(node.inputs.get("instanceClass")), str(node.inputs.get("identifier", ""))
    database = _database(context, identifier)
    what, hours = f"instances of {database.name if database else identifier}", context.usual.hours
    if kind != "db.serverless":
        yield context.pricer.line(node.tier, "Aurora", f"{what}, {kind}", hours, f"{kind}Hour", unit="hour")
    elif database is None:
        yield context.pricer.line(node.tier, "Aurora", f"{what}, capacity", 0.5 * hours, "acuHour")
    else:
        quantity = _acu(context, database) * hours
        yield context.pricer.line(node.tier, "Aurora", f"{what}, capacity", quantity, acu_item(database))


def _proxy(context: Context, node: Node) -> Iterator[Line]:
    database = _database(context, str(node.inputs.get("name", node.name)))
    what = "proxies, by the capacity of their databases"
    acu = 0.0 if database is None else _acu(context, database) * (1 + database.readers)
    hours = max(MIN_PROXY_ACU, acu) * context.usual.hours
    yield context.pricer.line(node.tier, "RDS Proxy", what, hours, "rdsProxyAcuHour")


def _of_store(charges: Charges) -> Rule:
    """What a kind of store says of its own resources."""

    def rule(context: Context, node: Node) -> Iterator[Line]:
        for one in charges(node.inputs):
            yield context.pricer.line(
                node.tier, one.service, one.what, one.quantity, one.item, times=one.times, unit=one.unit
            )

    return rule


def _balancer(context: Context, node: Node) -> Iterator[Line]:
    yield context.pricer.line(node.tier, "Load balancing", "load balancers", HOURS, "albHour")
    yield from (line for line in context.traffic if line.service == "Load balancing")


def _distribution(context: Context, node: Node) -> Iterator[Line]:
    yield from (line for line in context.traffic if line.service == "CloudFront")


def _bus(context: Context, node: Node) -> Iterator[Line]:
    yield from (line for line in context.traffic if line.tier == "events")


def _acl(context: Context, node: Node) -> Iterator[Line]:
    at_edge = node.inputs.get("scope") == "CLOUDFRONT"
    region, where = (EDGE_REGION, "at CloudFront") if at_edge else (None, "at the load balancer")
    rules = node.inputs.get("rules") or []
    yield context.pricer.line(node.tier, "WAF", f"web ACL {where}", 1, "wafAclMonth", region=region)
    yield context.pricer.line(node.tier, "WAF", f"rules {where}", len(rules), "wafRuleMonth", region=region)
    for rule in rules:
        named = ((rule.get("statement") or {}).get("managedRuleGroupStatement") or {}).get("name", "")
        if named in CHARGED_RULE_GROUPS:
            what, item = f"{named.removeprefix('AWSManagedRules')} {where}", CHARGED_RULE_GROUPS[named]
            yield context.pricer.line(node.tier, "WAF", what, 1, item, region=region)
    yield from (line for line in context.traffic if line.what == f"requests {where}")


def _table(context: Context, node: Node) -> Iterator[Line]:
    prefix = f"{context.shop.project}-{context.shop.stack}-"
    name = str(node.inputs.get("name", node.name)).removeprefix(prefix)
    yield from (line for line in context.traffic if line.what in (f"reads of {name}", f"writes of {name}"))


def _queue(context: Context, node: Node) -> Iterator[Line]:
    prefix = f"{context.shop.project}-{context.shop.stack}-"
    name = str(node.inputs.get("name", node.name)).removesuffix(".fifo").removeprefix(prefix)
    yield from (line for line in context.traffic if line.what == f"requests of {name}")


def _endpoint(context: Context, node: Node) -> Iterator[Line]:
    if node.inputs.get("vpcEndpointType") == "Interface":
        network, subnets = context.shop.network, node.inputs.get("subnetIds")
        zones = len(network.zones) if network.endpoints == "everyZone" else 1
        if isinstance(subnets, list):  # a preview knows no identifiers: it has a text in their place
            zones = len(subnets)
        yield context.pricer.line(node.tier, "VPC", "interface endpoints", zones * HOURS, "vpcEndpointHour")


def _cluster(context: Context, node: Node) -> Iterator[Line]:
    yield context.pricer.line(node.tier, "EKS", "clusters", HOURS, "eksClusterHour")
    for service in context.shop.services:
        if not service.runs_on.runs_tasks:
            hours = tasks(context.shop, service.name, context.usual) * context.usual.hours
            yield context.pricer.workload(service, hours)


def _fixed(service: str, what: str, item: str, quantity: float = 1.0) -> Rule:
    def rule(context: Context, node: Node) -> Iterator[Line]:
        yield context.pricer.line(node.tier, service, what, quantity, item)

    return rule


def _instances_of_a_group(context: Context, node: Node) -> Iterator[Line]:
    least = float(node.inputs.get("minSize") or 0)
    if least > 0:
        yield context.pricer.line(node.tier, "EC2", f"instances of {node.name}", least * HOURS, "", unit="hour")


def _others(context: Context, node: Node) -> Iterator[Line]:
    if not is_free(node.type) and not knows(node.type):
        yield context.pricer.line(node.tier, node.type.partition(".")[0], node.type, 1, "", unit="resource")


_RULES: Final[Mapping[str, Rule]] = {
    "autoscaling.Group": _instances_of_a_group,
    "cloudfront.Distribution": _distribution,
    "cloudwatch.CompositeAlarm": _fixed("CloudWatch", "composite alarms", "compositeAlarmMonth"),
    "cloudwatch.Dashboard": _fixed("CloudWatch", "dashboards", "dashboardMonth"),
    "cloudwatch.EventBus": _bus,
    "cloudwatch.LogMetricFilter": _fixed("CloudWatch", "metrics from logs", "metricMonth"),
    "cloudwatch.MetricAlarm": _fixed("CloudWatch", "alarms", "alarmMonth"),
    "dynamodb.Table": _table,
    "ec2.Eip": _fixed("VPC", "public addresses", "publicIpHour", HOURS),
    "ec2.NatGateway": _fixed("VPC", "NAT gateways", "natHour", HOURS),
    "ec2.VpcEndpoint": _endpoint,
    "ecs.Service": _service,
    "eks.Cluster": _cluster,
    "kms.Key": _fixed("KMS", "keys", "kmsKeyMonth"),
    "lb.LoadBalancer": _balancer,
    "rds.ClusterInstance": _instance,
    "rds.Proxy": _proxy,
    "route53.Zone": _fixed("Route 53", "hosted zones", "hostedZoneMonth"),
    "secretsmanager.Secret": _fixed("Secrets Manager", "secrets", "secretMonth"),
    "secretsmanager.SecretRotation": _fixed("Secrets Manager", "secrets of databases", "secretMonth"),
    "sqs.Queue": _queue,
    "wafv2.WebAcl": _acl,
    **{kind: _of_store(charges) for store in KINDS for kind, charges in store.charges.items()},
}
