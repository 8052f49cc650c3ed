from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("storage", "0016_probe_builds")]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                fields=["side"], condition=models.Q(missed_at__isnull=False), name="case_missed"
            ),
        ),
        migrations.AddIndex(
            model_name="passage",
            index=models.Index(
                fields=["thread"], condition=models.Q(conditions_open=True), name="passage_sealed"
            ),
        ),
    ]
