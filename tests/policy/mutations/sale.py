"""Mistakes that let a sale meet too little: each link of the chain, weakened where a program would weaken it."""

from __future__ import annotations

from tests.policy.mutations import Mistakes, drop, put, remove

mistakes = Mistakes()
M = mistakes
RULE = "sale-capacity"
TARGET = "aws:appautoscaling/target:Target"
ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
SCHEDULE = "aws:scheduler/schedule:Schedule"
CLUSTER = "aws:rds/cluster:Cluster"
TABLE = "aws:dynamodb/table:Table"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"

M(RULE, "a service may have fewer tasks than its peak needs", put(TARGET, "maxCapacity", 60, "services-ui-*"))
M(RULE, "a service scales under another name", put(TARGET, "resourceId", "service/other/ui", "services-ui-*"))
M(RULE, "nothing is scaled ahead of the opening", remove(ACTION))
M(
    RULE,
    "the minimum before the opening is too low",
    put(ACTION, "scalableTargetAction.minCapacity", 10, "services-ui-*", every=True),
)
M(RULE, "tasks are larger than the quota takes", put("aws:ecs/taskDefinition:TaskDefinition", "cpu", "4096", "*-ui-*"))
M(RULE, "nobody asks for more vCPU", remove("aws:servicequotas/serviceQuota:ServiceQuota"))
M(RULE, "a database may not grow", put(CLUSTER, "serverlessv2ScalingConfiguration.maxCapacity", 4, "*-catalog"))
M(RULE, "nobody raises the database before the opening", remove(SCHEDULE, "sale-catalog-*"))
M(
    RULE,
    "the proxy opens few connections",
    put(
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        "connectionPoolConfig.maxConnectionsPercent",
        5,
        "*-catalog",
    ),
)
M(RULE, "a table has a low bound", put(TABLE, "onDemandThroughput", {"maxWriteRequestUnits": 100}, "*-carts"))
M(
    RULE,
    "a table is provisioned for an ordinary day",
    put(TABLE, "billingMode", "PROVISIONED", "*-carts"),
    put(TABLE, "writeCapacity", 50, "*-carts"),
)
M(RULE, "a cache is gone", remove(CACHE))
M(
    RULE,
    "customers hit a rate limit",
    put(WEB_ACL, "rules.*.statement.rateBasedStatement.limit", 10, "edge-cdn-*"),
)
M(RULE, "there is no way to the internet", remove("aws:ec2/natGateway:NatGateway"))
M(
    RULE,
    "order events are published two at a time",
    put("aws:lambda/function:Function", "reservedConcurrentExecutions", 2, "order-events-*"),
)
M(RULE, "a database lost its Serverless capacity", drop(CLUSTER, "serverlessv2ScalingConfiguration", name="*-catalog"))
