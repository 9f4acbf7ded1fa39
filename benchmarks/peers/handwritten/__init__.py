"""The review queue as one would write it by hand for speed: one Flask view, three statements, one template."""
