"""Order events: from the queue of announced orders over a function to the event bus and its subscribers."""

from components.events.component import OrderEvents, OrderEventsArgs

__all__ = ["OrderEvents", "OrderEventsArgs"]
