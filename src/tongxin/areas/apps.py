from django.apps import AppConfig


class AreasConfig(AppConfig):
    name = "tongxin.areas"
    label = "areas"

    def ready(self) -> None:
        from tongxin.areas import kinds, packs
        from tongxin.areas.operations import disinfect, issue, knock, listed, roll, testing, turn, upkeep
        from tongxin.areas.waiting import freed_by_tubes
        from tongxin.kit import clocks
        from tongxin.people import register
        from tongxin.policy import compare, operations
        from tongxin.screening import waiting

        kinds.declare_kinds()
        disinfect.connect()
        knock.connect()
        testing.connect()
        upkeep.connect()
        register.on_moved(roll.people_moved)
        issue.after_signing(listed.link)
        operations.on_adopted(packs.rederive)
        compare.register("areas", packs.effects)
        waiting.register(freed_by_tubes)
        clocks.register("areas moved", turn.run)
        clocks.register("people of areas forgotten", roll.forget)
