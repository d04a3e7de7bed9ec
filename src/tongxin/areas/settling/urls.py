from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.areas.settling import views
from tongxin.web import labels, nav

app_name = "settling"
urlpatterns = [
    path("addresses", views.addresses, name="addresses"),
    path("addresses/settle", views.settle, name="settle"),
    path("addresses/<int:address_id>", views.address, name="address"),
    path("addresses/<int:address_id>/take-back", views.take_back, name="take_back"),
]
nav.register(_("Addresses"), "settling:addresses", "address.settle", order=32)
labels.ACTIONS.update({"address.settled": _("settled addresses"), "address.taken_back": _("took back a settled address")})
labels.AUDIT_KINDS.setdefault("address", _("address"))
