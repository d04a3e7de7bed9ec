from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    name = "tongxin.restrictions"
    label = "restrictions"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.policy import compare
        from tongxin.policy.operations import on_adopted
        from tongxin.restrictions import operations, packs

        compare.register("restrictions", packs.effects)
        on_adopted(packs.rederive)
        clocks.register("restrictions lapsed", operations.lapse_due)
