"""Whether the core data on a hit came in time, once that is on record; why a text did not leave."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two columns and a partial index; requests of before are looked at once by the worker."""

    dependencies: ClassVar = [("storage", "0024_consent_language")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="case",
            name="core_told",
            field=models.CharField(max_length=8, null=True),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("by_hit", True), ("core_told__isnull", True)),
                fields=["received_at"],
                name="case_core_open",
            ),
        ),
        migrations.AddField(
            model_name="blockeddraft",
            name="code",
            field=models.CharField(default="law.protected", max_length=64),
        ),
    ]
