"""Names of inputs that are not answers."""

POSTED = "-_posted"
"""Ending of the hidden input that says a control without value was on the page: an unticked box posts nothing."""
REMOVE = "_remove"
"""Name of the button that removes a record, its value is the record (`repeat-0`); it works without JavaScript."""
