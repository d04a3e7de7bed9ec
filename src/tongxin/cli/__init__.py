"""The program ``tongxin``."""

from __future__ import annotations


def main() -> None:
    from tongxin.cli.main import run

    run()
