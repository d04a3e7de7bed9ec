"""The addresses of all pages: each stage brings its own."""

from django.db import transaction
from django.urls import include, path

from tongxin.config.api import api

routes, app_name, namespace = api.urls
for route in routes:  # each operation opens its own transaction, as the jobs role
    route.callback = transaction.non_atomic_requests(route.callback)

urlpatterns = [
    path("api/v1/", (routes, app_name, namespace)),
    path("", include("tongxin.web.urls")),
    path("", include("tongxin.access.urls")),
    path("", include("tongxin.people.urls")),
    path("", include("tongxin.places.urls")),
    path("", include("tongxin.policy.urls")),
    path("", include("tongxin.messages.urls")),
    path("", include("tongxin.tasks.urls")),
    path("", include("tongxin.ledgers.urls")),
    path("", include("tongxin.screening.urls")),
    path("", include("tongxin.chase.urls")),
    path("", include("tongxin.areas.urls")),
    path("", include("tongxin.restrictions.urls")),
    path("", include("tongxin.needs.urls")),
    path("", include("tongxin.areas.building.urls")),
    path("", include("tongxin.areas.settling.urls")),
    path("", include("tongxin.resident.urls")),
]
handler500 = "tongxin.web.middleware.server_error"
