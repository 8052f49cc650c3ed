from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("storage", "0002_suspension_ends")]

    operations = [
        migrations.AddIndex(
            model_name="registersubject",
            index=models.Index(fields=["changed_at", "id"], name="register_changed_at"),
        ),
    ]
