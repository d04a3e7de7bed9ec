"""The writes of areas: issue, judge, lift, extend, narrow and split; the lists of others; the roll."""
