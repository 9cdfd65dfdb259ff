"""Switches that expose a resource to the internet or to other accounts."""

from __future__ import annotations

from ..tokens import PROJECT
from .switch import Switch

_OFF = ("false",)
_PUBLIC = "has a public address"

EXPOSURE = (
    Switch(
        token="aws:msk/cluster:Cluster",
        path="brokerNodeGroupInfo.connectivityInfo.publicAccess.type",
        right=("disabled",),
        absent="disabled",
        says=_PUBLIC,
        source="FSBP MSK.4",
    ),
    Switch(
        token="aws:msk/cluster:Cluster",
        path="clientAuthentication.unauthenticated",
        right=_OFF,
        absent="false",
        says="admits clients without authentication",
        source="FSBP MSK.6",
    ),
    *(
        Switch(token=token, path="publiclyAccessible", right=_OFF, absent=absent, says=_PUBLIC, source=source)
        for token, absent, source in (
            ("aws:redshift/cluster:Cluster", "false", "FSBP Redshift.1"),
            ("aws:redshiftserverless/workgroup:Workgroup", "false", "FSBP RedshiftServerless.3"),
            ("aws:mq/broker:Broker", "false", "CKV_AWS_69"),
            ("aws:dms/replicationInstance:ReplicationInstance", "false", "FSBP DMS.1"),
            ("aws:neptune/clusterInstance:ClusterInstance", "false", "CKV_AWS_102"),
            ("aws:rds/shardGroup:ShardGroup", "false", "provider"),
        )
    ),
    Switch(
        token="aws:sagemaker/notebookInstance:NotebookInstance",
        path="directInternetAccess",
        right=("disabled",),
        absent="enabled",
        says="reaches the internet outside its VPC",
        source="FSBP SageMaker.1, CKV_AWS_122",
    ),
    Switch(
        token="aws:mwaa/environment:Environment",
        path="webserverAccessMode",
        right=("private_only",),
        absent="private_only",
        says="exposes its web server to the internet",
        source="provider",
    ),
    Switch(
        token="aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
        path="state",
        right=("block-all-sharing",),
        says="makes snapshots public",
        source="FSBP EC2.182",
    ),
    Switch(
        token="aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
        path="state",
        right=("block-new-sharing",),
        says="makes images public",
        source="provider",
    ),
    Switch(
        token="aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions",
        path="internetGatewayBlockMode",
        right=("block-bidirectional", "block-ingress"),
        says="blocks nothing",
        source="FSBP EC2.172",
    ),
    Switch(
        token="aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration",
        path="blockPublicSecurityGroupRules",
        says="blocks nothing",
        source="FSBP EMR.2",
    ),
    Switch(
        token="aws:ec2transitgateway/transitGateway:TransitGateway",
        path="autoAcceptSharedAttachments",
        right=("disable",),
        absent="disable",
        says="lets networks of other accounts join unasked",
        source="FSBP EC2.23, CKV_AWS_331",
    ),
    *(
        Switch(
            token="aws:appsync/graphQLApi:GraphQLApi",
            path=path,
            wrong=("api_key",),
            says="authenticates by an API key that its pages reveal",
            source="FSBP AppSync.5",
        )
        for path in ("authenticationType", "additionalAuthenticationProviders.authenticationType")
    ),
    Switch(
        token=PROJECT,
        path="projectVisibility",
        right=("private",),
        absent="private",
        says="makes its builds and their logs public",
        source="provider",
    ),
    Switch(
        token="aws:ssm/serviceSetting:ServiceSetting",
        path="settingValue",
        wrong=("enable",),
        says="allows public documents",
        source="FSBP SSM.7",
        where=(("settingId", ("/ssm/documents/console/public-sharing-permission",)),),
    ),
)
