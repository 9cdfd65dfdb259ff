"""The picture of the architecture, drawn from production's resources: names and numbers are the stack's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from devtools.docsgen.architecture.graph import Graph, amount

WIDTH: Final = 1240  # pixels, as all sizes here
HEIGHT: Final = 800
_LINE: Final = 17
_FILLS: Final = {
    "edge": "#fdebd3",
    "network": "#eef3ee",
    "service": "#dcebfb",
    "data": "#e3e0f7",
    "events": "#fbe3ea",
    "delivery": "#e6f4e1",
    "watch": "#f2f2f2",
    "security": "#fde4e1",
    "cost": "#fff7d6",
}


_DETECTION: Final = {
    "GuardDuty": "guardduty.Detector",
    "Security Hub": "securityhub.Account",
    "Config": "cfg.Recorder",
    "Inspector": "inspector2.Enabler",
    "Access Analyzer": "accessanalyzer.Analyzer",
}
_RESPONSE: Final = {
    "incident response (dry run)": "sfn.StateMachine",
    "patch windows": "ssm.MaintenanceWindow",
}


@dataclass(frozen=True)
class Box:
    """A part of the picture: a title and lines of text."""

    x: int
    y: int
    width: int
    height: int
    fill: str
    title: str
    lines: tuple[str, ...] = ()

    @property
    def left(self) -> tuple[int, int]:
        return self.x, self.y + self.height // 2

    @property
    def right(self) -> tuple[int, int]:
        return self.x + self.width, self.y + self.height // 2

    @property
    def top(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y

    @property
    def bottom(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height


def render(graph: Graph) -> str:
    """The picture as SVG."""
    zones = len(graph.find("ec2.NatGateway"))
    customers = Box(20, 60, 120, 70, "#ffffff", "Customers")
    edge = Box(190, 30, 300, 130, _FILLS["edge"], "Edge", tuple(_edge(graph)))
    vpc = Box(190, 200, 640, 400, _FILLS["network"], f"VPC in {zones} zones")
    public = Box(430, 215, 380, 60, "#ffffff", "public subnets", (f"internet gateway, {zones} NAT gateways",))
    app = Box(210, 305, 600, 145, _FILLS["service"], "app subnets", tuple(_services(graph)))
    data = Box(210, 465, 600, 120, _FILLS["data"], "data subnets (no way out)", tuple(_stores(graph)))
    regional = Box(870, 465, 350, 120, _FILLS["data"], "Stores without servers", tuple(_regional(graph)))
    events = Box(870, 305, 350, 145, _FILLS["events"], "Order events", tuple(_events(graph)))
    delivery = Box(870, 200, 350, 90, _FILLS["delivery"], "Delivery", tuple(_delivery(graph)))
    below = _row(
        [
            ("security", "Security", tuple(_security(graph))),
            ("watch", "Observability", tuple(_watch(graph))),
            ("cost", "Cost", tuple(_cost(graph))),
        ]
    )
    boxes = [customers, edge, vpc, public, app, data, regional, events, delivery, *below]
    arrows = [
        _arrow(customers.right, edge.left, "HTTPS"),
        _arrow((340, 160), (340, 305), "private origin"),
        _arrow((500, 450), (500, 465)),
        _arrow(app.right, events.left, ""),
        _arrow((810, 430), (870, 490)),
        _arrow(delivery.left, (810, 330)),
    ]
    body = "\n".join([*(line for box in boxes for line in _box(box)), *arrows])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        'font-family="Helvetica, Arial, sans-serif" font-size="13">\n'
        '<defs><marker id="to" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
        'orient="auto-start-reverse"><path d="M 0 0 L 10 5 L 0 10 z" fill="#333333"/></marker></defs>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _row(parts: Sequence[tuple[str, str, tuple[str, ...]]]) -> Iterator[Box]:
    width = (WIDTH - 20 * (len(parts) + 1)) // len(parts)
    for number, (fill, title, lines) in enumerate(parts):
        yield Box(20 + number * (width + 20), 630, width, 150, _FILLS[fill], title, lines)


def _box(box: Box) -> Iterator[str]:
    yield (
        f'<rect x="{box.x}" y="{box.y}" width="{box.width}" height="{box.height}" rx="6" fill="{box.fill}" '
        'stroke="#555555"/>'
    )
    x, y = box.x + 10, box.y + 20
    yield f'<text x="{x}" y="{y}" font-weight="bold">{escape(box.title)}</text>'
    for number, line in enumerate(box.lines, start=1):
        yield f'<text x="{x}" y="{y + number * _LINE}">{escape(line)}</text>'


def _arrow(start: tuple[int, int], end: tuple[int, int], label: str = "") -> str:
    text = ""
    if label:
        x, y = (start[0] + end[0]) // 2 + 6, (start[1] + end[1]) // 2 + (18 if start[1] == end[1] else -4)
        text = f'\n<text x="{x if start[1] != end[1] else x - 24}" y="{y}" font-size="11">{escape(label)}</text>'
    return (
        f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" stroke="#333333" stroke-width="1.5" '
        f'marker-end="url(#to)"/>{text}'
    )


def _count(graph: Graph, kind: str, one: str, many: str | None = None) -> str:
    number = len(graph.find(kind))
    return f"{amount(number)} {one if number == 1 else many or one + 's'}"


def _present(graph: Graph, parts: Mapping[str, str]) -> str:
    """The names of those parts whose type of resource is there."""
    return ", ".join(name for name, kind in parts.items() if graph.find(kind))


def _tails(graph: Graph, kind: str, name: str) -> list[str]:
    """The settings' names of a type's resources: their physical names without the stack's prefix."""
    return [value.split("-", 2)[2] for value in graph.values(kind, name)]


def _edge(graph: Graph) -> Iterator[str]:
    yield f"CloudFront, {_count(graph, 'cloudfront.CachePolicy', 'cache policy', 'cache policies')}, origin shield"
    yield _count(graph, "wafv2.WebAcl", "web ACL") + ": managed rules, rate limits"
    yield _count(graph, "acm.Certificate", "certificate") + ", Route 53"
    yield "Shield Standard; Advanced by setting"


def _services(graph: Graph) -> Iterator[str]:
    names = _tails(graph, "ecs.Service", "name")
    yield "internal load balancer with a web ACL of its own"
    yield f"ECS on Fargate (ARM64), partly Spot: {', '.join(names)}"
    endpoints = _count(graph, "ec2.VpcEndpoint", "VPC endpoint")
    yield f"each with a security group, a role and a repository of its own; {endpoints}"
    yield f"scaling on CPU, requests and backlog: {_count(graph, 'appautoscaling.Policy', 'policy', 'policies')}"
    yield "EC2 Auto Scaling groups or EKS by setting, for a service or for all"


def _stores(graph: Graph) -> Iterator[str]:
    clusters = sorted(graph.find("rds.Cluster"), key=lambda cluster: cluster.name)
    named = [f"{one.inputs['clusterIdentifier'].split('-', 2)[2]} ({one.inputs['engine']})" for one in clusters]
    yield f"Aurora: {', '.join(named)}"
    instances, proxies = (
        _count(graph, "rds.ClusterInstance", "instance"),
        _count(graph, "rds.Proxy", "proxy", "proxies"),
    )
    yield f"{instances}, {proxies}, readers in other zones"
    caches = _tails(graph, "elasticache.ReplicationGroup", "replicationGroupId")
    yield f"Valkey: {', '.join(caches)}, a user for each service"
    yield "backups every day, with restores to any second"


def _regional(graph: Graph) -> Iterator[str]:
    yield f"DynamoDB: {', '.join(_tails(graph, 'dynamodb.Table', 'name'))}"
    yield f"S3: {_count(graph, 's3.Bucket', 'bucket')}, media in Intelligent-Tiering"
    yield f"SQS: {_count(graph, 'sqs.Queue', 'queue')}, dead letters included"
    yield _count(graph, "backup.Plan", "backup plan") + " over every store"


def _events(graph: Graph) -> Iterator[str]:
    yield "queue order-events"
    yield "function: each order once, marked in DynamoDB"
    yield "EventBridge bus with an archive and a log"
    yield "what fails waits in queues of its own"


def _delivery(graph: Graph) -> Iterator[str]:
    pipelines = _count(graph, "codepipeline.Pipeline", "pipeline")
    yield f"{pipelines}: source, build, approval, deploy"
    projects = _count(graph, "codebuild.Project", "build project")
    yield f"{projects}, {_count(graph, 'ecr.Repository', 'image repository', 'image repositories')}"
    yield "held by freezes, rolled back by alarms"


def _security(graph: Graph) -> Iterator[str]:
    yield f"{_count(graph, 'kms.Key', 'key')}, rotated; {_count(graph, 'iam.Role', 'role')}"
    yield f"{_count(graph, 'ec2.SecurityGroup', 'security group')}, {_count(graph, 'ec2.NetworkAcl', 'network ACL')}"
    yield _present(graph, _DETECTION)
    yield _present(graph, _RESPONSE)


def _watch(graph: Graph) -> Iterator[str]:
    alarms = _count(graph, "cloudwatch.MetricAlarm", "alarm")
    yield f"{alarms}, {_count(graph, 'cloudwatch.CompositeAlarm', 'composite')}"
    yield f"{_count(graph, 'cloudwatch.Dashboard', 'dashboard')}, {_count(graph, 'cloudwatch.LogGroup', 'log group')}"
    yield f"X-Ray: {_count(graph, 'xray.Group', 'group')}; service levels with burn rates"
    yield "CloudTrail in every region, locked"


def _cost(graph: Graph) -> Iterator[str]:
    yield f"{_count(graph, 'budgets.Budget', 'budget')}, anomalies, right-sizing advice"
    yield "unused volumes and snapshots found every day"
    yield "commitments by name only; else advice"
    yield "dev off at night and at weekends"
