"""Configuration: one class per situation, every value from the environment or a sensible default."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent
INSTANCE = Path(os.environ.get("SHENBAO_INSTANCE", ROOT / "instance"))


class Config:
    """What all situations share."""

    APP_NAME = "申报平台"
    INSTANCE = INSTANCE
    SECRET_KEY = os.environ.get("SECRET_KEY")
    SQLALCHEMY_DATABASE_URI = os.environ.get("DATABASE_URL") or f"sqlite:///{INSTANCE / 'shenbao.db'}"
    SQLALCHEMY_TRACK_MODIFICATIONS = False
    REDIS_URL = os.environ.get("REDIS_URL")
    QUEUE_NAME = os.environ.get("QUEUE_NAME", "shenbao")
    FILES_URL = os.environ.get("FILES_URL") or f"file://{INSTANCE / 'files'}"
    DEFAULT_SITE = os.environ.get("DEFAULT_SITE", "")  # key of the site that unknown hosts get; empty: the first

    FAB_SECURITY_MANAGER_CLASS = "app.security.SecurityManager"
    FAB_BASE_TEMPLATE = "skin/base.html"
    FAB_CREATE_DB = False
    FAB_UPDATE_PERMS = False
    FAB_ADD_SECURITY_VIEWS = True
    FAB_ADD_MENU_API = False  # the menu is rendered into the page
    FAB_ADD_OPENAPI_VIEWS = False
    FAB_OPENAPI_SERVERS: list[str] = []
    BABEL_DEFAULT_LOCALE = "zh_Hans_CN"
    BABEL_DEFAULT_TIMEZONE = "Asia/Shanghai"
    BABEL_TRANSLATION_DIRECTORIES = str(ROOT / "translations")
    LANGUAGES = {"zh_Hans_CN": {"flag": "cn", "name": "简体中文"}, "en": {"flag": "gb", "name": "English"}}

    WTF_CSRF_TIME_LIMIT = None  # bound to the log-in: long forms must not expire under the hands
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_REFRESH_EACH_REQUEST = False  # an answer under way must not bring back a session that has just ended
    PERMANENT_SESSION_LIFETIME = 8 * 3600
    SESSION_IDLE_MINUTES = int(
        os.environ.get("SESSION_IDLE_MINUTES", "120")
    )  # logged out after so long without a click
    MAX_CONTENT_LENGTH = 210 * 1024 * 1024
    MAX_FORM_PARTS = 20_000
    MAX_FORM_MEMORY_SIZE = 8 * 1024 * 1024
    RATELIMIT_ENABLED = True
    RATELIMIT_STORAGE_URI = os.environ.get("REDIS_URL") or "memory://"
    RATELIMIT_HEADERS_ENABLED = True
    TRUSTED_PROXIES = 0  # how many proxies in front say who asks and how; see ProdConfig
    ARRIVAL_HEADER = os.environ.get("ARRIVAL_HEADER", "")  # in which a proxy tells when a request reached it
    LOG_JSON = False
    LOG_REQUESTS = False
    LOGIN_RATE_LIMIT = "30 per minute"
    LOGIN_CAPTCHA = True  # a picture to read at every log-in
    LOGIN_SECOND_FACTOR = "sms"  # officials confirm with a code sent to their phone; `off`: the password is enough
    CAPTCHA_RATE_LIMIT = "60 per minute"
    REGISTRATION_RATE_LIMIT = "20 per minute"

    JOB_HEARTBEAT_SECONDS = 5.0
    JOB_STALE_SECONDS = 30.0

    # Copies of messages: `file` writes them under instance/outbox/, `smtp` sends e-mail; see app/services/delivery.
    MAIL_DELIVERY = os.environ.get("MAIL_DELIVERY", "file")
    SMS_DELIVERY = os.environ.get("SMS_DELIVERY", "file")
    MAIL_FROM = os.environ.get("MAIL_FROM", "noreply@localhost")
    SMTP_HOST = os.environ.get("SMTP_HOST", "localhost")
    SMTP_PORT = int(os.environ.get("SMTP_PORT", "587"))
    SMTP_SECURITY = os.environ.get("SMTP_SECURITY", "starttls")  # starttls, tls or none
    SMTP_USER = os.environ.get("SMTP_USER")
    SMTP_PASSWORD = os.environ.get("SMTP_PASSWORD")
    SMTP_TIMEOUT = 20.0
    SMS_ON_CONSOLE = False  # the `file` adapter also says texts to the server's console
    OUTBOX_SECONDS = 5.0
    CODES_SECONDS = 1.0  # one-time codes go ahead of everything else
    DIGEST_AT = os.environ.get("DIGEST_AT", "08:30")  # Shanghai time of the daily reminder
    DIGEST_WORKING_DAYS = int(os.environ.get("DIGEST_WORKING_DAYS", "3"))  # deadlines that many working days ahead
    OBJECTION_RATE_LIMIT = "10 per hour"

    # The business register that 获取基本信息 asks; see app/services/register.
    REGISTER = os.environ.get("REGISTER", "file")
    REGISTER_FILE = os.environ.get("REGISTER_FILE") or ROOT / "app" / "services" / "register" / "invented.csv"
    REGISTER_RATE_LIMIT = "20 per hour"  # of one account: credit codes must not be found by trying
    NAME_CHECK_RATE_LIMIT = "30 per hour"  # likewise which enterprises are certified

    # Signing on across systems: plain HTTP is for trying it on one machine; several hosts share one SIGNING_KEY_FILE.
    SIGN_ON_OVER_HTTP = os.environ.get("SIGN_ON_OVER_HTTP") == "on"
    SIGNING_KEY_FILE = os.environ.get("SIGNING_KEY_FILE") or INSTANCE / "signing_key.pem"
    SIGNING_KEY = os.environ.get("SIGNING_KEY")  # the key itself (PEM), instead of a file


class DevConfig(Config):
    """`make run`: one process on 127.0.0.1. `LOGIN_CAPTCHA=off` and `LOGIN_SECOND_FACTOR=off` shorten the log-in."""

    TEMPLATES_AUTO_RELOAD = False
    SIGN_ON_OVER_HTTP = True
    LOGIN_CAPTCHA = os.environ.get("LOGIN_CAPTCHA") != "off"
    LOGIN_SECOND_FACTOR = os.environ.get("LOGIN_SECOND_FACTOR", "sms")
    SMS_ON_CONSOLE = True


class TestConfig(Config):
    """Test runs: own database and folder, no limits that would slow log-ins down."""

    TESTING = True
    SIGN_ON_OVER_HTTP = True
    SECRET_KEY = "test-only-secret"  # noqa: S105 - never leaves a test run
    RATELIMIT_ENABLED = False
    LOGIN_CAPTCHA = False  # tests of the log-in switch it on
    LOGIN_SECOND_FACTOR = "off"
    WTF_CSRF_ENABLED = False  # the browser tests run with it
    FAB_PASSWORD_HASH_METHOD = "pbkdf2:sha256:1"  # noqa: S105 - fast on purpose
    JOB_HEARTBEAT_SECONDS = 0.2
    JOB_STALE_SECONDS = 1.0


class ProdConfig(Config):
    """Behind a TLS proxy, on PostgreSQL and Redis."""

    TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "1"))
    LOG_JSON = True
    LOG_REQUESTS = True
    SESSION_COOKIE_SECURE = True
    REMEMBER_COOKIE_SECURE = True
    PREFERRED_URL_SCHEME = "https"


BY_NAME = {"dev": DevConfig, "test": TestConfig, "prod": ProdConfig}


def chosen() -> type[Config]:
    """Return the class that `SHENBAO_CONFIG` names (dev when unset)."""
    return BY_NAME[os.environ.get("SHENBAO_CONFIG", "dev")]
