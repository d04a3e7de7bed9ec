from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "tongxin.screening"
    label = "screening"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.people import register
        from tongxin.screening.operations import followup, retention
        from tongxin.screening.tasks import declare_kinds

        declare_kinds()
        register.on_moved(followup.people_moved)
        clocks.register("tubes deleted", retention.drop_old, slow=True)
