"""A page of answers, one column a question, and what a save must look at: the owner, the call and its deadline."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from ...questions import CHOICES, Question, questions
from . import checks


class Call(models.Model):
    """What is declared for, and until when."""

    name = models.CharField(max_length=120)
    closes_at = models.DateTimeField()


class Enterprise(models.Model):
    """Who declares."""

    name = models.CharField(max_length=120)
    people = models.ManyToManyField(settings.AUTH_USER_MODEL)


def _column(question: Question) -> models.Field:
    """Return the column of a question with the validators that Django would be given."""
    limits, label = question.limits, question.label
    ranges = [
        check(limits[name])
        for name, check in (("min", MinValueValidator), ("max", MaxValueValidator))
        if name in limits and question.kind in ("int", "number", "money", "percent")
    ]
    match question.kind:
        case "text":
            return models.CharField(label, max_length=limits["max"])
        case "longtext":
            return models.TextField(label, validators=[checks.VisibleLength(limits["max"])])
        case "int":
            return models.IntegerField(label, validators=ranges, null=True)
        case "number" | "percent":
            return models.DecimalField(label, max_digits=14, decimal_places=2, validators=ranges, null=True)
        case "money":
            return models.DecimalField(label, max_digits=16, decimal_places=4, validators=ranges, null=True)
        case "date":
            return models.DateField(label, validators=[checks.within(limits["min"], limits["max"])], null=True)
        case "month":
            return models.CharField(label, max_length=7, validators=[checks.month])
        case "choice":
            return models.CharField(label, max_length=20, choices=CHOICES)
        case "choices":
            return models.JSONField(label, default=list)
        case "phone":
            return models.CharField(label, max_length=30, validators=[checks.phone])
        case "email":
            return models.EmailField(label, max_length=120)
        case "credit_code":
            return models.CharField(label, max_length=18, validators=[checks.credit_code])


class Page(models.Model):
    """One page of a declaration."""

    public_id = models.CharField(max_length=22, unique=True)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT)
    call = models.ForeignKey(Call, models.PROTECT)
    state = models.CharField(max_length=20)
    title = models.CharField(max_length=160)
    revision = models.IntegerField(default=0)
    saved_at = models.DateTimeField(null=True)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)


for _question in questions():
    _column(_question).contribute_to_class(Page, _question.key)
