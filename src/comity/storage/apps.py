"""The Django application that owns every table of the node."""

from __future__ import annotations

from django.apps import AppConfig


class StorageConfig(AppConfig):
    """Models, migrations and queries."""

    name = "comity.storage"
    label = "storage"
    default_auto_field = "django.db.models.BigAutoField"
