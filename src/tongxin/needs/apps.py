from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "tongxin.needs"
    label = "needs"

    def ready(self) -> None:
        from tongxin.kit import clocks, mappings
        from tongxin.needs import linking, loaders
        from tongxin.needs.medicine import operations as medicine
        from tongxin.needs.medicine import tasks as medicine_tasks
        from tongxin.needs.operations import deeds, old, telling
        from tongxin.needs.tasks import declare_kinds

        declare_kinds()
        medicine_tasks.declare_kinds()
        deeds.connect()
        medicine.connect()
        telling.connect()
        linking.connect()
        clocks.register("prescriptions asked for again", medicine.come_back)
        clocks.register("needs deleted", old.drop_old, slow=True)
        for kind, fields in loaders.FIELDS.items():
            mappings.declare(kind, fields)
