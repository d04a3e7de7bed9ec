"""Rounds, the progress of one round, its tubes, who is not tested, and the page of a tube."""
