from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "tongxin.messages"
    label = "outbox"  # Django's own "messages" (what flashes on a page) has the other name

    def ready(self) -> None:
        from tongxin.kit import clocks
        from tongxin.messages import operations

        clocks.register("messages sent", operations.deliver, outward=True)
        clocks.register("messages deleted", operations.drop_old, slow=True)
