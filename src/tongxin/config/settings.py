"""Settings, from the environment (see docs/production.md). A wrong one stops the program with the remedy."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from tongxin.config import databases, embedded

BASE = Path(__file__).resolve().parent.parent
HOME = embedded.default_home()
_secrets = embedded.load_secrets(HOME)

SECRET_KEY = _secrets["django_secret_key"]
ENCRYPTION_KEY = embedded.load_key(HOME)
DEBUG = False
ALLOWED_HOSTS = [h for h in os.environ.get("TONGXIN_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("TONGXIN_ORIGINS", "").split(",") if o]
PORT = os.environ.get("TONGXIN_PORT", "8000")
if not PORT.isdigit():
    raise ImproperlyConfigured(f"TONGXIN_PORT is {PORT!r}; set it to a port number such as 8000.")

_urls = databases.resolve(os.environ)
DATABASES = {
    alias: {**databases.django_database(_urls[role]), "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    for alias, role in (("default", "web"), ("jobs", "jobs"), ("owner", "owner"))
}
DATABASES["default"]["ATOMIC_REQUESTS"] = True
DATABASE_ROUTERS = ["tongxin.kit.db.RoleRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "procrastinate.contrib.django",
    "tongxin.kit",
    "tongxin.places",
    "tongxin.access",
    "tongxin.policy",
    "tongxin.people",
    "tongxin.messages",
    "tongxin.tasks",
    "tongxin.restrictions",
    "tongxin.ledgers",
    "tongxin.screening",
    "tongxin.chase",
    "tongxin.areas",
    "tongxin.needs",
    "tongxin.resident",
    "tongxin.web",
]
MIDDLEWARE = [
    "tongxin.web.middleware.DatabaseDownMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tongxin.access.middleware.ScopeMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "tongxin.config.urls"
ASGI_APPLICATION = "tongxin.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tongxin.web.context.page",
            ],
            "builtins": ["tongxin.web.templatetags.tongxin", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "web/locked.html"
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_COOKIES = os.environ.get("TONGXIN_HTTPS", "") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE / "locale"]
LANGUAGE_COOKIE_NAME = "tongxin_language"
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("TONGXIN_TIME_ZONE", "Asia/Shanghai")

PROCRASTINATE_DATABASE_ALIAS = "jobs"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS: list[Path] = []
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": os.environ.get("TONGXIN_LOG", "WARNING")},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
