from django.apps import AppConfig


class ResidentConfig(AppConfig):
    name = "tongxin.resident"
    label = "resident"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.resident import operations

        clocks.register("residents' visits forgotten", operations.forget, slow=True)
