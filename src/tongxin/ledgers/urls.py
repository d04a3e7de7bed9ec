from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.ledgers import words
from tongxin.ledgers.categories import SENSITIVE
from tongxin.ledgers.views import figures, hospital, listing, offers, person, rounds, stewards
from tongxin.web import labels, nav, subjects

app_name = "ledgers"
urlpatterns = [
    path("ledger", listing.ledger, name="ledger"),
    path("ledger/people/<int:person_id>", person.person, name="person"),
    path("ledger/people/<int:person_id>/phone", person.phone, name="phone"),
    path("ledger/people/<int:person_id>/contact", person.contact, name="contact"),
    path("ledger/people/<int:person_id>/put-on", person.put_on, name="put_on"),
    path("ledger/entries/<int:entry_id>/plan", person.plan, name="plan"),
    path("ledger/entries/<int:entry_id>/owner", person.owner, name="set_owner"),
    path("ledger/entries/<int:entry_id>/end", person.end, name="end"),
    path("ledger/owners", stewards.owners, name="owners"),
    path("ledger/owners/<int:user_id>", stewards.owner, name="owner"),
    path("ledger/stewards", stewards.stewards, name="stewards"),
    path("ledger/stewards/<str:code>", stewards.steward, name="steward"),
    path("ledger/stewards/<str:code>/heads", stewards.head, name="head"),
    path("ledger/heads/<int:head_id>/end", stewards.end_head, name="end_head"),
    path("ledger/posts/<int:post_id>/end", stewards.end_post, name="end_post"),
    path("ledger/hospital", hospital.hospital, name="hospital"),
    path("ledger/hospital/<int:row_id>", hospital.choose, name="choose"),
    path("ledger/rounds", rounds.rounds, name="rounds"),
    path("ledger/rounds/<int:round_id>", rounds.one, name="round"),
    path("ledger/rounds/<int:round_id>/print", rounds.printed, name="round_print"),
    path("ledger/rounds/<int:round_id>/close", rounds.close, name="round_close"),
    path("ledger/knocks/<int:knock_id>", rounds.knock, name="knock"),
    path("offers", offers.offers, name="offers"),
    path("offers/<int:offer_id>/<str:event>", offers.change, name="offer"),
]
nav.register(_("Ledger"), "ledgers:ledger", "ledger.view", order=45)
nav.register(_("Offers"), "ledgers:offers", "ledger.view", order=46)
subjects.register("ledger", figures.people)
subjects.register("place", figures.places)
labels.ACTIONS.update(words.ACTIONS)
labels.SENSITIVE_CATEGORIES.update(SENSITIVE)
for _kind, _label in (
    ("ledger", _("ledger")), ("round", _("round of doors")), ("offer", _("offer")), ("home", _("home")), ("place", _("place")),
    ("columns", _("columns of a sheet")),
):  # fmt: skip
    labels.AUDIT_KINDS.setdefault(_kind, _label)
labels.IMPORT_KINDS.update({"ledger": _("ledger"), "ledger-hospital": _("hospital's list")})
figures.offer_uploads()
