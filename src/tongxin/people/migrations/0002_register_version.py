"""The register's version: grows with every change, so that who keeps a copy knows when to read it again."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE people_register_version", "DROP SEQUENCE people_register_version")
    ]
