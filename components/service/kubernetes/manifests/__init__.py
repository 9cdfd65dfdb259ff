"""The shop as Kubernetes objects: pure values, rendered from the same settings as its tasks on ECS.

objects = service_objects(service, values, place)     one service's objects, in the order to apply them
objects = platform_objects(place, platform, zones)    what they stand on: namespace, node pools, network policy
text = to_yaml(objects)                               what `kubectl apply --filename` takes
"""

from components.service.kubernetes.manifests.names import Place
from components.service.kubernetes.manifests.platform import Platform, platform_objects
from components.service.kubernetes.manifests.services import SecretKey, Values, service_objects
from components.service.kubernetes.manifests.text import to_yaml

__all__ = ["Place", "Platform", "SecretKey", "Values", "platform_objects", "service_objects", "to_yaml"]
