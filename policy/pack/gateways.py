"""Gateways that bypass the edge and pass requests on to what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .graph import Graph
from .places import CLASSIC_BALANCER, is_public
from .reach import Reach
from .resource import Resource
from .tokens import DISTRIBUTION, ECS_SERVICE, INSTANCE, LISTENER, LOAD_BALANCER
from .values import UndecidedError, Unknown

HTTP_INTEGRATION = "aws:apigatewayv2/integration:Integration"
REST_INTEGRATION = "aws:apigateway/integration:Integration"
ENDPOINT_SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
ACCELERATOR_ENDPOINTS = "aws:globalaccelerator/endpointGroup:EndpointGroup"
WEB_ACL_ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"

_REST_LINK = "aws:apigateway/vpcLink:VpcLink"
_REST_API = "aws:apigateway/restApi:RestApi"
_REST_METHOD = "aws:apigateway/method:Method"
_HTTP_ROUTE = "aws:apigatewayv2/route:Route"
_DISCOVERY = "aws:servicediscovery/service:Service"


def lead_behind(graph: Graph, gateway: Resource) -> Iterator[str]:
    """Resources behind CloudFront or a balancer with a web ACL that the gateway reaches past it."""
    guarded = graph.derived(_guarded)
    if not guarded or _is_closed(graph, gateway):
        return
    reach = graph.derived(Reach)
    for target in _LEADS[gateway.token](graph, gateway):
        behind = reach.services(target) if target.token == LOAD_BALANCER else {target.urn}
        if met := sorted(behind & guarded.keys()):
            yield guarded[met[0]]
            return


def has_edge(graph: Graph) -> bool:
    """Whether the program has a web ACL in front of what it serves to the internet."""
    return any(distribution.present("webAclId") for distribution in graph.of(DISTRIBUTION)) or bool(
        graph.of(WEB_ACL_ASSOCIATION)
    )


def _guarded(graph: Graph) -> dict[str, str]:
    """Names, by URN, of the resources behind the edge: CloudFront's origin balancers and the services behind them."""
    reach = graph.derived(Reach)
    found: dict[str, str] = {}
    for balancer in graph.of(LOAD_BALANCER):
        behind: set[str] = set()
        if reach.origin_of(balancer):
            behind = reach.services(balancer)
        elif graph.companions(balancer, "resourceArn", WEB_ACL_ASSOCIATION):
            behind = reach.services(balancer) - {balancer.urn}
        for urn in behind:
            resource = graph.find(urn)
            found[urn] = resource.name if resource else urn
    return found


def _of_http(graph: Graph, integration: Resource) -> Iterator[Resource]:
    for target in graph.targets(integration, "integrationUri", LISTENER, LOAD_BALANCER, _DISCOVERY):
        if target.token == LISTENER:
            yield from graph.targets(target, "loadBalancerArn", LOAD_BALANCER)
        elif target.token == _DISCOVERY:
            yield from graph.companions(target, "serviceRegistries.registryArn", ECS_SERVICE)
        else:
            yield target


def _of_rest(graph: Graph, integration: Resource) -> Iterator[Resource]:
    yield from graph.targets(integration, "integrationTarget", LOAD_BALANCER)
    for link in graph.targets(integration, "connectionId", _REST_LINK):
        yield from graph.targets(link, "targetArn", LOAD_BALANCER)


def _of_service(graph: Graph, service: Resource) -> Iterator[Resource]:
    yield from graph.targets(service, "networkLoadBalancerArns", LOAD_BALANCER)


def _of_accelerator(graph: Graph, group: Resource) -> Iterator[Resource]:
    yield from graph.targets(group, "endpointConfigurations.endpointId", LOAD_BALANCER, INSTANCE)


_LEADS: dict[str, Callable[[Graph, Resource], Iterator[Resource]]] = {
    HTTP_INTEGRATION: _of_http,
    REST_INTEGRATION: _of_rest,
    ENDPOINT_SERVICE: _of_service,
    ACCELERATOR_ENDPOINTS: _of_accelerator,
}
GATEWAYS = tuple(_LEADS)


def _is_closed(graph: Graph, gateway: Resource) -> bool:
    """Whether a gateway lets only those in who have signed in, or only a VPC."""
    if gateway.token == HTTP_INTEGRATION:
        routes = [route for route in graph.of(_HTTP_ROUTE) if _calls(route, gateway)]
        return bool(routes) and all((route.text("authorizationType") or "NONE") != "NONE" for route in routes)
    if gateway.token == REST_INTEGRATION:
        apis = graph.targets(gateway, "restApi", _REST_API)
        if apis and all("PRIVATE" in api.items("endpointConfiguration.types") for api in apis):
            return True
        return any((method.text("authorization") or "NONE") != "NONE" for method in _methods(graph, gateway))
    return False


def _calls(route: Resource, integration: Resource) -> bool:
    """Whether a route of an HTTP API leads to an integration: `integrations/<id>`."""
    target, own = route.data.get("target"), integration.outputs.get("id")
    if isinstance(target, str) and isinstance(own, str):
        return target == f"integrations/{own}"
    return integration.urn in route.linked("target")


def _methods(graph: Graph, integration: Resource) -> Iterator[Resource]:
    """The method of a REST API that an integration serves."""
    resource, verb = integration.data.get("resourceId"), integration.data.get("httpMethod")
    for method in graph.of(_REST_METHOD):
        same = method.data.get("resourceId") == resource and not isinstance(resource, Unknown)
        linked = bool(set(method.linked("resourceId")) & set(integration.linked("resourceId")))
        if (same or linked) and (method.data.get("httpMethod") == verb or isinstance(verb, Unknown)):
            yield method


def balancer_round_the_edge(graph: Graph, balancer: Resource) -> str | None:
    """Name of the service behind an internet-facing balancer that bypasses the edge and has no web ACL."""
    if not has_edge(graph) or not _passes_connections(balancer):
        return None
    reach = graph.derived(Reach)
    served = (graph.find(urn) for urn in sorted(reach.services(balancer) - {balancer.urn}))
    return next((it.name for it in served if it is not None and it.token not in _INNER), None)


# Types between a balancer and the services; a balancer behind it has a web ACL of its own to show.
_INNER = (LOAD_BALANCER, "aws:lb/targetGroup:TargetGroup")


def _passes_connections(balancer: Resource) -> bool:
    try:
        network = balancer.token == CLASSIC_BALANCER or balancer.text("loadBalancerType") == "network"
        return network and is_public(balancer)
    except UndecidedError:
        return False
