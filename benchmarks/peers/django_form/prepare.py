"""Make Django's tables with one page to fill in, and log somebody in."""

import os
from datetime import timedelta


def prepare(username: str) -> tuple[str, str]:
    """Return the public id of the page and the cookies of the person who fills it in."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.django_form.settings"
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    from .models import Call, Enterprise, Page

    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0, run_syncdb=True)  # our own tables refer to Django's
    user = User.objects.create_user(username)
    enterprise = Enterprise.objects.create(name="惠州市云杉智能装备有限公司")
    enterprise.people.add(user)
    call = Call.objects.create(name="四十问", closes_at=timezone.now() + timedelta(days=10))
    page = Page.objects.create(public_id="0" * 22, enterprise=enterprise, call=call, state="draft")
    browser = Client()
    browser.force_login(user)
    return page.public_id, "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
