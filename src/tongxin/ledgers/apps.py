from django.apps import AppConfig


class LedgersConfig(AppConfig):
    name = "tongxin.ledgers"
    label = "ledgers"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.ledgers import kinds, loaders
        from tongxin.ledgers.operations import contacts, derive, entries
        from tongxin.people import register
        from tongxin.tasks.kinds import on_outcome

        kinds.declare_kinds()
        loaders.declare()
        for kind in kinds.ABOUT_PERSON:
            on_outcome(kind)(contacts.task_done)
        on_outcome(kinds.OWNER)(entries.owners_task_done)
        register.on_moved(derive.people_moved)
        register.on_written(derive.people_written)
        clocks.register("ledger contacts due", contacts.open_due)
        clocks.register("ledger without owners", entries.ask_for_owners)
        clocks.register("ledger kept up with the register", derive.everybody, slow=True)
