"""Which entries of the register the words of messages mean; the second name of a search."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """A table and two columns; of messages sent before, nothing is known."""

    dependencies: ClassVar = [("storage", "0026_overlaps")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Quote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("partner", models.CharField(max_length=48)),
                ("message", models.CharField(max_length=32)),
                ("subject", models.CharField(max_length=32)),
                ("touched", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=0)),
                ("seen_version", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(fields=("partner", "message", "subject"), name="quote_once"),
        ),
        migrations.AddIndex(
            model_name="quote",
            index=models.Index(fields=["subject"], name="quote_subject"),
        ),
        migrations.AddField(
            model_name="searchlook",
            name="second_name",
            field=models.CharField(default="", max_length=32),
        ),
        migrations.AddField(
            model_name="searchlook",
            name="second_family",
            field=models.CharField(default="", max_length=32),
        ),
    ]
