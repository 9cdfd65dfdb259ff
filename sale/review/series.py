"""What is read of CloudWatch for a review: by link and figure, the metrics that add up to it.

Names and dimensions are those of the services' user guides, as `devtools/conformance/data` holds them. A series has one
label, `cloudfront requests`; where several metrics add up to it, further ones are labelled `… 2`, `… 3`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from aws_facts.regions import EDGE_REGION
from sale.simulation.adapter import BALANCER, CLOUDFRONT
from specs.services import Service
from specs.shop import Shop
from specs.stores.caches import Cache, CacheNodes
from specs.stores.databases import Database

MINUTE: Final = 60  # seconds
MAX_GROUP_NAME: Final = 32  # characters of a target group's name (ELB API)
SECOND_GROUP: Final = "-b"

BALANCER_ID: Final = "LOAD-BALANCER"
DISTRIBUTION_ID: Final = "DISTRIBUTION"
"""Stand in dimensions for what AWS names: `app/<name>/<id>` and the distribution's id."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of CloudWatch with its statistic."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str = "Sum"
    region: str | None = None
    """Where it is published. Default: the stack's region."""
    weight: float = 1.0
    """What of it counts: of a command that each replica carries out again, one part."""


@dataclass(frozen=True, kw_only=True)
class Series:
    """One figure of one link."""

    link: str
    """As the simulation names its stations: `ui`, `database orders`, `table carts reads`, `cloudfront`."""
    figure: str
    """`requests`, `errors`, `cpu`, `tasks`, …"""
    metrics: tuple[Metric, ...]
    """What adds up to it."""
    scale: float = 1.0
    """From the metric's unit to the figure's: 1/1000 from milliseconds to seconds."""
    needed: bool = False
    """Whether there is no review without it."""
    sparse: bool = False
    """Whether AWS publishes nothing where there was nothing: no datapoint is a zero."""
    level: bool = False
    """Whether AWS publishes it by instance as a level, or per second: the sum over the instances is one already."""

    @property
    def label(self) -> str:
        return f"{self.link} {self.figure}"

    @property
    def counts(self) -> bool:
        """Whether it counts events, so that it is told per second."""
        return self.metrics[0].stat == "Sum" and not self.level

    def labels(self) -> Iterator[tuple[str, Metric]]:
        """Each metric with the label that an export has for it."""
        for number, metric in enumerate(self.metrics, start=1):
            yield (self.label if number == 1 else f"{self.label} {number}"), metric


def series_of(shop: Shop) -> tuple[Series, ...]:
    """Everything that is read for a stack."""
    return tuple(_Reader(shop).all())


def target_group(shop: Shop, service: str, *, alternate: bool = False) -> str:
    """A target group's physical name, which stands in dimensions until its id is known."""
    name = f"{shop.project}-{shop.stack}-{service}"
    return f"{name[: MAX_GROUP_NAME - len(SECOND_GROUP)]}{SECOND_GROUP}" if alternate else name


class _Reader:
    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def all(self) -> Iterator[Series]:
        yield from self._edge()
        for service in self.shop.services:
            yield from self._public(service) if service.is_public else self._internal(service)
            yield from self._tasks(service)
        data = self.shop.data
        for database in data.databases:
            yield from self._database(database)
        for table in data.tables:
            for kind, counter in (("reads", "ConsumedReadCapacityUnits"), ("writes", "ConsumedWriteCapacityUnits")):
                yield self._of("AWS/DynamoDB", f"table {table.name} {kind}", "requests", counter, TableName=table.name)
        for cache in data.caches:
            yield self._cache(cache)
        for queue in data.queues:
            link = f"queue {queue.name}"
            name = f"{queue.name}.fifo" if queue.fifo else queue.name
            yield self._of("AWS/SQS", link, "requests", "NumberOfMessagesSent", sparse=True, QueueName=name)
            age = "ApproximateAgeOfOldestMessage"
            yield self._of("AWS/SQS", link, "age", age, stat="Maximum", sparse=True, QueueName=name)

    def _named(self, name: str) -> str:
        return f"{self.shop.project}-{self.shop.stack}-{name}"

    def _of(
        self,
        namespace: str,
        link: str,
        figure: str,
        metric: str,
        *,
        stat: str = "Sum",
        sparse: bool = False,
        level: bool = False,
        **dimensions: str,
    ) -> Series:
        """A series of one metric, whose dimensions are names of this stack."""
        named = tuple((key, self._named(value)) for key, value in dimensions.items())
        only = Metric(namespace=namespace, name=metric, dimensions=named, stat=stat)
        return Series(link=link, figure=figure, metrics=(only,), sparse=sparse, level=level)

    def _edge(self) -> Iterator[Series]:
        where = (("DistributionId", DISTRIBUTION_ID), ("Region", "Global"))
        for figure, name, stat in (
            ("requests", "Requests", "Sum"),
            ("bytes", "BytesDownloaded", "Sum"),
            ("hits", "CacheHitRate", "Average"),
            ("errors percent", "5xxErrorRate", "Average"),
        ):
            metric = Metric(namespace="AWS/CloudFront", name=name, dimensions=where, stat=stat, region=EDGE_REGION)
            yield Series(link=CLOUDFRONT, figure=figure, metrics=(metric,), needed=figure == "requests")
        for figure, name, stat in (
            ("requests", "RequestCount", "Sum"),
            ("errors", "HTTPCode_ELB_5XX_Count", "Sum"),
            ("bytes", "ProcessedBytes", "Sum"),
            ("units", "PeakLCUs", "Maximum"),
        ):
            metric = Metric(
                namespace="AWS/ApplicationELB", name=name, dimensions=(("LoadBalancer", BALANCER_ID),), stat=stat
            )
            needed, sparse = figure == "requests", figure == "errors"
            yield Series(link=BALANCER, figure=figure, metrics=(metric,), needed=needed, sparse=sparse)

    def _public(self, service: Service) -> Iterator[Series]:
        groups = [target_group(self.shop, service.name)]
        if service.deployment.shifts_traffic:
            groups.append(target_group(self.shop, service.name, alternate=True))
        for figure, name, stat in (
            ("requests", "RequestCount", "Sum"),
            ("errors", "HTTPCode_Target_5XX_Count", "Sum"),
            ("seconds", "TargetResponseTime", "Average"),
            ("p99", "TargetResponseTime", "p99"),
        ):
            # The group that has no traffic has no answer times either: the first one's are read.
            used = groups if stat == "Sum" else groups[:1]
            metrics = tuple(
                Metric(
                    namespace="AWS/ApplicationELB",
                    name=name,
                    dimensions=(("LoadBalancer", BALANCER_ID), ("TargetGroup", group)),
                    stat=stat,
                )
                for group in used
            )
            yield Series(link=service.name, figure=figure, metrics=metrics, sparse=figure == "errors")

    def _internal(self, service: Service) -> Iterator[Series]:
        """By Service Connect, which EKS does not have."""
        if not service.runs_on.runs_tasks:
            return
        name = self._named(service.name)
        received = (("DiscoveryName", name), ("ServiceName", name), ("ClusterName", self._cluster))
        answered = (("TargetDiscoveryName", name),)
        for figure, metric, dimensions, stat, scale in (
            ("requests", "RequestCount", received, "Sum", 1.0),
            ("errors", "HTTPCode_Target_5XX_Count", answered, "Sum", 1.0),
            ("seconds", "TargetResponseTime", answered, "Average", 1e-3),
        ):
            only = Metric(namespace="AWS/ECS", name=metric, dimensions=dimensions, stat=stat)
            sparse = figure == "errors"
            yield Series(link=service.name, figure=figure, metrics=(only,), scale=scale, sparse=sparse)

    def _tasks(self, service: Service) -> Iterator[Series]:
        if not service.runs_on.runs_tasks:
            pods = (("ClusterName", self._cluster), ("Namespace", self.shop.project), ("PodName", service.name))
            cpu = ("ContainerInsights", "pod_cpu_utilization_over_pod_limit", pods)
            count = ("ContainerInsights", "replicas_ready", pods)
            wanted = ("ContainerInsights", "replicas_desired", pods)
        else:
            tasks = (("ClusterName", self._cluster), ("ServiceName", self._named(service.name)))
            cpu = ("AWS/ECS", "CPUUtilization", tasks)
            count = ("ECS/ContainerInsights", "RunningTaskCount", tasks)
            wanted = ("ECS/ContainerInsights", "DesiredTaskCount", tasks)
        for figure, (namespace, name, dimensions) in (("cpu", cpu), ("tasks", count), ("desired", wanted)):
            metric = Metric(namespace=namespace, name=name, dimensions=dimensions, stat="Average")
            yield Series(link=service.name, figure=figure, metrics=(metric,))

    @property
    def _cluster(self) -> str:
        return f"{self.shop.project}-{self.shop.stack}"

    def _database(self, database: Database) -> Iterator[Series]:
        link = f"database {database.name}"
        if database.proxy is not None:
            yield self._of("AWS/RDS", link, "requests", "QueryRequests", ProxyName=database.name)
        elif database.engine == "aurora-mysql":  # PostgreSQL publishes no count of statements
            yield self._of("AWS/RDS", link, "requests", "Queries", level=True, DBClusterIdentifier=database.name)
        capacity = "ServerlessDatabaseCapacity" if database.provisioned is None else "CPUUtilization"
        yield self._of("AWS/RDS", link, "capacity", capacity, stat="Average", DBClusterIdentifier=database.name)
        connections = "DatabaseConnections"
        yield self._of("AWS/RDS", link, "connections", connections, level=True, DBClusterIdentifier=database.name)

    def _cache(self, cache: Cache) -> Series:
        link, name = f"cache {cache.name}", self._named(cache.name)
        if cache.serverless is not None:
            return self._of("AWS/ElastiCache", link, "requests", "TotalCmdsCount", clusterId=cache.name)
        nodes = cache.nodes or CacheNodes()
        metrics = tuple(
            Metric(namespace="AWS/ElastiCache", name=command, dimensions=(("CacheClusterId", node),), weight=weight)
            for node in _nodes(name, nodes)
            for command, weight in (("GetTypeCmds", 1.0), ("SetTypeCmds", 1 / (1 + nodes.replicas)))
        )
        return Series(link=link, figure="requests", metrics=metrics)


def _nodes(name: str, nodes: CacheNodes) -> Iterator[str]:
    """Member clusters of a replication group, as ElastiCache names them."""
    for shard in range(1, nodes.shards + 1):
        for node in range(1, nodes.replicas + 2):
            yield f"{name}-{shard:04}-{node:03}" if nodes.shards > 1 else f"{name}-{node:03}"
