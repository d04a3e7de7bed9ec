"""What the default roles may do with the ledger, and the role of a building's steward."""

from django.db import migrations

SEE, ACT, ASSIGN, SENSITIVE = "ledger.view", "ledger.act", "ledger.assign", "ledger.sensitive"
NEW = "steward"
ROLES = {
    "operations": f"{SEE} {ACT} {ASSIGN} {SENSITIVE}",
    "community": f"{SEE} {ACT} {ASSIGN} {SENSITIVE}",
    NEW: f"task.view task.act {SEE} {ACT}",
}


def add(apps, schema_editor):
    using = schema_editor.connection.alias
    role, cell = apps.get_model("access", "Role"), apps.get_model("access", "RoleCapability")
    role.objects.using(using).get_or_create(key=NEW)
    for key in role.objects.using(using).filter(key__in=ROLES).values_list("key", flat=True):
        for capability in ROLES[key].split():
            cell.objects.using(using).get_or_create(role_id=key, capability=capability)


class Migration(migrations.Migration):
    dependencies = [("access", "0006_messages")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=False)]
