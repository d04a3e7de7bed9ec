"""A steward sees the own building, its people and their needs, and no work but the own; who treats people sees the sensitive
categories too."""

from django.db import migrations

SENSITIVE, OTHERS = "ledger.sensitive", "task.others"
TEAMS = ("security", "information", "supplies", "parcels", "disinfection", "medicine", "complaints")
ROLES = {
    **dict.fromkeys(("operations", "tracer", "community", "sampling", "lab"), OTHERS),
    **{f"team_{team}": OTHERS for team in TEAMS},
    **dict.fromkeys(("hospital", "desk", "team_medicine"), f"{SENSITIVE} {OTHERS}"),
    "steward": "place.view person.view area.view need.view",
}


def add(apps, schema_editor):
    using = schema_editor.connection.alias
    role, cell = apps.get_model("access", "Role"), apps.get_model("access", "RoleCapability")
    for key in role.objects.using(using).filter(key__in=ROLES).values_list("key", flat=True):
        for capability in ROLES[key].split():
            cell.objects.using(using).get_or_create(role_id=key, capability=capability)
    workers = cell.objects.using(using).filter(capability="task.view").exclude(role_id="steward")
    for key in workers.values_list("role_id", flat=True):  # a city's own roles too see what they saw before
        cell.objects.using(using).get_or_create(role_id=key, capability=OTHERS)


class Migration(migrations.Migration):
    dependencies = [("access", "0007_ledgers")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=False)]
