"""The service tier: an ECS cluster on Fargate and the shop's microservices in it."""

from components.service.tier import ServiceTier, ServiceTierArgs

__all__ = ["ServiceTier", "ServiceTierArgs"]
