from django.apps import AppConfig


class ChaseConfig(AppConfig):
    name = "tongxin.chase"
    label = "chase"

    def ready(self) -> None:
        from tongxin.chase.operations import deeds, follow, old
        from tongxin.chase.tasks import declare_kinds
        from tongxin.kit import clocks
        from tongxin.people import register
        from tongxin.screening.operations import followup, retention

        declare_kinds()
        deeds.connect()
        followup.on_tubes(follow.tubes_changed)
        register.on_moved(follow.people_moved)
        retention.on_delete(follow.tubes_needed)
        clocks.register("retests found missing", deeds.missing_retests)
        clocks.register("chases deleted", old.drop_old, slow=True)
        clocks.register("handed-over people forgotten", deeds.forget_stays)
