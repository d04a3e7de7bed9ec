from django.urls import path
from django.utils.translation import gettext_lazy as _

from tongxin.areas.views import act, area, course, figures, here, lift, listing, narrow, new, notice, people, upkeep, words
from tongxin.web import home, labels, nav, subjects

app_name = "areas"
urlpatterns = [
    path("areas", listing.areas, name="areas"),
    path("areas/lift", lift.lift, name="lift"),
    path("areas/new", new.places, name="new"),
    path("areas/new/order", new.order, name="new_order"),
    path("areas/new/sign", new.sign, name="new_sign"),
    path("areas/barriers/<int:barrier_id>/remove", upkeep.remove_barrier, name="remove_barrier"),
    path("areas/objections/<int:objection_id>", upkeep.objection, name="objection"),
    path("areas/<int:order_id>", area.area, name="area"),
    path("areas/<int:order_id>/lift", act.lift, name="lift_one"),
    path("areas/<int:order_id>/withdraw", act.withdraw, name="withdraw"),
    path("areas/<int:order_id>/extend", act.extend, name="extend"),
    path("areas/<int:order_id>/narrow", narrow.narrow, name="narrow"),
    path("areas/<int:order_id>/notice", notice.notice, name="notice"),
    path("areas/<int:order_id>/missing", people.missing, name="missing"),
    path("areas/<int:order_id>/people", people.people, name="people"),
    path("areas/<int:order_id>/people/unregistered", here.unregistered, name="unregistered"),
    path("areas/<int:order_id>/people/<int:person_id>/mark", people.mark, name="mark"),
    path("areas/<int:order_id>/people/<int:person_id>/unmark", people.unmark, name="unmark"),
    path("areas/<int:order_id>/course", course.page, name="course"),
    path("areas/<int:order_id>/disinfected", course.disinfected, name="disinfected"),
    path("areas/<int:order_id>/disinfected/<int:check_id>/photo", course.photo, name="disinfected_photo"),
    path("areas/<int:order_id>/cases/<int:case_id>/study", course.study, name="study"),
    path("areas/<int:order_id>/upkeep", upkeep.page, name="upkeep"),
    path("areas/<int:order_id>/exits", upkeep.exits, name="exits"),
    path("areas/<int:order_id>/exits/<int:check_id>/photo", upkeep.photo, name="photo"),
    path("areas/<int:order_id>/barriers", upkeep.barrier, name="barrier"),
]

nav.register(_("Areas"), "areas:areas", "area.view", order=30)
home.register("release", figures.release)
subjects.register("area", figures.areas)
subjects.register("objection", figures.objections)
labels.ACTIONS.update(words.ACTIONS)
labels.AUDIT_KINDS.setdefault("area", _("area"))
labels.AUDIT_KINDS.setdefault("publication", _("published list"))
labels.AUDIT_KINDS.setdefault("address", _("address"))
