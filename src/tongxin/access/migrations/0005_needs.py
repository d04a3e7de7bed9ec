"""The roles of the needs desk and of the seven service teams, and what they and others may do about needs."""

from django.db import migrations

SEE = "place.view task.view task.act need.view"
TEAMS = ("security", "information", "supplies", "parcels", "disinfection", "medicine", "complaints")
ROLES = {
    "administrator": "need.write",
    "operations": "need.view need.act need.glossary",
    "community": "need.view need.act",
    "desk": f"{SEE} person.find person.view need.act need.silent need.glossary import.view import.run",
    **{f"team_{team}": f"{SEE} need.act" for team in TEAMS},
}


def add(apps, schema_editor):
    using = schema_editor.connection.alias
    role, cell = apps.get_model("access", "Role"), apps.get_model("access", "RoleCapability")
    for key, capabilities in ROLES.items():
        role.objects.using(using).get_or_create(key=key)
        for capability in capabilities.split():
            cell.objects.using(using).get_or_create(role_id=key, capability=capability)


class Migration(migrations.Migration):
    dependencies = [("access", "0004_policy")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=False)]
