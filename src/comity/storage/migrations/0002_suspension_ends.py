from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("storage", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="storedstop", name="agreement_stopped_once"),
        migrations.AddField(model_name="storedstop", name="until", field=models.DateTimeField(null=True)),
        migrations.AddConstraint(
            model_name="storedstop",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until__isnull", True)),
                fields=("agreement", "kind", "by"),
                name="agreement_stopped_once",
            ),
        ),
    ]
