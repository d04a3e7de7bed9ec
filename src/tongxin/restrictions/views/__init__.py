"""What limits people and places: the list, and one restriction with its reason, its end and what may be done."""

from tongxin.restrictions.views.listing import restrictions
from tongxin.restrictions.views.one import extend, release, restriction

__all__ = ["extend", "release", "restriction", "restrictions"]
