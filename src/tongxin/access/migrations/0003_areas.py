"""What the default roles may do about areas."""

from django.db import migrations

ROLES = {
    "operations": (
        "area.view area.order area.lift area.extend area.roll area.exits address.settle objection.answer"
    ),
    "community": "area.view area.roll area.exits address.settle",
    "tracer": "area.view",
    "sampling": "area.view",
}  # fmt: skip


def add(apps, schema_editor):
    using = schema_editor.connection.alias
    role, cell = apps.get_model("access", "Role"), apps.get_model("access", "RoleCapability")
    for key, capabilities in ROLES.items():
        if role.objects.using(using).filter(key=key).exists():
            for capability in capabilities.split():
                cell.objects.using(using).get_or_create(role_id=key, capability=capability)


class Migration(migrations.Migration):
    dependencies = [("access", "0002_roles")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=False)]
