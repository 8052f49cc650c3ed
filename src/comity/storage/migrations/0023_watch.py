from django.db import migrations, models

import comity.storage.fields


class Migration(migrations.Migration):
    dependencies = [("storage", "0022_probe_compared")]

    operations = [
        migrations.CreateModel(
            name="SearchLook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rid", models.CharField(max_length=32)),
                ("regime", models.CharField(max_length=32)),
                ("partner", models.CharField(max_length=43)),
                ("asker", models.CharField(max_length=140)),
                ("at", models.DateTimeField()),
                ("person", models.CharField(max_length=32)),
                ("name", models.CharField(default="", max_length=32)),
                ("family", models.CharField(default="", max_length=32)),
                ("birth", models.CharField(default="", max_length=32)),
                ("after", models.CharField(default="", max_length=32)),
                ("document", models.CharField(default="", max_length=32)),
                ("cased", models.BooleanField(default=True)),
                ("justified", models.BooleanField(default=True)),
                ("profession", models.CharField(default="", max_length=24)),
                ("at_odds", models.BooleanField(default=False)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("rid",), name="search_look_once")],
                "indexes": [
                    models.Index(fields=["regime", "asker", "at"], name="search_look_asker"),
                    models.Index(fields=["at"], name="search_look_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchAnomaly",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.CharField(max_length=32, unique=True)),
                ("key", models.CharField(max_length=32, unique=True)),
                ("regime", models.CharField(max_length=32)),
                ("sign", models.CharField(max_length=24)),
                ("count", models.PositiveIntegerField()),
                ("raised_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(default="", max_length=16)),
                ("content", comity.storage.fields.SealedJSONField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["settled_at", "changed_at"], name="search_anomaly_open")],
            },
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.CharField(max_length=32, unique=True)),
                ("partner", models.CharField(max_length=43)),
                ("regime", models.CharField(max_length=32)),
                ("case", models.CharField(max_length=32)),
                ("search", models.CharField(default="", max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("sent", "Sent"), ("declined", "Declined")],
                        max_length=12,
                    ),
                ),
                ("first", models.BooleanField(default=False)),
                ("asked_by", models.CharField(max_length=80)),
                ("approved_by", models.CharField(default="", max_length=80)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("thread", models.CharField(default="", max_length=64)),
                ("content", comity.storage.fields.SealedJSONField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["partner", "regime", "case"], name="follow_up_case"),
                    models.Index(fields=["state", "asked_at"], name="follow_up_state"),
                ],
            },
        ),
    ]
