"""The thread that a case follows from."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """A column and its index; cases opened before cite none."""

    dependencies: ClassVar = [("storage", "0027_quotes_and_second_names")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="case",
            name="cites",
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("cites__isnull", False)), fields=["cites"], name="case_cites"
            ),
        ),
    ]
