"""The default roles. A city changes them as data; this file is history and stays as it is."""

from django.db import migrations

ROLES = {
    "administrator": "place.view user.admin import.view import.run audit.view",
    "operations": (
        "place.view person.find person.view screening.view chase.view chase.act chase.judge task.view task.act "
        "restriction.release restriction.extend import.view import.run"
    ),
    "tracer": "place.view person.find person.view screening.view chase.view chase.act chase.judge task.view task.act",
    "community": "place.view person.find person.view screening.view chase.view chase.act task.view task.act",
    "sampling": "place.view screening.view task.view task.act scan.write handover.write",
    "lab": "screening.view task.view task.act report.write",
    "hospital": "person.find person.view task.view task.act",
    "auditor": "place.view audit.view import.view",
    "outsider": "",
}


def add(apps, schema_editor):
    using = schema_editor.connection.alias
    role, cell = apps.get_model("access", "Role"), apps.get_model("access", "RoleCapability")
    for key, capabilities in ROLES.items():
        role.objects.using(using).get_or_create(key=key)
        for capability in capabilities.split():
            cell.objects.using(using).get_or_create(role_id=key, capability=capability)


class Migration(migrations.Migration):
    dependencies = [("access", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop, elidable=False)]
