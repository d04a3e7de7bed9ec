from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.needs.medicine import tour_views, views, words
from tongxin.web import labels, subjects

urlpatterns = [
    path("needs/medicine", views.board, name="medicine"),
    path("needs/medicine/<int:order_id>", views.order, name="medicine_order"),
    path("needs/medicine/<int:order_id>/consult", views.consult, name="consult"),
    path("needs/medicine/<int:order_id>/found", views.found, name="found"),
    path("needs/medicine/<int:order_id>/card", views.card, name="card"),
    path("needs/medicine/<int:order_id>/buy", views.buy, name="buy"),
    path("needs/medicine/<int:order_id>/recur", views.recur, name="recur"),
    path("needs/medicine/purchases/<int:purchase_id>/refund", views.refund, name="refund"),
    path("needs/tours", tour_views.tours, name="tours"),
    path("needs/tours/<int:tour_id>", tour_views.tour, name="tour"),
    path("needs/tours/<int:tour_id>/purse", tour_views.purse, name="purse"),
    path("needs/tours/<int:tour_id>/settle", tour_views.settle, name="settle"),
]
subjects.register("medicine", views.links)
labels.ACTIONS.update(words.ACTIONS)
labels.AUDIT_KINDS.setdefault("medicine", _("medicine order"))
labels.AUDIT_KINDS.setdefault("tour", _("purchase tour"))
