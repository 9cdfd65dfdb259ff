"""A monthly budget with its alerts and, by setting, its action; alerts on unusual spending."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from specs.account import Holding
from specs.cost import Anomalies, Budget, BudgetAction

# Actions that start hourly costs. Scaling of running services is excluded: the shop stays up.
SPENDING: Final = (
    "ec2:AllocateAddress",
    "ec2:CreateNatGateway",
    "ec2:CreateVolume",
    "ec2:CreateVpcEndpoint",
    "ec2:RunInstances",
    "eks:CreateCluster",
    "elasticache:CreateReplicationGroup",
    "elasticache:CreateServerlessCache",
    "elasticloadbalancing:CreateLoadBalancer",
    "rds:CreateDBCluster",
    "rds:CreateDBInstance",
    "rds:RestoreDBClusterFromSnapshot",
)


def build(tier: Component, budget: Budget, topic_arn: pulumi.Output[str]) -> None:
    site = tier.site
    name = site.named("monthly")
    spent = [_notification("ACTUAL", percent, topic_arn) for percent in sorted(budget.alert_percents)]
    expected = (
        [_notification("FORECASTED", budget.forecast_percent, topic_arn)] if budget.forecast_percent is not None else []
    )
    made = aws.budgets.Budget(
        tier.child("monthly"),
        name=name,
        budget_type="COST",
        time_unit="MONTHLY",
        limit_amount=f"{budget.monthly_usd:.2f}",
        limit_unit="USD",
        notifications=[*spent, *expected],
        tags=tier.tags("internal", name),
        opts=tier.opts(),
    )
    if budget.action is not None:
        _deny_new_spending(tier, budget.action, made, topic_arn)


def _notification(kind: str, percent: float, topic_arn: pulumi.Output[str]) -> aws.budgets.BudgetNotificationArgs:
    return aws.budgets.BudgetNotificationArgs(
        notification_type=kind,
        comparison_operator="GREATER_THAN",
        threshold=percent,
        threshold_type="PERCENTAGE",
        subscriber_sns_topic_arns=[topic_arn],
    )


def _deny_new_spending(
    tier: Component, action: BudgetAction, budget: aws.budgets.Budget, topic_arn: pulumi.Output[str]
) -> None:
    site = tier.site
    physical = site.named("no-new-spending")
    policy = aws.iam.Policy(
        tier.child("no-new-spending"),
        name=physical,
        description=f"{site.prefix}: nothing new that costs money, as the budget is used up",
        policy=iam.document(iam.statement("NothingNew", SPENDING, ["*"], effect="Deny")),
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )
    attach = iam.document(
        iam.statement(
            "AttachThisPolicyAlone",
            ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            [site.iam_arn(f"role/{name}") for name in action.roles],
            condition={"ArnEquals": {"iam:PolicyARN": site.iam_arn(f"policy/{physical}")}},
        )
    )
    # The same again as a boundary: whatever is attached to this role one day, it changes nothing else in IAM.
    boundary = aws.iam.Policy(
        tier.child("budget-action", "boundary"),
        name=site.named("budget-action", "boundary"),
        description=f"{site.prefix}: the most that AWS Budgets may do",
        policy=attach,
        tags=tier.tags("internal", site.named("budget-action", "boundary")),
        opts=tier.opts(),
    )
    role = aws.iam.Role(
        tier.child("budget-action"),
        name=site.named("budget-action"),
        description=f"{site.prefix}: lets AWS Budgets deny roles to start anything new",
        assume_role_policy=iam.trust(
            "budgets.amazonaws.com", account_id=site.account_id, source_arn=site.arn("budgets", "*", region="")
        ),
        permissions_boundary=boundary.arn,
        tags=tier.tags("internal", site.named("budget-action")),
        opts=tier.opts(),
    )
    permission = aws.iam.RolePolicy(
        tier.child("budget-action"),
        name="deny-new-spending",
        role=role.name,
        policy=attach,
        opts=tier.opts(parent=role),
    )
    aws.budgets.BudgetAction(
        tier.child("budget-action"),
        budget_name=budget.name,
        action_type="APPLY_IAM_POLICY",
        approval_model=action.approval.upper(),
        notification_type="ACTUAL",
        action_threshold=aws.budgets.BudgetActionActionThresholdArgs(
            action_threshold_type="PERCENTAGE", action_threshold_value=action.at_percent
        ),
        definition=aws.budgets.BudgetActionDefinitionArgs(
            iam_action_definition=aws.budgets.BudgetActionDefinitionIamActionDefinitionArgs(
                policy_arn=policy.arn, roles=list(action.roles)
            )
        ),
        execution_role_arn=role.arn,
        subscribers=[aws.budgets.BudgetActionSubscriberArgs(subscription_type="SNS", address=topic_arn)],
        tags=tier.tags("internal", site.named("budget-action")),
        opts=tier.opts(parent=budget, depends_on=[permission]),
    )


def watch_anomalies(tier: Component, anomalies: Anomalies, topic_arn: pulumi.Output[str], holding: Holding) -> None:
    """Alerts of the account's monitor of services: the one that is named, or the stack's own where it makes one."""
    site = tier.site
    monitor: pulumi.Input[str] | None = anomalies.monitor_arn
    if holding == "create":
        physical = site.named("services")
        monitor = aws.costexplorer.AnomalyMonitor(
            tier.child("services"),
            name=physical,
            monitor_type="DIMENSIONAL",
            monitor_dimension="SERVICE",
            tags=tier.tags("internal", physical),
            opts=tier.opts(),
        ).arn
    if monitor is None:
        return
    physical = site.named("anomalies")
    aws.costexplorer.AnomalySubscription(
        tier.child("anomalies"),
        name=physical,
        frequency="IMMEDIATE",  # the only one that a topic can be told with
        monitor_arn_lists=[monitor],
        subscribers=[aws.costexplorer.AnomalySubscriptionSubscriberArgs(type="SNS", address=topic_arn)],
        threshold_expression=aws.costexplorer.AnomalySubscriptionThresholdExpressionArgs(
            dimension=aws.costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs(
                key="ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                match_options=["GREATER_THAN_OR_EQUAL"],
                values=[f"{anomalies.impact_usd:g}"],
            )
        ),
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )
