"""Switches of encryption on the way."""

from __future__ import annotations

from ..tokens import PROJECT, TASK_DEFINITION
from .switch import Switch

_OFF = ("false",)
_SEARCH = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
_MODERN_SEARCH = (
    "policy-min-tls-1-2-2019-07",
    "policy-min-tls-1-2-pfs-2023-10",
    "policy-min-tls-1-2-rfc9151-fips-2024-08",
)

IN_TRANSIT = (
    *(
        switch
        for token in _SEARCH
        for switch in (
            Switch(
                token=token,
                path="nodeToNodeEncryption.enabled",
                absent="false",
                says="has no encryption in transit between nodes",
                source="FSBP Opensearch.3, CKV_AWS_6",
            ),
            Switch(
                token=token,
                path="domainEndpointOptions.enforceHttps",
                absent="false",
                inside="true",
                says="accepts requests in clear text",
                source="CKV_AWS_83",
            ),
            Switch(
                token=token,
                path="domainEndpointOptions.tlsSecurityPolicy",
                right=_MODERN_SEARCH,
                absent="policy-min-tls-1-0-2019-07",
                says="still allows TLS 1.0",
                source="FSBP Opensearch.8, CKV_AWS_228",
            ),
        )
    ),
    Switch(
        token="aws:msk/cluster:Cluster",
        path="encryptionInfo.encryptionInTransit.clientBroker",
        right=("tls",),
        absent="tls",
        says="accepts clients in clear text",
        source="FSBP MSK.1, CKV_AWS_81",
    ),
    Switch(
        token="aws:msk/cluster:Cluster",
        path="encryptionInfo.encryptionInTransit.inCluster",
        absent="true",
        says="has no encryption in transit between brokers",
        source="FSBP MSK.1, CKV_AWS_81",
    ),
    Switch(
        token="aws:memorydb/cluster:Cluster",
        path="tlsEnabled",
        absent="true",
        says="has no encryption in transit",
        source="CKV_AWS_202",
    ),
    Switch(
        token=TASK_DEFINITION,
        path="volumes.efsVolumeConfiguration.transitEncryption",
        right=("enabled",),
        absent="disabled",
        says="mounts a file system in clear text",
        source="CKV_AWS_97",
        where=(("fileSystemId", ()),),
    ),
    *(
        Switch(
            token=PROJECT,
            path=f"{block}.insecureSsl",
            right=_OFF,
            absent="false",
            says="doesn't verify the certificate of its source (insecureSsl)",
            source="provider",
        )
        for block in ("source", "secondarySources")
    ),
)
