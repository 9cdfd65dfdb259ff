"""Service-linked roles: which are there, and which AWS makes when the stack first uses a service.

Names and services: the documents of the policies that AWS manages, as Moto carries them, and each service's guide,
"Using service-linked roles".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from account.preflight.kinds import ROLES
from account.preflight.look import TAGGED, Check, Look, Subject
from account.preflight.verdict import ReportLine, fails, holds

_LINKED: Final = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
_PREFIX: Final = "AWSServiceRoleFor"

LINKED_ROLES: Final = {
    "aws:accessanalyzer/analyzer:Analyzer": "AWSServiceRoleForAccessAnalyzer",
    "aws:autoscaling/group:Group": "AWSServiceRoleForAutoScaling",
    "aws:backup/vault:Vault": "AWSServiceRoleForBackup",
    "aws:cfg/conformancePack:ConformancePack": "AWSServiceRoleForConfigConforms",
    "aws:computeoptimizer/enrollmentStatus:EnrollmentStatus": "AWSServiceRoleForComputeOptimizer",
    "aws:ecs/cluster:Cluster": "AWSServiceRoleForECS",
    "aws:eks/cluster:Cluster": "AWSServiceRoleForAmazonEKS",
    "aws:elasticache/replicationGroup:ReplicationGroup": "AWSServiceRoleForElastiCache",
    "aws:lb/loadBalancer:LoadBalancer": "AWSServiceRoleForElasticLoadBalancing",
    "aws:opensearch/domain:Domain": "AWSServiceRoleForAmazonOpenSearchService",
    "aws:rds/cluster:Cluster": "AWSServiceRoleForRDS",
    "aws:servicequotas/serviceQuota:ServiceQuota": "AWSServiceRoleForServiceQuotas",
}


def checks() -> tuple[Check, ...]:
    return (
        Check(title="linked roles", hold=_roles, reads=(ROLES,), concerns=_wanted),
        Check(title="linked roles", hold=_own, reads=(ROLES, TAGGED), concerns=_suffixes),
    )


def _wanted(subject: Subject) -> list[str]:
    return sorted({name for token, name in LINKED_ROLES.items() if subject.of(token)})


def _roles(look: Look) -> Iterator[ReportLine]:
    wanted, there = _wanted(look.subject), set(look.ask(ROLES))
    if found := [name for name in wanted if name in there]:
        yield holds(f"{len(found)} are there")
    if missing := [name for name in wanted if name not in there]:
        yield holds(
            f"AWS makes {', '.join(missing)} at the first use, if whoever deploys may iam:CreateServiceLinkedRole"
        )


def _suffixes(subject: Subject) -> list[str]:
    """Custom suffixes of the service-linked roles that the stack makes."""
    return sorted({one.inputs["customSuffix"] for one in subject.of(_LINKED) if one.inputs.get("customSuffix")})


def _own(look: Look) -> Iterator[ReportLine]:
    there = look.ask(ROLES)
    for suffix in _suffixes(look.subject):
        taken = [name for name in there if name.startswith(_PREFIX) and name.endswith(f"_{suffix}")]
        if not taken:
            yield holds(f"no linked role ends with {suffix}")
        elif look.stands():
            yield holds(f"{taken[0]} is the stack's own")
        else:
            yield fails(
                f"{taken[0]} is there already", f"delete it: aws iam delete-service-linked-role --role-name {taken[0]}"
            )
