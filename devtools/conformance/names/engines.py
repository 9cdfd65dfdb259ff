"""Engines and their versions, parameter families and sizes, as cfn-lint's extensions list them from AWS's own answers.

A version is one that some region offers; whether the stack's region does is the preflight's question.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from devtools.conformance import cloudformation
from devtools.conformance.names.tables import Problem, given, known

_CLUSTER = "aws:rds/cluster:Cluster"
_VERSIONS = {
    _CLUSTER: "aws_rds_dbcluster",
    "aws:rds/clusterInstance:ClusterInstance": "aws_rds_dbinstance",
    "aws:rds/instance:Instance": "aws_rds_dbinstance",
    "aws:elasticache/replicationGroup:ReplicationGroup": "aws_elasticache_cachecluster",
    "aws:elasticache/cluster:Cluster": "aws_elasticache_cachecluster",
}
_SIZES = {
    ("aws:rds/clusterInstance:ClusterInstance", "instanceClass"): "aws_rds_dbinstance/dbinstanceclass_enum",
    ("aws:rds/instance:Instance", "instanceClass"): "aws_rds_dbinstance/dbinstanceclass_enum",
    (
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "nodeType",
    ): "aws_elasticache_cachecluster/cachenodetype_enum",
    ("aws:elasticache/cluster:Cluster", "nodeType"): "aws_elasticache_cachecluster/cachenodetype_enum",
    ("aws:ec2/launchTemplate:LaunchTemplate", "instanceType"): "aws_ec2_instance/instancetype_enum",
    ("aws:ec2/instance:Instance", "instanceType"): "aws_ec2_instance/instancetype_enum",
}
_FAMILIES = {
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": "aws_rds_dbcluster",
    "aws:rds/parameterGroup:ParameterGroup": "aws_rds_dbinstance",
    "aws:elasticache/parameterGroup:ParameterGroup": "aws_elasticache_cachecluster",
}
_SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"
_PARAMETERS = "data/given.yaml: look it up, and add it with its values"
_SOURCE = "cfn-lint's list"


def versions(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """An engine version has to be one that AWS still creates."""
    engine = inputs.get("engine")
    for name, file in ((name, _VERSIONS.get(token, "")) for name in ("engineVersion",)):
        version = inputs.get(name)
        if not file or not known(engine) or not known(version):
            continue
        offered = engine_versions(file).get(engine)
        if offered is not None and version not in offered:
            yield name, f"AWS makes no {engine} {version} ({_SOURCE}; the newest: {', '.join(sorted(offered)[-3:])})"
        elif version in deprecated(file).get(engine, ()):
            yield name, f"AWS has deprecated {engine} {version} and makes none any more ({_SOURCE})"
    if token == _SERVERLESS and known(engine) and known(major := inputs.get("majorEngineVersion")):
        majors = {version.split(".")[0] for version in engine_versions("aws_elasticache_cachecluster").get(engine, ())}
        if majors and major not in majors:
            yield "majorEngineVersion", f"AWS makes no {engine} {major} ({_SOURCE}: {', '.join(sorted(majors))})"


def logs(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A cluster hands those logs to CloudWatch that its engine writes."""
    engine = inputs.get("engine")
    written = given()["exportedLogs"].get(engine) if token == _CLUSTER and known(engine) else None
    for index, name in enumerate(inputs.get("enabledCloudwatchLogsExports") or ()) if written else ():
        if known(name) and name not in written:
            yield f"enabledCloudwatchLogsExports[{index}]", f"{engine} writes no log {name} ({', '.join(written)})"


def sizes(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """An instance class, a node type or an instance type has to exist."""
    for (kind, name), file in _SIZES.items():
        if kind == token and known(size := inputs.get(name)) and size not in sizes_of(file):
            yield name, f"AWS has no {size} ({_SOURCE} of all regions)"


def families(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A parameter group's family has to match an engine version."""
    if token in _FAMILIES and known(family := inputs.get("family")):
        offered = families_of(_FAMILIES[token])
        if family not in offered:
            yield (
                "family",
                f"AWS has no parameter family {family} (from {_SOURCE} of versions: {', '.join(sorted(offered))})"[
                    :400
                ],
            )


def parameters(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A parameter and its value have to be valid for the family, if the dated table has the family."""
    family = inputs.get("family")
    engine = re.match(r"[a-z-]*[a-z]", family) if token in _FAMILIES and known(family) else None
    table = given()["parameters"].get(engine[0]) if engine else None
    for index, each in enumerate(inputs.get("parameters") or ()) if table else ():
        name, value = each.get("name"), each.get("value")
        if known(name) and name not in table["names"]:
            yield (
                f"parameters[{index}].name",
                f"{name[:60]} is none of {engine[0] if engine else family}'s in {_PARAMETERS}",
            )
        elif known(name) and known(value) and not re.fullmatch(str(table["names"][name]), value):
            yield f"parameters[{index}].value", f"{name} takes no {value[:60]!r} ({table['source']})"


@functools.cache
def engine_versions(file: str) -> dict[str, frozenset[str]]:
    """The versions by engine."""
    return _by_engine(_extension(f"{file}/engine_version"))


@functools.cache
def deprecated(file: str) -> dict[str, frozenset[str]]:
    """Versions that are kept running and not made anew, by engine."""
    found: dict[str, frozenset[str]] = {}
    for rule in _extension(f"{file}/engine_version_deprecated").get("allOf", ()):
        properties = rule["if"]["properties"]
        engine, values = properties.get("Engine", {}).get("const"), properties.get("EngineVersion", {}).get("enum", ())
        if engine:
            found[engine] = found.get(engine, frozenset()) | frozenset(values)
    return found


@functools.cache
def sizes_of(file: str) -> frozenset[str]:
    """Every size that some region offers."""
    return frozenset(_texts(_extension(file)))


@functools.cache
def families_of(file: str) -> frozenset[str]:
    """The parameter families of the versions: RDS and ElastiCache user guides, Working with parameter groups."""
    return frozenset(
        family
        for engine, offered in engine_versions(file).items()
        for version in offered
        if (family := _family(engine, version))
    )


def _family(engine: str, version: str) -> str:
    """The family of an engine's version: `aurora-mysql8.0`, `aurora-postgresql17`, `valkey8`, `redis6.x`."""
    parts = re.findall(r"\d+", version)
    if engine in ("valkey", "redis"):
        major = int(parts[0])
        return f"{engine}{major}.x" if engine == "redis" and major == 6 else f"{engine}{major}" if major > 6 else ""
    if engine in ("aurora-postgresql", "postgres"):
        return f"{engine}{parts[0]}" if int(parts[0]) > 9 else ""
    return f"{engine}{'.'.join(parts[:2])}" if len(parts) > 1 else ""


def _by_engine(extension: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    found = {}
    for rule in extension.get("allOf", ()):
        engine = rule["if"]["properties"].get("Engine", {}).get("const")
        if engine and (values := rule["then"]["properties"].get("EngineVersion", {}).get("enum")):
            found[engine] = frozenset(values)
    return found


def _texts(node: Any) -> Iterator[str]:
    """Every value that an enumeration in an extension allows."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "enum":
                yield from value
            else:
                yield from _texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value)


def _extension(name: str) -> dict[str, Any]:
    path = cloudformation.folder() / "extensions" / f"{name}.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}
