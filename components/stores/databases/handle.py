"""An Aurora database as services use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components import iam
from components.site import Site
from components.stores.contract import Listener, Store, Value


@dataclass(frozen=True, kw_only=True)
class DatabaseHandle(Store):
    """A database cluster, with or without its proxy."""

    name: str
    engine: str
    """`aurora-mysql` or `aurora-postgresql`."""
    endpoint: pulumi.Output[str]
    """Endpoint for writes: the proxy, or the cluster where there is none."""
    reader_endpoint: pulumi.Output[str]
    port: int
    database_name: str
    secret_arn: pulumi.Output[str] | None
    """Managed master secret."""
    security_group_id: pulumi.Output[str]
    """Security group that services connect to: the proxy's, or the cluster's."""
    cluster_identifier: str
    connect_arn: pulumi.Output[str] | None = None
    """`rds-db:connect` resource (the master user, whom the proxy knows) where services sign in by IAM; None where they
    use the secret."""
    proxy_name: str | None = None
    """Physical name of the RDS Proxy, which its metrics are keyed by; None where there is none."""
    instance_class: str | None = None
    """Class of provisioned instances, for example `db.r7g.large`; None when serverless."""
    has_readers: bool = False
    """Whether readers stand beside the writer: only they have a replica lag."""
    log_group_names: tuple[str, ...] = ()
    """Log groups that the engine exports its logs to."""

    @property
    def listener(self) -> Listener:
        return Listener(security_group_id=self.security_group_id, port=self.port, last_port=self.port)

    def references(self) -> Mapping[str, Value]:
        return {
            "endpoint": self.endpoint,
            "readerEndpoint": self.reader_endpoint,
            "port": str(self.port),
            "name": self.database_name,
        }

    def secret_statement(self, site: Site) -> iam.Statement:
        """RDS names the secret by an id that nobody knows beforehand, and tags it with the one cluster."""
        cluster = site.arn("rds", f"cluster:{self.cluster_identifier}")
        return iam.statement(
            iam.sid("Secret", self.name),
            ["secretsmanager:GetSecretValue"],
            [site.arn("secretsmanager", "secret:rds!cluster-*")],
            condition={"StringEquals": {"secretsmanager:ResourceTag/aws:rds:primaryDBClusterArn": cluster}},
        )


def sign_in_bounds(site: Site) -> list[iam.Statement]:
    """Resources of sign-ins are named by ids that AWS makes up, of proxies and of clusters."""
    arns = [site.arn("rds-db", f"dbuser:{kind}-*") for kind in ("cluster", "prx")]
    return [iam.statement("SignInToDatabases", ["rds-db:connect"], arns)]
