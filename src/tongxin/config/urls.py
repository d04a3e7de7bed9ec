"""The addresses of all pages: each stage brings its own."""

from django.urls import include, path

from tongxin.config.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("tongxin.web.urls")),
    path("", include("tongxin.access.urls")),
    path("", include("tongxin.people.urls")),
    path("", include("tongxin.places.urls")),
    path("", include("tongxin.tasks.urls")),
    path("", include("tongxin.kit.urls")),
]
handler500 = "tongxin.web.middleware.server_error"
