"""`ready-check`: whether a certificate is genuine, of this revision, and says that the stack is ready."""

from __future__ import annotations
