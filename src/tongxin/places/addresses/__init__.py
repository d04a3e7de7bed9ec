"""Free Chinese addresses: what is road, number, compound, building, unit, floor and room; and when two say the same."""

from tongxin.places.addresses.address import Address, Parts
from tongxin.places.addresses.grammar import parse
from tongxin.places.addresses.keys import key
from tongxin.places.addresses.same import same

__all__ = ["Address", "Parts", "key", "parse", "same"]
