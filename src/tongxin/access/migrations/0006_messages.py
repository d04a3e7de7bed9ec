"""Messages: who sees what went out, who writes to groups, who sets up channels and words. A gateway has a token of its own."""

from django.db import migrations

ROLES = {
    "administrator": "message.admin receipt.write",
    "operations": "message.view message.send",
    "community": "message.view message.send",
}


def add(apps, schema_editor):
    using = schema_editor.connection.alias
    role, cell = apps.get_model("access", "Role"), apps.get_model("access", "RoleCapability")
    for key in role.objects.using(using).filter(key__in=ROLES).values_list("key", flat=True):
        for capability in ROLES[key].split():
            cell.objects.using(using).get_or_create(role_id=key, capability=capability)


class Migration(migrations.Migration):
    dependencies = [("access", "0005_needs")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=False)]
