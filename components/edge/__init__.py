"""The edge of the shop: certificates, CloudFront, web ACLs and the load balancer behind them."""

from components.edge.tier import EdgeTier, EdgeTierArgs

__all__ = ["EdgeTier", "EdgeTierArgs"]
