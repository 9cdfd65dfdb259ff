"""Rules for VPC endpoints: restricted principals and resources."""

from __future__ import annotations

from collections.abc import Iterator

from ..documents import Statement
from ..patterns import is_wildcard_resource
from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Severity, rule
from ..strangers import Admission, opened
from ..values import each

# Conditions that keep to the owner's resources, where those aren't named.
_OWN_RESOURCES = ("aws:resourceaccount", "s3:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths")


@rule(
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy",
    name="vpc-endpoint-scoped",
    title="A VPC endpoint's policy, if it has one, is limited to named principals or named resources.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    controls=("Well-Architected SEC03-BP05",),
    remedy="Add StringEquals aws:PrincipalAccount or aws:ResourceAccount, or the organisation's keys",
)
def vpc_endpoint_scoped(endpoint: Resource, context: RuleContext) -> Problems:
    admission = Admission(endpoint.raw("policy"))
    yield from each(admission.allowing, lambda statement: _passing(statement, admission))


def _passing(statement: Statement, admission: Admission) -> Iterator[str]:
    anything = not statement.resources or any(map(is_wildcard_resource, statement.reached()))
    if anything and not statement.narrowed_by(*_OWN_RESOURCES) and any(opened(statement, admission)):
        yield f"{statement.label} lets the principals of any account through to the resources of any account"


RULES = (vpc_endpoint_scoped,)
