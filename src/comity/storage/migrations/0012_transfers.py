from django.db import migrations, models

import comity.storage.fields


class Migration(migrations.Migration):
    dependencies = [("storage", "0011_probe_layers")]

    operations = [
        migrations.AddField(
            model_name="exchangedmessage",
            name="ground",
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.CreateModel(
            name="TransferStatus",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agreement", models.CharField(max_length=64)),
                ("country", models.CharField(max_length=2)),
                ("kind", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=32)),
                ("effect", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("noted_at", models.DateTimeField()),
                ("reason", comity.storage.fields.SealedTextField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agreement", "country", "kind", "name", "effect", "at"),
                        name="transfer_status_once",
                    )
                ],
            },
        ),
    ]
