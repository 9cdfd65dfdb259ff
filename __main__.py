"""The shop, wired: settings go in, each tier's outputs go into the next."""

import pulumi
import pulumi_aws as aws

import settings
from aws_facts.regions import EDGE_REGION
from components.admission.rooms import backed_up, rooms
from components.alerts import Alerts, AlertsArgs
from components.cost import Cost, CostArgs
from components.data import DataTier, DataTierArgs
from components.delivery import Delivery, DeliveryArgs, released
from components.edge import EdgeTier, EdgeTierArgs
from components.events import OrderEvents, OrderEventsArgs
from components.game_day import GameDay, GameDayArgs
from components.keys import Keys, KeysArgs
from components.network import Vpc, VpcArgs
from components.observability import Observability, ObservabilityArgs
from components.sale import SaleDay, SaleDayArgs
from components.security import Security, SecurityArgs
from components.service import ServiceTier, ServiceTierArgs
from components.site import Site
from components.taken import refuse_twice
from sale.plan import compile_plan

shop = (plan := compile_plan(settings.load(), settings.now())).prepared
site = Site(account_id=settings.account_of(shop), zones=shop.zone_names, **shop.identity)
refuse_twice(shop.names)
us_east_1 = aws.Provider("us-east-1", region=EDGE_REGION, **settings.aws_provider_arguments())
watch, log_days, hours = shop.observability, shop.observability.log_retention_days, shop.operating_hours

# One paragraph a tier, to be read as a list.
# fmt: off
keys = Keys("keys", KeysArgs(site=site, edge_provider=us_east_1, launches_instances=shop.has_instances)).ring
alerts = Alerts("alerts", AlertsArgs(site=site, keys=keys, emails=watch.alert_emails, edge_provider=us_east_1))

network = Vpc("net", VpcArgs(site=site, logs_key=keys.logs, network=shop.network, plan=shop.address_plan,
    compute=shop.compute_kinds, store_ports=shop.data.ports, takes_customers=shop.edge.takes_customers)).handle

data = DataTier("data", DataTierArgs(
    site=site, network=network, keys=keys, data=shop.data, users=shop.store_users, account=shop.account,
    operating_hours=hours, log_retention_days=log_days, reader_minima=plan.reader_minima,
    rotation_schedule=shop.rotation_schedule, replicas=plan.replicas_now, backed_up=backed_up(plan, site)))

edge = EdgeTier("edge", EdgeTierArgs(site=site, network=network, keys=keys, edge=shop.edge, media=data.media,
    logs=data.logs, edge_provider=us_east_1, rooms=rooms(plan), alert_topic_arn=alerts.topic_arn)).handle

services = ServiceTier("services", ServiceTierArgs(
    site=site, network=network, keys=keys, services=plan.services, stores=data.stores, edge=edge, jobs=shop.jobs,
    alert_topic_arn=alerts.topic_arn, log_retention_days=log_days, operating_hours=hours, instances=shop.instances,
    trace_ratio=watch.trace_fixed_rate, releases=released(site, shop.delivered), kubernetes=shop.kubernetes,
    access_logs=data.logs, minima=plan.task_minima, bounds=plan.task_bounds, is_off=plan.is_off,
))

Delivery("delivery", DeliveryArgs(
    site=site, keys=keys, delivery=shop.delivery, services=services.services, kubernetes=services.kubernetes,
    cluster_name=services.cluster_name, freezes=shop.freezes, access_logs=data.logs, log_retention_days=log_days,
    alert_topic_arn=alerts.topic_arn, github_provider=shop.account.github_provider))

OrderEvents("order-events", OrderEventsArgs(site=site, keys=keys, events=shop.events, stores=data.stores,
    alert_topic_arn=alerts.topic_arn, log_retention_days=log_days, reserves=shop.reserves_concurrency))

watching = Observability("watch", ObservabilityArgs(
    site=site, keys=keys, observability=watch, stores=data.stores, access_logs=data.logs, edge=edge,
    cluster_name=services.cluster_name, services=services.services, alert_topic_arn=alerts.topic_arn,
    edge_alert_topic_arn=alerts.edge_topic_arn, edge_provider=us_east_1, sales=plan.planned, account=shop.account))
GameDay("game-day", GameDayArgs(
    site=site, keys=keys, plan=plan, services=services.services, stores=data.stores, edge=edge, network=network,
    cluster_name=services.cluster_name, budget_alarms=watching.budget_alarms, log_retention_days=log_days,
    after=[watching]))
SaleDay("sale", SaleDayArgs(site=site, keys=keys, plan=plan, edge=edge, alert_topic_arn=alerts.topic_arn, after=[data]))
Security("security", SecurityArgs(site=site, keys=keys, security=shop.security, account=shop.account, network=network,
    services=services.services, access_logs=data.logs, alert_topic_arn=alerts.topic_arn, log_retention_days=log_days,
    edge_provider=us_east_1, edge=edge))
cost = Cost("cost", CostArgs(site=site, keys=keys, cost=shop.cost, account=shop.account, advice=plan.shop.commitments,
    alert_topic_arn=alerts.topic_arn, log_retention_days=log_days))

for name, output in {"url": edge.url, "distributionId": edge.distribution_id, "vpcId": network.vpc_id, "clusterName":
                     services.cluster_name, "commitments": cost.advice, "production": shop.production}.items():
    pulumi.export(name, output)
