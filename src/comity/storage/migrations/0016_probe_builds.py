from django.db import migrations, models

import comity.storage.fields


class Migration(migrations.Migration):
    dependencies = [("storage", "0015_plans")]

    operations = [
        migrations.CreateModel(
            name="ProbeBuild",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("partner", models.CharField(max_length=43)),
                ("regime", models.CharField(max_length=32)),
                ("group", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=32)),
                ("draft", models.TextField()),
                ("basis", models.CharField(max_length=64)),
                ("source", models.CharField(max_length=64)),
                ("secret", comity.storage.fields.SealedBinaryField(editable=False)),
                ("buckets", models.PositiveIntegerField()),
                ("begun_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("partner", "regime", "group"), name="probe_build_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ProbeMirror",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("partner", models.CharField(max_length=43)),
                ("regime", models.CharField(max_length=32)),
                ("group", models.CharField(max_length=32)),
                ("place", models.TextField()),
                ("certificate", models.TextField()),
                ("lazy", models.BooleanField()),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("partner", "regime", "group"), name="probe_mirror_once")
                ],
            },
        ),
    ]
