from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "tongxin.policy"
    label = "policy"
