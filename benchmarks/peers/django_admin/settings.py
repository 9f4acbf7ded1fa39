"""Django as it comes, with the settings that make it fast: kept connections, cookie sessions, cached templates."""

import os

from sqlalchemy.engine import make_url

_url = make_url(os.environ["DATABASE_URL"])
_SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": _url.database, "CONN_MAX_AGE": None}
_POSTGRESQL = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": _url.database,
    "USER": _url.username,
    "PASSWORD": _url.password,
    "HOST": _url.host,
    "PORT": _url.port or 5432,
    "CONN_MAX_AGE": None,
}

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "benchmarks.peers.django_admin.urls"
DATABASES = {"default": _SQLITE if _url.drivername.startswith("sqlite") else _POSTGRESQL}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
LANGUAGE_CODE = "zh-hans"
USE_TZ = False
STATIC_URL = "/static/"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "benchmarks.peers.django_admin",
]
MIDDLEWARE = [
    "benchmarks.peers.django_admin.middleware.count_statements",
    "benchmarks.peers.django_admin.middleware.set_policy",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
