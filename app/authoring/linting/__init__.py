"""What will hurt: hints for the author of a type that parses well and still does not do what was meant."""

from .hints import Hint, lint

__all__ = ["Hint", "lint"]
