"""Outputs of VPC resources."""

from __future__ import annotations

from typing import Any

from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, ResourceKind, accountwide, regional


def _ec2(prefix: str, kind: str = "", **outputs: Any) -> ResourceKind:
    """An EC2 resource with an id such as vpc-0123456789abcdef0 and, when `kind` is given, an ARN of that kind."""
    return ResourceKind(prefix + "-{hex17}", regional("ec2", kind + "/{id}") if kind else None, outputs)


def _address(thing: FakeResource, salt: str, network: str) -> str:
    """An IPv4 address in a /24 of the documentation or private ranges."""
    return f"{network}.{1 + int(thing.made_up('hex', 8, salt), 16) % 254}"


def public_ip(thing: FakeResource) -> str:
    """An address of TEST-NET-3, which is routed nowhere."""
    return _address(thing, "public", "203.0.113")


def private_ip(thing: FakeResource) -> str:
    """An address in 10.0.0.0/24."""
    return _address(thing, "private", "10.0.0")


def _is_interface(thing: FakeResource) -> bool:
    return thing.text("vpcEndpointType", "Gateway") != "Gateway"


def _endpoint_dns(thing: FakeResource) -> list[dict[str, str]]:
    """The endpoint's own DNS name; gateway endpoints have none."""
    if not _is_interface(thing):
        return []
    service = thing.text("serviceName").rsplit(".", 1)[-1]
    name = thing.fill(f"{{id}}-{{lower8}}.{service}.{{region}}.vpce.{{suffix}}")
    return [{"dnsName": name, "hostedZoneId": thing.fill("Z{upper13:zone}")}]


def _rule_id(thing: FakeResource) -> str:
    """sgrule-NNNN: the provider numbers a rule by its content."""
    return thing.fill("sgrule-{digits10}")


_SECURITY_GROUP_RULE = ResourceKind(
    "sgr-{hex17}", regional("ec2", "security-group-rule/{id}"), {"securityGroupRuleId": "{id}"}
)

KINDS: dict[str, ResourceKind] = {
    "ec2/vpc": _ec2(
        "vpc",
        "vpc",
        defaultNetworkAclId="acl-{hex17:default}",
        defaultRouteTableId="rtb-{hex17:default}",
        mainRouteTableId="rtb-{hex17:default}",
        defaultSecurityGroupId="sg-{hex17:default}",
        dhcpOptionsId="dopt-{hex17:default}",
        ipv6AssociationId=lambda t: t.fill("vpc-cidr-assoc-{hex17}") if _has_ipv6(t) else "",
        ipv6CidrBlock=lambda t: t.fill("2600:1f18:{hex4}:{hex2}00::/56") if _has_ipv6(t) else "",
        enableDnsHostnames=lambda t: False,
    ),
    "ec2/defaultVpc": _ec2("vpc", "vpc", cidrBlock="172.31.0.0/16", instanceTenancy="default"),
    "ec2/subnet": _ec2("subnet", "subnet"),
    "ec2/defaultSubnet": _ec2("subnet", "subnet", cidrBlock="172.31.0.0/20"),
    "ec2/subnetCidrReservation": _ec2("scr"),
    "ec2/internetGateway": _ec2("igw", "internet-gateway"),
    "ec2/internetGatewayAttachment": ResourceKind("{internetGatewayId}:{vpcId}"),
    "ec2/egressOnlyInternetGateway": _ec2("eigw"),
    "ec2/carrierGateway": _ec2("cagw", "carrier-gateway"),
    "ec2/natGateway": _ec2(
        "nat",
        publicIp=lambda t: "" if t.text("connectivityType") == "private" else public_ip(t),
        privateIp=private_ip,
        networkInterfaceId="eni-{hex17}",
        associationId="eipassoc-{hex17}",
        availabilityMode="zonal",
    ),
    "ec2/eip": ResourceKind(
        "eipalloc-{hex17}",
        regional("ec2", "elastic-ip/{id}"),
        {
            "allocationId": "{id}",
            "domain": "vpc",
            "publicIp": public_ip,
            "publicDns": lambda t: (
                t.fill("ec2-") + public_ip(t).replace(".", "-") + t.fill(".{region}.compute.{suffix}")
            ),
            "networkBorderGroup": "{region}",
            "publicIpv4Pool": "amazon",
        },
    ),
    "ec2/eipAssociation": _ec2("eipassoc"),
    "ec2/route": ResourceKind("r-{routeTableId}{digits10}", outputs={"origin": "CreateRoute", "state": "active"}),
    "ec2/routeTable": _ec2("rtb", "route-table"),
    "ec2/defaultRouteTable": ResourceKind("{defaultRouteTableId}", regional("ec2", "route-table/{id}")),
    "ec2/routeTableAssociation": _ec2("rtbassoc"),
    "ec2/mainRouteTableAssociation": _ec2("rtbassoc", originalRouteTableId="rtb-{hex17:original}"),
    "ec2/networkAcl": _ec2("acl", "network-acl"),
    "ec2/defaultNetworkAcl": ResourceKind("{defaultNetworkAclId}", regional("ec2", "network-acl/{id}")),
    "ec2/networkAclRule": ResourceKind("nacl-{digits10}"),
    "ec2/networkAclAssociation": _ec2("aclassoc"),
    "ec2/securityGroup": _ec2("sg", "security-group"),
    "ec2/defaultSecurityGroup": _ec2(
        "sg", "security-group", name=lambda t: "default", description="default VPC security group"
    ),
    "ec2/securityGroupRule": ResourceKind(_rule_id, outputs={"securityGroupRuleId": "sgr-{hex17}"}),
    "ec2/vpcSecurityGroupRulesExclusive": ResourceKind("{securityGroupId}"),
    "vpc/securityGroupIngressRule": _SECURITY_GROUP_RULE,
    "vpc/securityGroupEgressRule": _SECURITY_GROUP_RULE,
    "vpc/securityGroupVpcAssociation": ResourceKind("{securityGroupId},{vpcId}", outputs={"state": "associated"}),
    "vpc/endpointPrivateDns": ResourceKind("{vpcEndpointId}"),
    "vpc/routeServer": _ec2("rs", "route-server", routeServerId="{id}"),
    "vpc/routeServerEndpoint": _ec2("rse", "route-server-endpoint", routeServerEndpointId="{id}"),
    "vpc/routeServerPeer": _ec2("rsp", "route-server-peer", routeServerPeerId="{id}"),
    "vpc/routeServerPropagation": ResourceKind("{routeServerId},{routeTableId}"),
    "vpc/routeServerVpcAssociation": ResourceKind("{routeServerId},{vpcId}"),
    "ec2/vpcEndpoint": _ec2(
        "vpce",
        "vpc-endpoint",
        state="available",
        dnsEntries=_endpoint_dns,
        prefixListId=lambda t: "" if _is_interface(t) else t.fill("pl-{hex8}"),
        cidrBlocks=lambda t: [] if _is_interface(t) else ["203.0.113.0/24"],
        networkInterfaceIds=lambda t: [
            t.fill(f"eni-{{hex17:{index}}}") for index, _ in enumerate(t.inputs.get("subnetIds") or [])
        ],
        ipAddressType=lambda t: "ipv4",
        serviceRegion="{region}",
        policy='{"Version":"2008-10-17","Statement":[]}',
    ),
    "ec2/vpcEndpointPolicy": ResourceKind("{vpcEndpointId}"),
    "ec2/vpcEndpointRouteTableAssociation": ResourceKind("a-{vpcEndpointId}{digits10}"),
    "ec2/vpcEndpointSubnetAssociation": ResourceKind("a-{vpcEndpointId}{digits10}"),
    "ec2/vpcEndpointService": _ec2(
        "vpce-svc",
        "vpc-endpoint-service",
        serviceName="com.amazonaws.vpce.{region}.{id}",
        serviceType="Interface",
        state="Available",
    ),
    "ec2/vpcEndpointConnectionNotification": _ec2("vpce-nfn"),
    "ec2/vpcPeeringConnection": _ec2("pcx", acceptStatus="active"),
    "ec2/vpcPeeringConnectionAccepter": ResourceKind("{vpcPeeringConnectionId}", outputs={"acceptStatus": "active"}),
    "ec2/vpcDhcpOptions": _ec2("dopt", "dhcp-options"),
    "ec2/defaultVpcDhcpOptions": _ec2("dopt", "dhcp-options"),
    "ec2/vpcDhcpOptionsAssociation": ResourceKind("{dhcpOptionsId}-{vpcId}"),
    "ec2/vpcIpv4CidrBlockAssociation": _ec2("vpc-cidr-assoc"),
    "ec2/vpcIpv6CidrBlockAssociation": _ec2("vpc-cidr-assoc"),
    "ec2/vpcBlockPublicAccessOptions": ResourceKind(
        "{region}", outputs={"awsAccountId": "{account}", "awsRegion": "{region}"}
    ),
    "ec2/vpcBlockPublicAccessExclusion": _ec2("vpcbpa-exclude"),
    "ec2/vpcEncryptionControl": _ec2("vpcec", state="available"),
    "ec2/flowLog": _ec2("fl", "vpc-flow-log"),
    "ec2/managedPrefixList": _ec2("pl", "prefix-list", version=lambda t: 1),
    "ec2/managedPrefixListEntry": ResourceKind("{prefixListId},{cidr}"),
    "ec2/networkInterface": _ec2("eni", "network-interface", privateIp=private_ip, macAddress="02:00:00:00:00:01"),
    "ec2/networkInterfaceAttachment": _ec2("eni-attach"),
    "ec2/networkInsightsPath": _ec2("nip", "network-insights-path"),
    "ec2/networkInsightsAnalysis": _ec2("nia", "network-insights-analysis"),
    "ec2/customerGateway": _ec2("cgw", "customer-gateway"),
    "ec2/vpnGateway": _ec2("vgw", "vpn-gateway"),
    "ec2/vpnConnection": _ec2("vpn", "vpn-connection"),
    "ec2/trafficMirrorFilter": _ec2("tmf", "traffic-mirror-filter"),
    "ec2/trafficMirrorFilterRule": _ec2("tmfr", "traffic-mirror-filter-rule"),
    "ec2/trafficMirrorSession": _ec2("tms", "traffic-mirror-session"),
    "ec2/trafficMirrorTarget": _ec2("tmt", "traffic-mirror-target"),
    "ec2/vpcIpam": ResourceKind("ipam-{hex17}", accountwide("ec2", "ipam/{id}")),
    "ec2/vpcIpamPool": ResourceKind("ipam-pool-{hex17}", accountwide("ec2", "ipam-pool/{id}")),
    "ec2/vpcIpamScope": ResourceKind("ipam-scope-{hex17}", accountwide("ec2", "ipam-scope/{id}")),
}


def _has_ipv6(thing: FakeResource) -> bool:
    return bool(thing.inputs.get("assignGeneratedIpv6CidrBlock") or thing.inputs.get("ipv6IpamPoolId"))
