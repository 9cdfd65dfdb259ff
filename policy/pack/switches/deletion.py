"""Switches that protect against accidental deletion."""

from __future__ import annotations

from ..tokens import BACKUP_VAULT, BUCKET, RDS_CLUSTER, REPOSITORY, SECRET
from .switch import Switch

_UNPROTECTED = "has no deletion protection"

DELETION = (
    *(
        Switch(token=token, path=path, right=right, absent=absent, says=_UNPROTECTED, source=source)
        for token, path, right, absent, source in (
            ("aws:neptune/cluster:Cluster", "deletionProtection", ("true",), "false", "FSBP Neptune.4"),
            ("aws:docdb/cluster:Cluster", "deletionProtection", ("true",), "false", "FSBP DocumentDB.5"),
            ("aws:rds/globalCluster:GlobalCluster", "deletionProtection", ("true",), "false", "provider"),
            ("aws:neptune/globalCluster:GlobalCluster", "deletionProtection", ("true",), "false", "provider"),
            ("aws:docdb/globalCluster:GlobalCluster", "deletionProtection", ("true",), "false", "provider"),
            ("aws:dsql/cluster:Cluster", "deletionProtectionEnabled", ("true",), "false", "provider"),
            ("aws:cognito/userPool:UserPool", "deletionProtection", ("active",), "inactive", "FSBP Cognito.6"),
            ("aws:networkfirewall/firewall:Firewall", "deleteProtection", ("true",), "false", "FSBP NetworkFirewall.9"),
            (
                "aws:cloudtrail/eventDataStore:EventDataStore",
                "terminationProtectionEnabled",
                ("true",),
                "true",
                "provider",
            ),
        )
    ),
    *(
        Switch(token=token, path=path, wrong=("true",), says="is deleted with all that it holds", source="provider")
        for token, path in (
            (BUCKET, "forceDestroy"),
            (REPOSITORY, "forceDelete"),
            (BACKUP_VAULT, "forceDestroy"),
        )
    ),
    *(
        Switch(
            token=token,
            path="skipFinalSnapshot",
            wrong=("true",),
            says="is deleted without a final snapshot",
            source="provider",
        )
        for token in (
            "aws:neptune/cluster:Cluster",
            "aws:docdb/cluster:Cluster",
            "aws:redshift/cluster:Cluster",
        )
    ),
    Switch(
        token=RDS_CLUSTER,
        path="deleteAutomatedBackups",
        wrong=("true",),
        says="is deleted with its backups",
        source="provider",
    ),
    Switch(
        token=SECRET,
        path="recoveryWindowInDays",
        wrong=("0",),
        says="is deleted at once, without a time to recover it",
        source="provider",
    ),
)
