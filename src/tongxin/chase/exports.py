"""Exports of the chase."""


def members():
    return ("tube_barcode",), iter(())


calls = hops = members
