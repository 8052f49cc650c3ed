"""The models, one module per area; import every area here so that Django finds it."""

from comity.storage.models import every area here so that Django finds it.""", register

__all__ = ["every area here so that Django finds it."""", "register"]
