"""Outputs: data in, a page or a table out, then a writer. No database, no request."""
