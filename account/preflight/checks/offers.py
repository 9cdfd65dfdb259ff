"""Instance types, engine versions and node classes: on offer where the stack wants them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from account.preflight.look import Check, Look
from account.preflight.reads import read
from account.preflight.verdict import ReportLine, fails, holds, not_known
from devtools.recording.recorded import Resource

_OFFERINGS: Final = read(
    "ec2",
    "describe_instance_type_offerings",
    "ec2:DescribeInstanceTypeOfferings",
    "InstanceTypeOfferings[].[InstanceType, Location]",
)
_PARAMETERS: Final = read("ssm", "get_parameters", "ssm:GetParameters", "Parameters[].Name")
_VERSIONS: Final = read(
    "rds",
    "describe_db_engine_versions",
    "rds:DescribeDBEngineVersions",
    "DBEngineVersions[].[EngineVersion, DBParameterGroupFamily, Status]",
)
_ORDERABLE: Final = read(
    "rds",
    "describe_orderable_db_instance_options",
    "rds:DescribeOrderableDBInstanceOptions",
    "OrderableDBInstanceOptions[].[AvailabilityZones[].Name]",
    "InvalidParameterCombination",
)
_CACHES: Final = read(
    "elasticache",
    "describe_cache_engine_versions",
    "elasticache:DescribeCacheEngineVersions",
    "CacheEngineVersions[].[EngineVersion, CacheParameterGroupFamily]",
)
_NODES: Final = read(
    "elasticache",
    "describe_reserved_cache_nodes_offerings",
    "elasticache:DescribeReservedCacheNodesOfferings",
    "ReservedCacheNodesOfferings[].CacheNodeType",
    "ReservedCacheNodesOfferingNotFound",
)
_KUBERNETES: Final = read(
    "eks",
    "describe_cluster_versions",
    "eks:DescribeClusterVersions",
    "clusterVersions[].[clusterVersion, versionStatus]",
)
_ADDONS: Final = read("eks", "describe_addon_versions", "eks:DescribeAddonVersions", "addons[].addonName")

_GROUP: Final = "aws:autoscaling/group:Group"
_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
_CLUSTER: Final = "aws:rds/cluster:Cluster"
_INSTANCE: Final = "aws:rds/clusterInstance:ClusterInstance"
_GROUPS_OF_PARAMETERS: Final = (
    "aws:rds/clusterParameterGroup:ClusterParameterGroup",
    "aws:rds/parameterGroup:ParameterGroup",
)
_CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_EKS: Final = "aws:eks/cluster:Cluster"
_ADDON: Final = "aws:eks/addon:Addon"
_SUBNET: Final = "aws:ec2/subnet:Subnet"
_RESOLVED: Final = "resolve:ssm:"


def checks() -> tuple[Check, ...]:
    return (
        Check(title="instances", hold=_types, reads=(_OFFERINGS,), concerns=lambda subject: subject.of(_GROUP)),
        Check(title="instances", hold=_image, reads=(_PARAMETERS,), concerns=lambda subject: subject.of(_TEMPLATE)),
        Check(title="databases", hold=_engines, reads=(_VERSIONS,), concerns=lambda subject: subject.of(_CLUSTER)),
        Check(title="databases", hold=_classes, reads=(_ORDERABLE,), concerns=lambda subject: subject.of(_INSTANCE)),
        Check(title="caches", hold=_cache_engines, reads=(_CACHES,), concerns=lambda subject: subject.of(_CACHE)),
        Check(title="caches", hold=_nodes, reads=(_NODES,), concerns=lambda subject: subject.of(_CACHE)),
        Check(
            title="kubernetes",
            hold=_kubernetes,
            reads=(_KUBERNETES, _ADDONS),
            concerns=lambda subject: subject.of(_EKS),
        ),
    )


def _types(look: Look) -> Iterator[ReportLine]:
    subnets = {subnet.outputs["id"]: subnet.inputs["availabilityZone"] for subnet in look.subject.of(_SUBNET)}
    groups = look.subject.of(_GROUP)
    zones = {subnets[one] for group in groups for one in group.inputs["vpcZoneIdentifiers"] if one in subnets}
    types = {kind for group in groups for kind in _overrides(group)}
    filters = [{"Name": "instance-type", "Values": sorted(types)}]
    offered = {tuple(pair) for pair in look.ask(_OFFERINGS, LocationType="availability-zone", Filters=filters)}
    for kind in sorted(types):
        if not any((kind, zone) in offered for zone in zones):
            yield fails(f"{kind}: none of the stack's zones has it", "take it out of saleday:instances.types")
    for zone in sorted(zones):
        if not any((kind, zone) in offered for kind in types):
            yield fails(f"{zone} has none of the types", "take another zone in saleday:network.zones")
    if there := sorted(kind for kind in types if any((kind, zone) in offered for zone in zones)):
        yield holds(f"{', '.join(there)} are on offer")


def _overrides(group: Resource) -> list[str]:
    mixed = group.inputs.get("mixedInstancesPolicy", {}).get("launchTemplate", {}).get("overrides", ())
    return [override["instanceType"] for override in mixed if "instanceType" in override]


def _image(look: Look) -> Iterator[ReportLine]:
    wanted = {
        template.inputs["imageId"].removeprefix(_RESOLVED)
        for template in look.subject.of(_TEMPLATE)
        if str(template.inputs.get("imageId", "")).startswith(_RESOLVED)
    }
    found = set(look.ask(_PARAMETERS, Names=sorted(wanted))) if wanted else set()
    for name in sorted(wanted - found):
        yield fails(f"{name}: AWS publishes no such image here", "set aws:region to a region that has it")
    if found:
        yield holds("the machine image is published")


def _setting(cluster: Resource, prefix: str) -> str:
    name = str(cluster.inputs["clusterIdentifier"]).removeprefix(f"{prefix}-")
    return f"saleday:data.databases[{name}]"


def _engines(look: Look) -> Iterator[ReportLine]:
    families = {group.inputs["name"]: group.inputs["family"] for group in look.subject.of(*_GROUPS_OF_PARAMETERS)}
    for cluster in look.subject.of(_CLUSTER):
        engine, version = cluster.inputs["engine"], cluster.inputs["engineVersion"]
        setting = _setting(cluster, f"{look.shop.project}-{look.shop.stack}")
        rows = look.ask(_VERSIONS, Engine=engine, EngineVersion=version, IncludeAll=True)
        # A major version alone is answered by all of its minor ones.
        usable = [row for row in rows if row[2] != "deprecated"]
        family = families.get(cluster.inputs.get("dbClusterParameterGroupName"))
        if not rows:
            newest = look.ask(_VERSIONS, Engine=engine, DefaultOnly=True)
            hint = f", {newest[0][0]} is AWS's default" if newest else ""
            yield fails(f"{engine} {version} is not offered", f"set {setting}.engineVersion to one that is{hint}")
        elif not usable:
            yield fails(
                f"{engine} {version} is not for new clusters any more", f"set {setting}.engineVersion to a newer one"
            )
        elif family and family not in {row[1] for row in usable}:
            yield fails(
                f"{engine} {version} has the parameter family {usable[0][1]}, not {family}",
                f"set {setting}.engineVersion to one of {family}",
            )
        else:
            yield holds(f"{engine} {version} is offered")


def _classes(look: Look) -> Iterator[ReportLine]:
    clusters = {cluster.inputs["clusterIdentifier"]: cluster for cluster in look.subject.of(_CLUSTER)}
    wanted: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    settings: dict[tuple[str, str, str], str] = {}
    for instance in look.subject.of(_INSTANCE):
        cluster = clusters[instance.inputs["clusterIdentifier"]]
        key = (instance.inputs["engine"], cluster.inputs["engineVersion"], instance.inputs["instanceClass"])
        wanted[key].add(instance.inputs.get("availabilityZone", ""))
        settings[key] = _setting(cluster, f"{look.shop.project}-{look.shop.stack}")
    for key, zones in wanted.items():
        engine, version, size = key
        # db.serverless is listed as any class is; no answer means that there is none in the region (Aurora user guide,
        # "Requirements and limitations for Aurora Serverless v2").
        options = look.ask(_ORDERABLE, Engine=engine, EngineVersion=version, DBInstanceClass=size)
        offered = {zone for (listed,) in options for zone in listed or ()}
        if options and not offered:
            yield not_known(f"which zones offer {size} for {engine} {version}: AWS lists none")
        elif missing := sorted(zone for zone in zones - {""} if zone not in offered):
            where = "anywhere in the region" if not offered else f"in {', '.join(missing)}"
            remedy = f"set another instanceClass in {settings[key]}, or other saleday:network.zones"
            yield fails(f"{size} for {engine} {version} is not offered {where}", remedy)
        else:
            yield holds(f"{size} for {engine} {version} is offered in every zone")


def _cache_engines(look: Look) -> Iterator[ReportLine]:
    families = {
        group.inputs["name"]: group.inputs["family"]
        for group in look.subject.of("aws:elasticache/parameterGroup:ParameterGroup")
    }
    for engine, version, family in sorted(
        {
            (
                cache.inputs["engine"],
                cache.inputs["engineVersion"],
                families.get(cache.inputs.get("parameterGroupName"), ""),
            )
            for cache in look.subject.of(_CACHE)
        }
    ):
        rows: list[Any] = look.ask(_CACHES, Engine=engine)
        of_version = [row for row in rows if f"{row[0]}.".startswith(f"{version}.")]
        if not of_version:
            yield fails(f"{engine} {version} is not offered", "set aws:region to a region that offers it")
        elif family and family not in {row[1] for row in of_version}:
            yield fails(f"{engine} {version} is not of the family {family}", "set aws:region to a region where it is")
        else:
            yield holds(f"{engine} {version} is offered")


def _nodes(look: Look) -> Iterator[ReportLine]:
    """ElastiCache lists its node types nowhere but among what it sells reservations of."""
    for size in sorted({cache.inputs["nodeType"] for cache in look.subject.of(_CACHE)}):
        if look.ask(_NODES, CacheNodeType=size):
            yield holds(f"{size} is offered")
        else:
            yield not_known(
                f"whether {size} is offered: nobody sells reservations of it here",
                "look it up, or set another saleday:data.caches[].nodes.nodeType",
            )


def _kubernetes(look: Look) -> Iterator[ReportLine]:
    for cluster in look.subject.of(_EKS):
        version = cluster.inputs["version"]
        offered = dict(look.ask(_KUBERNETES, includeAll=True))
        if offered.get(version) in (None, "UNSUPPORTED"):
            there = ", ".join(sorted(one for one, status in offered.items() if status != "UNSUPPORTED"))
            yield fails(f"Kubernetes {version} is not offered", f"set saleday:kubernetes.version to one of {there}")
            continue
        yield holds(f"Kubernetes {version} is offered")
        for addon in look.subject.of(_ADDON):
            name = addon.inputs["addonName"]
            if look.ask(_ADDONS, kubernetesVersion=version, addonName=name):
                yield holds(f"the add-on {name} is offered")
            else:
                yield fails(
                    f"the add-on {name} is not offered for Kubernetes {version}",
                    "set another saleday:kubernetes.version",
                )
