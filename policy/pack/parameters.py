"""Parameters of databases that are switches too: what a parameter group sets holds for whatever comes to name it."""

from __future__ import annotations

from collections.abc import Iterator

from .graph import Graph
from .resource import Resource
from .tokens import RDS_CLUSTER, RDS_INSTANCE
from .values import Block

CLUSTER_PARAMETERS = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
INSTANCE_PARAMETERS = "aws:rds/parameterGroup:ParameterGroup"

# The parameter that refuses clear text, by engine family, and the values that switch it on.
TLS_PARAMETER = {
    "mysql": "require_secure_transport",
    "mariadb": "require_secure_transport",
    "postgres": "rds.force_ssl",
}
ON = frozenset(("1", "on", "true"))

_OLD_TLS = frozenset(("tlsv1", "tlsv1.1", "sslv3"))
# Parameters that open a door by a value, whoever names their group (user guides of RDS, DocumentDB, Neptune, Redshift):
# the values that leave it shut, lower case.
_SHUT = {
    "require_secure_transport": ON,
    "rds.force_ssl": ON,
    "neptune_enforce_ssl": ON,
    "tls": frozenset(("enabled", "tls1.2+", "tls1.3+", "fips-140-3")),
    "require_ssl": ON,
}
_RDS = ("require_secure_transport", "rds.force_ssl")
GROUPS: dict[str, tuple[str, ...]] = {
    CLUSTER_PARAMETERS: _RDS,
    INSTANCE_PARAMETERS: _RDS,
    "aws:docdb/clusterParameterGroup:ClusterParameterGroup": ("tls",),
    "aws:neptune/clusterParameterGroup:ClusterParameterGroup": ("neptune_enforce_ssl",),
    "aws:redshift/parameterGroup:ParameterGroup": ("require_ssl",),
}
_VERSIONS = ("tls_version", "ssl_min_protocol_version")


def is_on(group: Resource, parameter: str) -> bool:
    return any(str(value).lower() in ON for value in _values(group, parameter))


def weakened(group: Resource) -> Iterator[tuple[str, str]]:
    """Parameters of a group that allow plain text or broken versions of TLS, with the message for each."""
    for parameter in GROUPS[group.token]:
        if any(str(value).lower() not in _SHUT[parameter] for value in _values(group, parameter)):
            yield parameter, f"switches {parameter} off"
    for parameter in _VERSIONS if group.token in (CLUSTER_PARAMETERS, INSTANCE_PARAMETERS) else ():
        for value in _values(group, parameter):
            if old := _OLD_TLS & {version.strip() for version in str(value).lower().split(",")}:
                yield parameter, f"admits {', '.join(sorted(old))} by {parameter}"


def named_by(graph: Graph, group: Resource) -> frozenset[str]:
    """Parameters of a group that are judged with the database that uses it."""
    users = ((RDS_CLUSTER, "dbClusterParameterGroupName"), (RDS_INSTANCE, "parameterGroupName"))
    named = any(graph.companions(group, path, token) for token, path in users)
    return frozenset(TLS_PARAMETER.values()) if named else frozenset()


def _values(group: Resource, parameter: str) -> list[object]:
    blocks: list[Block] = group.blocks("parameters")
    return [value for block in blocks if block.text("name") == parameter and (value := block.get("value")) is not None]
