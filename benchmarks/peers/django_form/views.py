"""The form and the one view: the page of the own enterprise, held while it is judged and written."""

import json

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from ...questions import CHOICES, questions
from .models import Page

_SEVERAL = {
    question.key: forms.MultipleChoiceField(label=question.label, choices=CHOICES)
    for question in questions()
    if question.kind == "choices"
}
PageForm = forms.modelform_factory(
    Page, form=type("Several", (forms.ModelForm,), _SEVERAL), fields=[question.key for question in questions()]
)


@login_required
def token(request):
    """Give the browser code its token."""
    return JsonResponse({"csrf_token": get_token(request)})


@permission_required("django_form.change_page", raise_exception=True)
def save(request, public_id):
    """Save what was typed: what is wrong keeps its old answer, and every wrong field has its sentences.

    The form is shown again, as forms are, with each sentence at its field; or `?json` names the wrong fields only.
    """
    with transaction.atomic():
        page = get_object_or_404(
            Page.objects.select_for_update(of=("self",)).select_related("call", "enterprise"),
            public_id=public_id,
            enterprise__people=request.user,
        )
        if page.state != "draft" or timezone.now() > page.call.closes_at:
            return HttpResponse(status=410)
        if str(page.revision) != request.headers["If-Match"].strip('"'):
            return HttpResponse(status=409)
        form = PageForm(json.loads(request.body), instance=page)
        form.is_valid()
        page.revision += 1
        page.saved_at, page.saved_by = timezone.now(), request.user
        page.title = page.text_1
        page.save()
    if "json" not in request.GET:
        answer = render(request, "django_form/page.html", {"form": form, "revision": page.revision})
        answer["X-Revision"] = page.revision
        return answer
    problems = [
        {"name": name, "label": form[name].label, "messages": [error["message"] for error in errors]}
        for name, errors in form.errors.get_json_data().items()
    ]
    return JsonResponse({"revision": page.revision, "saved_at": page.saved_at.isoformat(), "problems": problems})
