from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    name = "tongxin.restrictions"
    label = "restrictions"
