"""The rule packs: where they hold, what they say, what another one would change; adopting and rolling back."""

from tongxin.policy.views.comparing import compare
from tongxin.policy.views.deciding import adopt, roll_back
from tongxin.policy.views.overview import level, packs
from tongxin.policy.views.reading import comment, pack, parameter

__all__ = ["adopt", "comment", "compare", "level", "pack", "packs", "parameter", "roll_back"]
