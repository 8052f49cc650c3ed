from django.db import migrations, models

import comity.storage.fields


class Migration(migrations.Migration):
    dependencies = [("storage", "0020_links")]

    operations = [
        migrations.AddField(
            model_name="registersubject",
            name="change",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name="registersubject",
            index=models.Index(fields=["change"], name="register_change"),
        ),
        migrations.AddIndex(
            model_name="probeplaced",
            index=models.Index(
                fields=["partner", "regime", "group", "epoch", "layer"],
                name="probe_placed_empty",
                condition=models.Q(label=""),
            ),
        ),
        migrations.CreateModel(
            name="ProbeCompared",
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
                ("epoch", models.PositiveIntegerField()),
                ("base", models.PositiveIntegerField()),
                ("change", models.PositiveBigIntegerField()),
                ("decided", comity.storage.fields.SealedJSONField(editable=False)),
                ("waiting", comity.storage.fields.SealedBinaryField(editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("partner", "regime", "group"), name="probe_compared_once")
                ],
            },
        ),
    ]
