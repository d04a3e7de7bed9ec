from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.needs import words
from tongxin.needs.medicine.urls import urlpatterns as medicine
from tongxin.needs.views import act, asked, figures, glossary, handover, listing, need, phone, uploads
from tongxin.web import home, labels, nav, subjects

app_name = "needs"
urlpatterns = [
    path("needs", listing.inbox, name="desk"),
    path("needs/phone", phone.take, name="phone"),
    path("needs/phone/caller", phone.caller, name="caller"),
    path("needs/phone/heard", phone.heard, name="heard"),
    path("needs/places", phone.places, name="places"),
    path("needs/handover", handover.handover, name="handover"),
    path("needs/asked", asked.asked, name="asked"),
    path("needs/glossary", glossary.page, name="glossary"),
    path("needs/<int:need_id>", need.need, name="need"),
    path("needs/<int:need_id>/questions", act.questions, name="questions"),
    path("needs/<int:need_id>/confirm", act.confirm, name="confirm"),
    path("needs/<int:need_id>/finish", act.finish, name="finish"),
    path("needs/<int:need_id>/close", act.close, name="close"),
    path("needs/<int:need_id>/reopen", act.reopen, name="reopen"),
    path("needs/<int:need_id>/withdraw", act.withdraw, name="withdraw"),
    path("needs/<int:need_id>/district", act.district, name="district"),
    path("needs/<int:need_id>/promise", act.promise, name="promise"),
    path("needs/<int:need_id>/note", act.note, name="note"),
    path("needs/<int:need_id>/watch", act.watch, name="watch"),
    path("needs/<int:need_id>/step", act.step, name="step"),
    path("needs/<int:need_id>/merge/<int:other_id>", act.merge, name="merge"),
    path("needs/<int:need_id>/two/<int:other_id>", act.two, name="two"),
    path("needs/<int:need_id>/callers/<int:caller_id>/phone", act.phone, name="number"),
]
urlpatterns += medicine
nav.register(_("Needs"), "needs:desk", "need.view", order=35)
home.register("care", figures.care)
subjects.register("need", figures.needs)
uploads.register()
labels.ACTIONS.update(words.ACTIONS)
labels.AUDIT_KINDS.setdefault("need", _("need"))
labels.AUDIT_KINDS.setdefault("hook", _("hook of a chat group"))
labels.AUDIT_KINDS.setdefault("glossary", _("word of the glossary"))
