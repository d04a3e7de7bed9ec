from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "tongxin.policy"
    label = "policy"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.policy import operations

        clocks.register("policy packs derived", operations.derive_due)
