from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tongxin.tasks"
    label = "tasks"
