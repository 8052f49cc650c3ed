from django.db import migrations, models

import comity.storage.fields


class Migration(migrations.Migration):
    dependencies = [("storage", "0012_transfers")]

    operations = [
        migrations.AddField(
            model_name="passage",
            name="inheritance",
            field=comity.storage.fields.SealedJSONField(null=True),
        ),
        migrations.AddField(
            model_name="casenote",
            name="inheritance",
            field=comity.storage.fields.SealedJSONField(null=True),
        ),
        migrations.CreateModel(
            name="BlockedDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=32, unique=True)),
                ("partner", models.CharField(max_length=48)),
                ("thread", models.CharField(default="", max_length=64)),
                ("regime", models.CharField(max_length=32)),
                ("kind", models.CharField(max_length=64)),
                ("officer", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("decision", models.CharField(max_length=64)),
                ("content", comity.storage.fields.SealedJSONField()),
                ("inheritance", comity.storage.fields.SealedJSONField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["officer", "id"], name="blocked_draft_officer"),
                    models.Index(fields=["at"], name="blocked_draft_at"),
                ],
            },
        ),
    ]
