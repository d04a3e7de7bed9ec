from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    name = "tongxin.restrictions"
    label = "restrictions"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.restrictions import operations

        clocks.register("restrictions lapsed", operations.lapse_due)
