"""The service tier: an ECS cluster, an EKS cluster where settings ask for it, and the shop's microservices in them."""

from components.service.tier import ServiceTier, ServiceTierArgs

__all__ = ["ServiceTier", "ServiceTierArgs"]
