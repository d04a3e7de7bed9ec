from django.apps import AppConfig


class ChaseConfig(AppConfig):
    name = "tongxin.chase"
    label = "chase"
