"""One class per kind of field."""
