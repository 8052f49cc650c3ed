"""The thread that a case follows from; the messages of which nobody knows yet whom their words mean."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models

import comity.storage.fields

AT_ONCE = 2000


def note_earlier(apps: Any, editor: Any) -> None:
    """Note every message of ours that stands in a thread: nothing in it is opened here, the worker looks at it."""
    alias = editor.connection.alias
    messages = apps.get_model("storage", "ExchangedMessage").objects.using(alias)
    unquoted = apps.get_model("storage", "Unquoted")
    sent = messages.filter(direction="out", thread__isnull=False, content__isnull=False).order_by("id")
    rows = sent.values_list("partner", "message").iterator(chunk_size=AT_ONCE)
    made = (unquoted(partner=partner, message=message) for partner, message in rows)
    unquoted.objects.using(alias).bulk_create(made, batch_size=AT_ONCE)


class Migration(migrations.Migration):
    """A column and its index, cases opened before cite none; a table that empties itself."""

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
        migrations.CreateModel(
            name="Unquoted",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("partner", models.CharField(max_length=48)),
                ("message", models.CharField(max_length=32)),
            ],
        ),
        migrations.AddField(
            model_name="overlap",
            name="justified",
            field=comity.storage.fields.SealedJSONField(null=True),
        ),
        migrations.RunPython(note_earlier, migrations.RunPython.noop),
    ]
