"""A password that an administrator gave is replaced at the first sign-in."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Add the mark."""

    dependencies = [("storage", "0003_register_changed_at")]
    operations = [
        migrations.AddField(
            model_name="officer", name="password_given", field=models.BooleanField(default=False)
        ),
    ]
