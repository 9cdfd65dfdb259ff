"""The region and its zones: open to this account, and with every service that the stack is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from account.preflight.look import Check, Look, Subject
from account.preflight.reads import read
from account.preflight.verdict import ReportLine, fails, holds, not_known
from aws_facts.regions import EDGE_REGION
from specs.compute_kinds import FARGATE
from specs.zones import refuse_lacking

_REGIONS: Final = read(
    "ec2", "describe_regions", "ec2:DescribeRegions", "Regions[].[RegionName, OptInStatus]", "InvalidParameterValue"
)
_ZONES: Final = read(
    "ec2",
    "describe_availability_zones",
    "ec2:DescribeAvailabilityZones",
    "AvailabilityZones[?ZoneType=='availability-zone'].[ZoneName, ZoneId, State]",
)
_SERVICES: Final = read("ssm", "get_parameters_by_path", "ssm:GetParametersByPath", "Parameters[].Value")
_ENDPOINTS: Final = read(
    "ec2",
    "describe_vpc_endpoint_services",
    "ec2:DescribeVpcEndpointServices",
    "ServiceDetails[].[ServiceName, AvailabilityZones]",
    more=("NextToken", "NextToken"),
)
_SUBNET: Final = "aws:ec2/subnet:Subnet"
_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"

# Names in AWS's public parameters under /aws/service/global-infrastructure of the services behind Pulumi's modules, by
# the list of them that Moto carries. Services that are the same everywhere have no place in it.
GLOBAL: Final = frozenset({"budgets", "cloudfront", "costexplorer", "costoptimizationhub", "iam", "route53", "shield"})
SERVICES: Final = {
    "accessanalyzer": "accessanalyzer",
    "acm": "acm",
    "appautoscaling": "application-autoscaling",
    "autoscaling": "autoscaling",
    "backup": "backup",
    "cfg": "config",
    "cloudtrail": "cloudtrail",
    "cloudwatch": "cloudwatch",
    "codebuild": "codebuild",
    "codecommit": "codecommit",
    "codeconnections": "codeconnections",
    "codepipeline": "codepipeline",
    "computeoptimizer": "compute-optimizer",
    "dynamodb": "dynamodb",
    "ebs": "ebs",
    "ec2": "ec2",
    "ecr": "ecr",
    "ecs": "ecs",
    "eks": "eks",
    "elasticache": "elasticache",
    "guardduty": "guardduty",
    "inspector2": "inspector2",
    "kms": "kms",
    "lambda": "lambda",
    "lb": "elb",
    "rds": "aurora",
    "s3": "s3",
    "scheduler": "scheduler",
    "secretsmanager": "secretsmanager",
    "securityhub": "securityhub",
    "servicediscovery": "servicediscovery",
    "servicequotas": "service-quotas",
    "sfn": "stepfunctions",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "vpc": "vpc",
    "wafv2": "waf-regional",
    "xray": "xray",
}


def checks() -> tuple[Check, ...]:
    return (
        Check(title="region", hold=_region, reads=(_REGIONS,)),
        Check(title="zones", hold=_zones, reads=(_ZONES,)),
        Check(title="services", hold=_services, reads=(_SERVICES,)),
        Check(title="endpoints", hold=_endpoints, reads=(_ENDPOINTS,), concerns=lambda subject: subject.of(_ENDPOINT)),
    )


def _region(look: Look) -> Iterator[ReportLine]:
    region = look.shop.region
    # Read from a region that no account can switch off: the one in question does not answer before it is enabled.
    found = dict(look.ask(_REGIONS, EDGE_REGION, RegionNames=[region], AllRegions=True))
    if region not in found:
        yield fails(f"{region}: AWS has no such region", "set aws:region to another one")
    elif found[region] == "not-opted-in":
        yield fails(
            f"{region} is not switched on in this account",
            f"switch it on: aws account enable-region --region-name {region}, and wait until it is",
        )
    else:
        yield holds(f"{region} is open to this account")


def _zones(look: Look) -> Iterator[ReportLine]:
    found = {name: (id_, state) for name, id_, state in look.ask(_ZONES)}
    available = {name: id_ for name, (id_, state) in found.items() if state == "available"}
    try:
        refuse_lacking(look.shop, available)
    except ValueError as error:
        said, _, remedy = str(error).partition("; ")
        yield fails(f"saleday:{said}", remedy)
        return
    wanted = ", ".join(f"{name} ({available[name]})" for name in look.shop.zone_names)
    yield holds(f"{wanted} have what the stack uses")


def modules(subject: Subject) -> dict[str, str]:
    """The AWS services that the stack's resources in its own region are of, by Pulumi's name for them."""
    used = {
        resource.token.split(":")[1].partition("/")[0]
        for resource in subject.program.resources
        if resource.custom and resource.token.startswith("aws:")
    }
    return {module: SERVICES[module] for module in sorted(used) if module in SERVICES}


def _services(look: Look) -> Iterator[ReportLine]:
    region = look.shop.region
    there = set(look.ask(_SERVICES, EDGE_REGION, Path=f"/aws/service/global-infrastructure/regions/{region}/services"))
    if not there:
        yield not_known(f"AWS lists no services for {region}")
        return
    wanted = modules(look.subject)
    if "ecs" in wanted and FARGATE.name in look.shop.compute_kinds:
        wanted["fargate"] = "fargate"
    for service in sorted({service for service in wanted.values() if service not in there}):
        yield fails(f"{region} does not have {service}", "set aws:region to a region that has it")
    yield holds(f"{sum(service in there for service in wanted.values())} services are in {region}")


def _endpoints(look: Look) -> Iterator[ReportLine]:
    subnets = {subnet.outputs["id"]: subnet.inputs["availabilityZone"] for subnet in look.subject.of(_SUBNET)}
    wanted = {
        endpoint.inputs["serviceName"]: {subnets.get(one, "") for one in endpoint.inputs.get("subnetIds", ())} - {""}
        for endpoint in look.subject.of(_ENDPOINT)
    }
    filters = [{"Name": "service-name", "Values": sorted(wanted)}]
    offered = {name: set(zones) for name, zones in look.ask(_ENDPOINTS, Filters=filters)}
    count = 0
    for service, zones in sorted(wanted.items()):
        if service not in offered:
            yield fails(f"{service}: there is no such endpoint service", "set aws:region to a region that has it")
        elif missing := sorted(zones - offered[service]):
            yield fails(
                f"{service} has no endpoint in {', '.join(missing)}", "take other zones in saleday:network.zones"
            )
        else:
            count += 1
    if count:
        yield holds(f"{count} endpoint services are in the stack's zones")
