"""Make Django's tables with a page for each of its sides to fill in, and log somebody in."""

import json
import os
from datetime import timedelta
from pathlib import Path


def start() -> None:
    """Set Django up in this process."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.django_form.settings"
    import django

    django.setup()


def prepare(username: str, pages: list[str], told: Path) -> None:
    """Make pages of these public ids, and leave the cookies of the person who fills them in."""
    start()
    from django.contrib.auth.models import Group, Permission, User
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    from .models import Call, Enterprise, Page

    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0, run_syncdb=True)  # our own tables refer to Django's
    user = User.objects.create_user(username)
    group = Group.objects.create(name="enterprise")
    group.permissions.add(Permission.objects.get(codename="change_page"))
    user.groups.add(group)
    enterprise = Enterprise.objects.create(name="惠州市云杉智能装备有限公司")
    enterprise.people.add(user)
    call = Call.objects.create(name="四十问", closes_at=timezone.now() + timedelta(days=10))
    for public_id in pages:
        Page.objects.create(public_id=public_id, enterprise=enterprise, call=call, state="draft")
    browser = Client()
    browser.force_login(user)
    told.write_text(json.dumps({name: morsel.value for name, morsel in browser.cookies.items()}))
