"""What the worker does to turn a declaration into its PDF."""


def prepare(*a, **k): ...
