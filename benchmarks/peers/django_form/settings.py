"""The settings of the changelist, with the same durability on SQLite as the platform has, and nothing but the form."""

import os

from ..django_admin.settings import *  # noqa: F403
from ..django_admin.settings import _SQLITE, DATABASES

ROOT_URLCONF = "benchmarks.peers.django_form.urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "benchmarks.peers.django_form",
]
MIDDLEWARE = [
    "benchmarks.peers.django_admin.middleware.count_statements",
    "benchmarks.peers.django_admin.middleware.set_policy",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if DATABASES["default"] is _SQLITE:
    DATABASES["default"]["NAME"] = os.environ["BENCH_DJANGO_FILE"]
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
