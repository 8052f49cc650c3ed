from typing import Any

from django.db import migrations, models


def _scope() -> list[tuple[str, Any]]:
    return [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("partner", models.CharField(max_length=43)),
        ("regime", models.CharField(max_length=32)),
        ("group", models.CharField(max_length=32)),
        ("epoch", models.PositiveIntegerField()),
    ]


class Migration(migrations.Migration):
    dependencies = [("storage", "0009_case_notes")]

    operations = [
        migrations.AddField(
            model_name="probeindex",
            name="chain",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="probeindex",
            name="changes",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="ProbePlaced",
            fields=[
                *_scope(),
                ("subject", models.CharField(db_index=True, max_length=32)),
                ("version", models.PositiveIntegerField()),
                ("permitted", models.CharField(max_length=16)),
                ("layer", models.PositiveIntegerField()),
                ("label", models.CharField(max_length=16)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("partner", "regime", "group", "epoch", "layer", "subject"),
                        name="probe_placed_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProbeTombstone",
            fields=[
                *_scope(),
                ("label", models.CharField(max_length=16)),
                ("layer", models.PositiveIntegerField()),
                ("listed", models.PositiveIntegerField(null=True)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("partner", "regime", "group", "epoch", "label"),
                        name="probe_tombstone_once",
                    )
                ],
            },
        ),
    ]
