"""A steward sees the own building, its people and their needs; who treats people sees the sensitive categories too."""

from django.db import migrations

ROLES = {
    "steward": "place.view person.view area.view need.view",
    "hospital": "ledger.sensitive",
    "desk": "ledger.sensitive",
    "team_medicine": "ledger.sensitive",
}


def add(apps, schema_editor):
    using = schema_editor.connection.alias
    role, cell = apps.get_model("access", "Role"), apps.get_model("access", "RoleCapability")
    for key in role.objects.using(using).filter(key__in=ROLES).values_list("key", flat=True):
        for capability in ROLES[key].split():
            cell.objects.using(using).get_or_create(role_id=key, capability=capability)


class Migration(migrations.Migration):
    dependencies = [("access", "0007_ledgers")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=False)]
