"""``tongxin demo``."""


def demo() -> None:
    raise NotImplementedError
