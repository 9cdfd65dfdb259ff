"""The edge tier: from the name that customers type to the listener that services attach to."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.admission import control as room_control
from components.admission import front as room_front
from components.admission.control import ControlArgs
from components.admission.front import Front as RoomFront
from components.admission.rooms import Rooms
from components.base import Component
from components.edge import access_logs, certificates, distribution, dns, load_balancer, shield, web_acls
from components.edge.certificates import Certificates
from components.edge.load_balancer import Front
from components.handles import BucketHandle, EdgeHandle, KeyRing, NetworkHandle
from components.site import Site
from specs.edge import Edge


@dataclass(frozen=True, kw_only=True)
class EdgeTierArgs:
    site: Site
    network: NetworkHandle
    keys: KeyRing
    """`edge` (us-east-1) encrypts the logs of CloudFront's web ACL, `logs` those of the load balancer's."""
    edge: Edge
    media: BucketHandle
    """Bucket whose objects CloudFront serves; its policy and key have to admit CloudFront."""
    logs: BucketHandle
    """Bucket with SSE-S3, as load balancers write to no other; access logs go below `alb/` and `cloudfront/`."""
    edge_provider: pulumi.ProviderResource
    """AWS provider in us-east-1."""
    rooms: Rooms | None = None
    """Waiting rooms before the services. Default: none, and nothing of them is deployed."""
    alert_topic_arn: pulumi.Output[str] | None = None
    """Topic for what fails in the waiting room; goes with `rooms`."""


class EdgeTier(Component):
    """CloudFront before a load balancer, a web ACL before each.

    With `origin: vpcOrigin` the load balancer is internal and CloudFront's VPC origin is the only way in. With
    `publicAlb` it admits CloudFront's addresses alone, which the distributions of all AWS accounts share. The web ACL
    blocks requests for other domains; another account's distribution can request the shop's only by code at its edge.
    Use `vpcOrigin` to close that gap: a shared secret in a header would be in the stack's state.

    Without a domain there is no certificate for the load balancer (no authority issues one for AWS's names):
    CloudFront then uses HTTP to it, inside the VPC. Viewers always use HTTPS.
    """

    tier = "edge"
    kind = "EdgeTier"

    handle: EdgeHandle

    def __init__(self, name: str, args: EdgeTierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        edge = args.edge
        issued = self._certificates(args)
        front = self._front(args, issued)
        viewers_acl, response_ip_sets = web_acls.for_distribution(
            self, edge, key=args.keys.edge, provider=args.edge_provider
        )
        origin_acl = web_acls.for_load_balancer(self, edge, key=args.keys.logs, balancer=front.balancer)
        room = self._room(args)
        cdn = distribution.build(
            self,
            edge,
            origin=self._origin(edge, front, encrypted=issued is not None),
            media=args.media,
            web_acl_arn=viewers_acl.arn,
            certificate_arn=issued.edge_arn if issued else None,
            room=room,
        )
        if room is not None:
            self._run_room(args, room, cdn, front)
        access_logs.deliver(self, cdn, logs=args.logs, provider=args.edge_provider)
        if self.site.production:
            self._detailed_metrics(cdn)
        if edge.domain is not None and edge.hosted_zone_id is not None:
            dns.point_to_distribution(self, cdn, domain=edge.domain, hosted_zone_id=edge.hosted_zone_id)
        host = pulumi.Output.from_input(edge.domain) if edge.domain is not None else cdn.domain_name
        if edge.shield_advanced is not None:
            shield.subscribe(
                self,
                edge.shield_advanced,
                resources={"cdn": cdn.arn, "balancer": front.balancer.arn},
                host=host,
                provider=args.edge_provider,
                depends_on=[cdn, origin_acl],
            )
        self.handle = EdgeHandle(
            listener_arn=front.listener.arn,
            load_balancer_security_group_id=front.security_group.id,
            load_balancer_arn_suffix=front.balancer.arn_suffix,
            load_balancer_arn=front.balancer.arn,
            load_balancer_name=load_balancer.name_of(self, public=edge.origin == "publicAlb"),
            distribution_id=cdn.id,
            url=pulumi.Output.concat("https://", host),
            web_acl_names={scope: web_acls.name_of(self, scope) for scope in web_acls.NAMES},
            response_ip_sets=response_ip_sets,
        )
        self.register_outputs(
            {
                "url": self.handle.url,
                "distributionId": cdn.id,
                "listenerArn": front.listener.arn,
                "loadBalancerArn": front.balancer.arn,
            }
        )

    def _certificates(self, args: EdgeTierArgs) -> Certificates | None:
        edge = args.edge
        if edge.domain is None or edge.hosted_zone_id is None:
            return None
        return certificates.issue(
            self, domain=edge.domain, hosted_zone_id=edge.hosted_zone_id, edge_provider=args.edge_provider
        )

    def _room(self, args: EdgeTierArgs) -> RoomFront | None:
        if args.rooms is None:
            return None
        return room_front.build(self, args.rooms, keys=args.keys, log_retention_days=args.rooms.log_retention_days)

    def _run_room(self, args: EdgeTierArgs, room: RoomFront, cdn: aws.cloudfront.Distribution, front: Front) -> None:
        if args.rooms is None or args.alert_topic_arn is None:
            raise ValueError("a waiting room needs a topic for its alarms")
        title = args.edge.domain or self.site.project
        room_front.publish(self, args.rooms, title=title, media=args.media)
        room_front.admit_cloudfront(self, room, cdn.arn)
        control = ControlArgs(
            keys=args.keys, front=room, balancer=front.balancer.arn_suffix, media=args.media,
            alert_topic_arn=args.alert_topic_arn, log_retention_days=args.rooms.log_retention_days,
        )  # fmt: skip
        room_control.build(self, control)

    def _front(self, args: EdgeTierArgs, issued: Certificates | None) -> Front:
        public = args.edge.origin == "publicAlb"
        network = args.network
        return load_balancer.build(
            self,
            vpc_id=network.vpc_id,
            subnet_ids=network.public_subnet_ids if public else network.app_subnet_ids,
            public=public,
            certificate_arn=issued.origin_arn if issued else None,
            idle_timeout=args.edge.idle_timeout,
            reserved_lcu=args.edge.reserved_lcu,
            logs=args.logs,
        )

    def _origin(self, edge: Edge, front: Front, *, encrypted: bool) -> distribution.Origin:
        if edge.origin == "publicAlb":
            if edge.domain is None or edge.hosted_zone_id is None:
                raise ValueError("a public load balancer needs a domain for its certificate")
            record = dns.point_to_balancer(self, front.balancer, domain=edge.domain, hosted_zone_id=edge.hosted_zone_id)
            return distribution.Origin(domain_name=record.fqdn, vpc_origin_id=None)
        way_in = distribution.vpc_origin(self, front.balancer, encrypted=encrypted)
        name = front.balancer.dns_name if edge.domain is None else certificates.origin_name(edge.domain)
        return distribution.Origin(domain_name=name, vpc_origin_id=way_in.id)

    def _detailed_metrics(self, cdn: aws.cloudfront.Distribution) -> None:
        """Cache hit rate, origin latency and error rates by status, to tell a slow origin from a cold cache."""
        config = aws.cloudfront.MonitoringSubscriptionMonitoringSubscriptionRealtimeMetricsSubscriptionConfigArgs
        aws.cloudfront.MonitoringSubscription(
            self.child("cdn"),
            distribution_id=cdn.id,
            monitoring_subscription=aws.cloudfront.MonitoringSubscriptionMonitoringSubscriptionArgs(
                realtime_metrics_subscription_config=config(realtime_metrics_subscription_status="Enabled")
            ),
            opts=self.opts(parent=cdn),
        )
