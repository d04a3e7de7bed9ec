from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "tongxin.kit"
    label = "kit"
