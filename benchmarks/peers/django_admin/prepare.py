"""Make Django's own tables and a superuser: `python -m benchmarks.peers.django_admin.prepare NAME PASSWORD`."""

import os
import sys

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.django_admin.settings")


def main() -> None:
    """Migrate and create the superuser."""
    django.setup()
    from django.contrib.auth.models import User

    call_command("migrate", verbosity=0)
    User.objects.create_superuser(sys.argv[1], password=sys.argv[2])


if __name__ == "__main__":
    main()
