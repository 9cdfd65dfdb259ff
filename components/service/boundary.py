"""The most that any task may do, whatever is written into its role later.

It names what services can be given: stores of this stack, and traces. With it on every task's role, whoever may write
into such a role (the incident response, which revokes sessions there) can give it nothing new.
"""

from __future__ import annotations

import pulumi_aws as aws

from components import iam
from components.base import Component
from components.handles import KeyRing
from components.key_use import ENCRYPT
from components.service import roles
from components.site import Site
from components.stores.registry import KINDS, Stores


def name(site: Site) -> str:
    return site.named("task-boundary")


def task_boundary(tier: Component, keys: KeyRing, stores: Stores) -> aws.iam.Policy:
    """The managed policy that bounds every service's task role."""
    site = tier.site
    return aws.iam.Policy(
        tier.child("task-boundary"),
        name=name(site),
        description=f"{site.prefix}: the most that a service's task may do",
        policy=iam.document(*statements(site, keys, stores)),
        tags=tier.tags("internal", name(site)),
        opts=tier.opts(),
    )


def statements(site: Site, keys: KeyRing, stores: Stores) -> list[iam.Statement]:
    """Every use of a store that settings can give to a service, on things of this stack alone."""
    kinds = [kind for kind in KINDS if stores.of(kind)]
    actions = sorted({action for kind in kinds for action in kind.actions})
    own = [f"arn:aws:*:*:{site.account_id}:*{site.prefix}*"]
    return [
        *([iam.statement("UseStores", actions, own)] if actions else []),
        *(bound for kind in kinds for bound in kind.bounds(site)),
        *(bound for kind in kinds if kind.connect is not None for bound in kind.connect.bounds(site)),
        iam.statement(
            "UseKey",
            ENCRYPT,
            [site.arn("kms", "key/*")],
            condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": keys.data.alias_name}},
        ),
        # X-Ray's calls take no resource.
        iam.statement("Trace", roles.TRACE_ACTIONS, ["*"]),
    ]
