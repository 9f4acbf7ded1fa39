"""Saving one page of forty answers with Django: a ModelForm over a row of forty columns."""
