from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("storage", "0023_watch")]

    operations = [
        migrations.AddField(
            model_name="consent",
            name="language",
            field=models.CharField(default="und", max_length=16),
        ),
    ]
