from django.db import migrations, models

import comity.storage.fields


class Migration(migrations.Migration):
    dependencies = [("storage", "0006_protection")]

    operations = [
        migrations.AddField(
            model_name="probeanswered",
            name="opening",
            field=comity.storage.fields.SealedTextField(null=True),
        ),
        migrations.AddField(
            model_name="probeanswered",
            name="opening_digest",
            field=models.CharField(default="", max_length=64),
        ),
        migrations.AddField(
            model_name="probeasked",
            name="opened",
            field=models.BinaryField(null=True),
        ),
    ]
