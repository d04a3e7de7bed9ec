from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.kit import views
from tongxin.web import nav

app_name = "kit"
urlpatterns = [
    path("imports", views.imports, name="imports"),
    path("imports/<int:run_id>", views.run, name="import"),
    path("imports/<int:run_id>/rejects.csv", views.rejects, name="rejects"),
    path("audit", views.trail, name="audit"),
]
nav.register(_("Imports"), "kit:imports", "import.view", order=70)
nav.register(_("Audit"), "kit:audit", "audit.view", order=90)
