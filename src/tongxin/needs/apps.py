from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "tongxin.needs"
    label = "needs"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.needs.operations import deeds, old
        from tongxin.needs.tasks import declare_kinds

        declare_kinds()
        deeds.connect()
        clocks.register("needs deleted", old.drop_old, slow=True)
