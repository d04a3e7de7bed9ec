from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.i18n import set_language

from tongxin.web import events, nav
from tongxin.web.views import audit, columns, home, imports

app_name = "web"
urlpatterns = [
    path("", home.start, name="home"),
    path("theme", home.theme, name="theme"),
    path("language", set_language, name="language"),
    path("events", events.stream, name="events"),
    path("imports", imports.imports, name="imports"),
    path("imports/columns", columns.shapes, name="shapes"),
    path("imports/columns/<int:mapping_id>", columns.shape, name="shape"),
    path("imports/<int:run_id>", imports.run, name="import"),
    path("imports/<int:run_id>/rejects.csv", imports.rejects, name="rejects"),
    path("audit", audit.trail, name="audit"),
]
nav.register(_("Home"), "web:home", order=0)
nav.register(_("Imports"), "web:imports", "import.view", order=70)
nav.register(_("Audit"), "web:audit", "audit.view", order=90)
