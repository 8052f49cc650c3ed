from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0017_waiting"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message", models.CharField(max_length=32, unique=True)),
                ("partner", models.CharField(max_length=43)),
                ("regime", models.CharField(max_length=32)),
                ("thread", models.CharField(max_length=64)),
                ("act", models.CharField(max_length=32)),
                ("batch", models.CharField(max_length=32)),
                ("sealed", models.BinaryField(null=True)),
                ("size", models.PositiveIntegerField()),
                ("kept_at", models.DateTimeField(db_index=True)),
                ("gone", models.CharField(max_length=16, null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["partner", "batch"], name="kept_batch"),
                    models.Index(fields=["thread"], name="kept_thread"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Recovery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("partner", models.CharField(max_length=43)),
                ("regime", models.CharField(max_length=32)),
                ("since", models.DateTimeField()),
                ("asked_at", models.DateTimeField(null=True)),
                ("missing", models.PositiveIntegerField(default=0)),
                ("unproven", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("partner", "regime"), name="recovery_once")],
            },
        ),
    ]
