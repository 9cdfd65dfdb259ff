"""Sale days: every kind of link, with the resources that carry it and without."""

from __future__ import annotations

import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.harness import UNKNOWN, It

table = Table()
RULE = "sale-capacity"
SCALABLE = "service/shop/shop-ui"


def day(*links: dict[str, Any]) -> It:
    return It("saleday:sale:SaleDay", "sale", {"events": ["diwali"], "links": list(links)})


def link(kind: str, on: str, required: float, per_unit: float = 1.0, **more: Any) -> dict[str, Any]:
    return {
        "name": f"the {kind} link",
        "kind": kind,
        "on": on,
        "required": required,
        "perUnit": per_unit,
        "unit": "requests/s",
        "setting": "services[ui].scaling.max",
        **more,
    }


def call(api: str, **parameters: Any) -> It:
    """A scheduled call of an AWS API."""
    target = {"arn": f"arn:aws:scheduler:::aws-sdk:{api}", "input": json.dumps(parameters)}
    return It("aws:scheduler/schedule:Schedule", f"call-{api}", {"name": "call", "target": target})


TARGET = It("aws:appautoscaling/target:Target", "target", {"resourceId": SCALABLE, "minCapacity": 3, "maxCapacity": 90})
RISE = It(
    "aws:appautoscaling/scheduledAction:ScheduledAction",
    "rise",
    {"resourceId": SCALABLE, "schedule": "at(2030-10-18T22:45:00)", "scalableTargetAction": {"minCapacity": 90}},
)

# tasks: as many as there may be, and as many as stand before anybody asks
TASKS = day(link("tasks", SCALABLE, 4500, 50))
table.passes(RULE, TASKS, TARGET)
table.fails(RULE, TASKS, TARGET.but(maxCapacity=60), says="4,500 requests/s needed, 3,000 provided, margin -33%")
table.fails(RULE, TASKS, TARGET.but(maxCapacity=60), says="fix: services[ui].scaling.max")
table.fails(RULE, TASKS, TARGET.but(resourceId="service/shop/shop-cart"), says="0 provided")
table.unknown(RULE, "undecided", TASKS, TARGET.but(maxCapacity=UNKNOWN))
table.absent(RULE, "fails", TASKS, says="0 provided, margin -100%")
PRESCALED = day(link("prescaled", SCALABLE, 4500, 50))
table.passes(RULE, PRESCALED, TARGET, RISE)
table.passes(RULE, PRESCALED, TARGET, RISE.but(resourceId=UNKNOWN).linking(resourceId=["target"]))
table.passes(RULE, PRESCALED, TARGET.but(minCapacity=90))
table.fails(RULE, PRESCALED, TARGET, RISE.but(scalableTargetAction={"minCapacity": 40}), says="2,000 provided")
table.fails(RULE, PRESCALED, TARGET.but(maxCapacity=40), RISE, says="2,000 provided")
table.fails(RULE, PRESCALED, TARGET, RISE.but(resourceId="service/shop/shop-cart"), says="150 provided")
table.fails(RULE, PRESCALED, TARGET, says="150 provided")
table.absent(RULE, "passes", It("saleday:sale:SaleDay", "sale", {"events": []}))

# the weakest link is told first, the others by name
table.fails(
    RULE,
    day(link("tasks", SCALABLE, 4600, 50), link("prescaled", SCALABLE, 4600, 50, name="tasks at the opening")),
    TARGET,
    says="tasks at the opening falls short of the forecast with its headroom: 4,600 requests/s needed, 150 provided",
)
table.fails(
    RULE,
    day(link("tasks", SCALABLE, 4600, 50, name="tasks of ui"), link("prescaled", SCALABLE, 4600, 50)),
    TARGET,
    says="(1 more: tasks of ui)",
)

# launches: the account's token bucket and the start of the tasks, within the lead time
LAUNCH = link("launch", "service/shop/", 1, burst=100, rate=20, perService=500 / 60, start=90, lead=600)
table.passes(RULE, day(LAUNCH), TARGET, RISE)
table.fails(
    RULE,
    day(LAUNCH),
    TARGET.but(maxCapacity=20_000),
    RISE.but(scalableTargetAction={"minCapacity": 15_003}),
    says="1,890 requests/s needed, 600 provided",
)

# vCPU: tasks times what their definitions really take
TASK = It("aws:ecs/taskDefinition:TaskDefinition", "task", {"family": "shop-ui", "cpu": "1024"})
QUOTA = It("aws:servicequotas/serviceQuota:ServiceQuota", "quota", {"quotaCode": "L-3032A538", "value": 100})
VCPU = day(link("vcpu", "L-3032A538", 90, base=6, tasks={"shop-ui": 90}))
table.passes(RULE, VCPU, TASK, QUOTA)
table.fails(RULE, VCPU, TASK.but(cpu="2048"), QUOTA, says="180 requests/s needed, 100 provided")
table.fails(RULE, VCPU, TASK, QUOTA.but(quotaCode="L-36FBB829"), says="90 requests/s needed, 6 provided")
table.fails(RULE, VCPU, says="6 provided")
table.passes(RULE, day(link("quota", "albTargets", 900, base=1000)))
table.fails(RULE, day(link("quota", "albTargets", 1100, base=1000)), says="1,000 provided")

# databases
CLUSTER = It(
    "aws:rds/cluster:Cluster",
    "db",
    {
        "id": "shop-orders",
        "clusterIdentifier": "shop-orders",
        "serverlessv2ScalingConfiguration": {"minCapacity": 2, "maxCapacity": 64},
    },
)
INSTANCE = It(
    "aws:rds/clusterInstance:ClusterInstance",
    "db-a",
    {"clusterIdentifier": "shop-orders", "instanceClass": "db.r7g.4xlarge"},
)
ACU = day(link("acu", "shop-orders", 8000, 140))
table.passes(RULE, ACU, CLUSTER)
table.passes(RULE, ACU, CLUSTER.but("serverlessv2ScalingConfiguration"), INSTANCE)
table.fails(
    RULE, ACU, CLUSTER.but(serverlessv2ScalingConfiguration={"minCapacity": 2, "maxCapacity": 8}), says="1,120 provided"
)
table.fails(
    RULE,
    ACU,
    CLUSTER.but("serverlessv2ScalingConfiguration"),
    INSTANCE.but(instanceClass="db.r7g.large"),
    says="1,120 provided",
)
FLOOR = day(link("acu-floor", "shop-orders", 2500, 140))
RAISE = call(
    "rds:modifyDBCluster",
    DbClusterIdentifier="shop-orders",
    ServerlessV2ScalingConfiguration={"MinCapacity": 18, "MaxCapacity": 64},
)
table.passes(RULE, FLOOR, CLUSTER, RAISE)
table.fails(RULE, FLOOR, CLUSTER, says="280 provided")
table.fails(RULE, FLOOR, CLUSTER, RAISE.but(target={"arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}), says="280")
CONNECTIONS = day(link("connections", "shop-orders", 2000, sizes=[[1, 189], [8, 1669], [32, 5000]]))
PROXY_TARGET = It(
    "aws:rds/proxyTarget:ProxyTarget", "pt", {"dbProxyName": "shop-orders", "dbClusterIdentifier": "shop-orders"}
)
POOL = It(
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
    "pool",
    {"dbProxyName": "shop-orders", "connectionPoolConfig": {"maxConnectionsPercent": 90}},
)
table.passes(RULE, CONNECTIONS, CLUSTER, PROXY_TARGET, POOL)
table.fails(
    RULE,
    CONNECTIONS,
    CLUSTER,
    PROXY_TARGET,
    POOL.but(connectionPoolConfig={"maxConnectionsPercent": 30}),
    says="1,500 provided",
)
table.fails(
    RULE,
    CONNECTIONS,
    CLUSTER.but(serverlessv2ScalingConfiguration={"minCapacity": 1, "maxCapacity": 16}),
    says="1,669 provided",
)

# tables
TABLE = It("aws:dynamodb/table:Table", "carts", {"name": "shop-carts", "billingMode": "PAY_PER_REQUEST"})
WRITES = day(link("table-writes", "shop-carts", 9000, new=4000, base=40_000, code="L-AB614373"))
WARM = call("dynamodb:updateTable", TableName="shop-carts", WarmThroughput={"WriteUnitsPerSecond": 10_000})
table.passes(RULE, WRITES, TABLE, WARM)
table.passes(RULE, WRITES, TABLE.but(warmThroughput={"writeUnitsPerSecond": 10_000}))
table.passes(RULE, WRITES, TABLE.but(billingMode="PROVISIONED", writeCapacity=9000))
table.fails(RULE, WRITES, TABLE, says="4,000 provided")
table.fails(RULE, WRITES, TABLE.but(name="other"), WARM, says="0 provided")
table.fails(RULE, WRITES, TABLE.but(onDemandThroughput={"maxWriteRequestUnits": 5000}), WARM, says="5,000 provided")
table.fails(RULE, WRITES, TABLE.but(billingMode="PROVISIONED", writeCapacity=100), says="100 provided")
HEAT = day(link("heat", "shop-carts", 1500, 1000))
table.passes(RULE, day(link("heat", "shop-carts", 900, 1000)), TABLE)
table.fails(RULE, HEAT, TABLE, says="1,000 provided, margin -33%")

# caches
GROUP = It(
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "cache",
    {"replicationGroupId": "shop-sessions", "nodeType": "cache.r7g.large", "numNodeGroups": 2},
)
NODES = {"perVcpu": 62_500, "burstShare": 0.1}
COMMANDS = day(link("cache", "shop-sessions", 200_000, **NODES))
table.passes(RULE, COMMANDS, GROUP)
table.fails(RULE, COMMANDS, GROUP.but(numNodeGroups=1), says="125,000 provided")
table.fails(RULE, COMMANDS, GROUP.but(nodeType="cache.t4g.micro"), says="25,000 provided")
table.fails(RULE, day(link("shard", "shop-sessions", 200_000, **NODES)), GROUP, says="125,000 provided")
SERVERLESS = It(
    "aws:elasticache/serverlessCache:ServerlessCache",
    "cache",
    {"name": "shop-sessions", "cacheUsageLimits": {"ecpuPerSeconds": [{"maximum": 200_000}]}},
)
ECPU = day(link("ecpu-floor", "shop-sessions", 60_000, base=30_000))
PRESET = call(
    "elasticache:modifyServerlessCache",
    ServerlessCacheName="shop-sessions",
    CacheUsageLimits={"EcpuPerSecond": {"Minimum": 60_000}},
)
table.passes(RULE, COMMANDS, SERVERLESS)
table.passes(RULE, ECPU, SERVERLESS, PRESET)
table.fails(RULE, ECPU, SERVERLESS, says="30,000 provided")

# queues, workers, functions
QUEUE = It("aws:sqs/queue:Queue", "q", {"name": "shop-orders.fifo", "fifoQueue": True})
MESSAGES = day(link("queue", "shop-orders.fifo", 4000, 3000))
table.passes(RULE, MESSAGES, QUEUE.but(fifoQueue=False))
table.fails(RULE, MESSAGES, QUEUE, says="3,000 provided")
DRAIN = day(link("drain", "shop-orders", 900, workers={SCALABLE: 20}))
table.passes(RULE, DRAIN, TARGET)
table.fails(RULE, DRAIN, TARGET.but(maxCapacity=10), says="200 provided")
FUNCTION = It("aws:lambda/function:Function", "fn", {"name": "shop-events", "reservedConcurrentExecutions": 50})
table.passes(RULE, day(link("lambda", "shop-events", 40)), FUNCTION)
table.fails(RULE, day(link("lambda", "shop-events", 60)), FUNCTION, says="50 provided")

# the network and the edge
SUBNET = It("aws:ec2/subnet:Subnet", "subnet", {"id": "subnet-1", "cidrBlock": "10.0.0.0/24"})
SERVICE = It("aws:ecs/service:Service", "svc", {"networkConfiguration": {"subnets": ["subnet-1"]}})
ADDRESSES = day(link("addresses", "subnets", 200))
table.passes(RULE, ADDRESSES, SUBNET, SERVICE)
table.passes(
    RULE,
    ADDRESSES,
    SUBNET,
    SERVICE.but(networkConfiguration={"subnets": [UNKNOWN]}).linking(networkConfiguration=["subnet"]),
)
table.fails(RULE, ADDRESSES, SUBNET.but(cidrBlock="10.0.0.0/25"), SERVICE, says="128 provided")
GATEWAY = It("aws:ec2/natGateway:NatGateway", "nat", {"connectivityType": "public"})
table.passes(RULE, day(link("nat", "gateways", 50_000, 55_000)), GATEWAY)
table.fails(RULE, day(link("nat", "gateways", 50_000, 55_000)), GATEWAY.but(connectivityType="private"), says="0 prov")
LIMIT = {"name": "rate-all", "statement": {"rateBasedStatement": {"limit": 6000, "evaluationWindowSec": 60}}}
ACL = It("aws:wafv2/webAcl:WebAcl", "acl", {"rules": [LIMIT]})
CUSTOMERS = day(link("rate-limit", "rate-all", 5000, window=60))
table.passes(RULE, CUSTOMERS, ACL)
table.passes(RULE, CUSTOMERS, ACL.but(rules=[]))
table.fails(
    RULE,
    CUSTOMERS,
    ACL.but(rules=[{**LIMIT, "statement": {"rateBasedStatement": {"limit": 6000, "evaluationWindowSec": 300}}}]),
    says="1,200 provided",
)

# a link that nobody here can look up is a fault of the program, not a pass
table.fails(RULE, day(link("telepathy", "x", 1)), says="cannot look up")
