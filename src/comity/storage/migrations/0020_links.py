from django.db import migrations, models
from django.db.models import deletion

import comity.storage.fields


class Migration(migrations.Migration):
    dependencies = [
        ("storage", "0019_rights"),
    ]

    operations = [
        migrations.CreateModel(
            name="RegisterLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.CharField(max_length=32, unique=True)),
                ("regime", models.CharField(max_length=32)),
                ("content", comity.storage.fields.SealedJSONField()),
                ("created_at", models.DateTimeField()),
                (
                    "one",
                    models.ForeignKey(
                        on_delete=deletion.CASCADE, related_name="+", to="storage.registersubject"
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        on_delete=deletion.CASCADE, related_name="+", to="storage.registersubject"
                    ),
                ),
            ],
        ),
    ]
