"""Delivery of code to the services: pipelines, freezes and rebuilds."""

from components.delivery.releases import released
from components.delivery.tier import Delivery, DeliveryArgs

__all__ = ["Delivery", "DeliveryArgs", "released"]
