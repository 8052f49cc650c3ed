"""Lists of numbers offered for comparison, comparisons, and edges to partners' registers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import deletion

import comity.storage.fields


def _key() -> models.BigAutoField[Any, Any]:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    """Three tables."""

    dependencies: ClassVar = [("storage", "0025_core_data_and_stopped")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="OverlapOffer",
            fields=[
                ("id", _key()),
                ("uid", models.CharField(max_length=32, unique=True)),
                ("partner", models.CharField(max_length=43)),
                ("regime", models.CharField(max_length=32)),
                ("purpose", models.CharField(max_length=32)),
                ("agreement", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("points", comity.storage.fields.SealedBinaryField(null=True)),
                ("secret", comity.storage.fields.SealedJSONField(null=True)),
                ("offered_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["partner", "regime", "purpose", "offered_at"], name="overlap_offer_scope"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Overlap",
            fields=[
                ("id", _key()),
                ("uid", models.CharField(max_length=32)),
                ("side", models.CharField(max_length=8)),
                ("state", models.CharField(max_length=8)),
                ("partner", models.CharField(max_length=43)),
                ("regime", models.CharField(max_length=32)),
                ("purpose", models.CharField(max_length=32)),
                ("agreement", models.CharField(max_length=64)),
                ("clause", models.CharField(max_length=64)),
                ("request", models.CharField(max_length=64)),
                ("content", comity.storage.fields.SealedJSONField(null=True)),
                ("points", comity.storage.fields.SealedBinaryField(null=True)),
                ("tags", comity.storage.fields.SealedBinaryField(null=True)),
                ("edge", models.CharField(default="", max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("edge_at", models.DateTimeField(null=True)),
                (
                    "offer",
                    models.ForeignKey(null=True, on_delete=deletion.PROTECT, to="storage.overlapoffer"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["asked_at"], name="overlap_asked_at")],
                "constraints": [
                    models.UniqueConstraint(fields=("partner", "side", "uid"), name="overlap_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisterEdge",
            fields=[
                ("id", _key()),
                ("uid", models.CharField(max_length=32, unique=True)),
                ("partner", models.CharField(max_length=43)),
                ("regime", models.CharField(max_length=32)),
                ("overlap", models.CharField(max_length=32)),
                ("content", comity.storage.fields.SealedJSONField()),
                ("created_at", models.DateTimeField()),
                (
                    "one",
                    models.ForeignKey(
                        on_delete=deletion.CASCADE, related_name="+", to="storage.registersubject"
                    ),
                ),
            ],
        ),
    ]
