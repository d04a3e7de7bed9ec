"""``tongxin serve``, ``worker`` and ``demo``."""


def serve() -> None:
    raise NotImplementedError


def worker() -> None:
    raise NotImplementedError


def demo() -> None:
    raise NotImplementedError
