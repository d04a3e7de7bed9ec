"""Chance that can be drawn again: every draw has a key, and the same key gives the same draw, whatever came before."""

from __future__ import annotations

import hashlib
import math
import random


def drawer(seed: int, *key: object) -> random.Random:
    """A generator of its own for a key: what a person does does not depend on what others did first."""
    text = "\x1f".join(map(str, (seed, *key)))
    return random.Random(hashlib.blake2b(text.encode(), digest_size=8).digest())


def poisson(rng: random.Random, mean: float) -> int:
    """A Poisson number (Knuth's product of uniforms; for the small means of daily contacts)."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product, count = product * rng.random(), count + 1
    return count
