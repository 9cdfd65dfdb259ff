"""Detection, incident response, roles for people, and patching."""

from components.security.security import Security, SecurityArgs

__all__ = ["Security", "SecurityArgs"]
