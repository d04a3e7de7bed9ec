from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tongxin.tasks"
    label = "tasks"

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.tasks import operations

        clocks.register("tasks passed up", operations.escalate_due)
