"""Rule packs: who sees them, who comments on a parameter, who adopts one. Roles that a city has made itself stay as they are."""

from django.db import migrations

SEE, SAY, DECIDE = "policy.view", "policy.comment", "policy.adopt"
ROLES = {
    "administrator": f"{SEE}",
    "operations": f"{SEE} {SAY} {DECIDE}",
    "tracer": f"{SEE} {SAY}",
    "community": f"{SEE} {SAY}",
    "sampling": f"{SEE} {SAY}",
    "lab": f"{SEE} {SAY}",
    "hospital": f"{SEE} {SAY}",
    "auditor": f"{SEE}",
}


def add(apps, schema_editor):
    using = schema_editor.connection.alias
    role, cell = apps.get_model("access", "Role"), apps.get_model("access", "RoleCapability")
    for key in role.objects.using(using).filter(key__in=ROLES).values_list("key", flat=True):
        for capability in ROLES[key].split():
            cell.objects.using(using).get_or_create(role_id=key, capability=capability)


class Migration(migrations.Migration):
    dependencies = [("access", "0003_areas")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=False)]
