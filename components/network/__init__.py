"""The network of one stack: VPC, subnets, NACLs, endpoints, flow logs."""

from components.network.vpc import Vpc, VpcArgs

__all__ = ["Vpc", "VpcArgs"]
