"""Who watches, who answers, who may come in, and how servers keep up with their patches."""

from components.security.security import Security, SecurityArgs

__all__ = ["Security", "SecurityArgs"]
