from django.apps import AppConfig


class ResidentConfig(AppConfig):
    name = "tongxin.resident"
    label = "resident"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.resident.operations import visits

        clocks.register("residents' visits forgotten", visits.forget, slow=True)
