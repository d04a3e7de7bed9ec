from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "tongxin.screening"
    label = "screening"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.people import register
        from tongxin.places import operations as places
        from tongxin.screening.operations import followup, headers, retention
        from tongxin.screening.tasks import declare_kinds

        declare_kinds()
        register.on_moved(followup.people_moved)
        places.on_facility_moved(headers.sites_moved)
        clocks.register("tubes deleted", retention.drop_old, slow=True)
