"""Django settings of one node.

Whoever opens a home sets `COMITY_HOME`, gives `comity.storage.unlocked` the database key and
`comity.storage.fields` the field key, then calls `django.setup()`. Without a home (type checker, tests) the database
is a locked SQLite in memory. No secret comes from a file or from the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from comity.config import Config, load_config
from comity.storage.backends.databases import database_settings, sqlite_settings
from comity.storage.unlocked import web_secret

PACKAGE = Path(__file__).resolve().parent
HOME_VARIABLE = "COMITY_HOME"
CONFIG: Config | None = (
    load_config(Path(os.environ[HOME_VARIABLE])) if os.environ.get(HOME_VARIABLE) else None
)

DEBUG = False
SECRET_KEY = web_secret()
DESK = urlsplit(CONFIG.desk_url if CONFIG else "")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *([DESK.hostname] if DESK.hostname else [])]
ROOT_URLCONF = "comity.urls"
AUTH_USER_MODEL = "storage.Officer"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "comity.storage",
    "comity.web",
]
MIDDLEWARE = [
    "comity.web.middleware.head_as_get",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "comity.api.interface.always_json",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "comity.web.middleware.nothing_stored",
    "comity.web.middleware.officer_language",
    "comity.web.middleware.own_password",
    "comity.web.middleware.second_factor",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "comity.web.context.desk",
            ],
        },
    },
]

DATABASES: dict[str, Any] = {"default": database_settings(CONFIG) if CONFIG else sqlite_settings(":memory:")}

# Sign-in: user name, password, then a second factor. No e-mail address is kept.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = MFA_TRUST_ENABLED = False  # a key comes after the password, each time
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ADAPTER = "comity.web.accounts.adapter.FactorAdapter"
MFA_FORMS = {
    "authenticate": "comity.web.accounts.forms.CodeForm",
    "reauthenticate": "comity.web.accounts.forms.ConfirmForm",
    "activate_totp": "comity.web.accounts.forms.EnrolFactorForm",
    "authenticate_webauthn": "comity.web.accounts.forms.KeyForm",
    "add_webauthn": "comity.web.accounts.forms.NewKeyForm",
}
ACCOUNT_ADAPTER = "comity.web.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "comity.web.accounts.forms.SignInForm",
    "reauthenticate": "comity.web.accounts.forms.PasswordForm",
}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/start/"

# Cookies and headers. A desk that is reached other than over loopback stands behind TLS.
_tls = DESK.scheme == "https"
SESSION_ENGINE = "comity.web.sessions"
SESSION_COOKIE_NAME = f"comity_session_{CONFIG.desk.port}" if CONFIG else "comity_session"
CSRF_COOKIE_NAME = f"comity_csrf_{CONFIG.desk.port}" if CONFIG else "comity_csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _tls
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _tls else None
CSRF_TRUSTED_ORIGINS = [f"https://{DESK.netloc}"] if _tls else []
SECURE_REFERRER_POLICY = "same-origin"  # "no-referrer" makes browsers send "Origin: null", which CSRF refuses
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

LANGUAGE_CODE = CONFIG.language if CONFIG else "en"
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("nl", _("Dutch")), ("ar", _("Arabic"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = CONFIG.time_zone if CONFIG else "UTC"
STATIC_URL = "unused/"  # the desk serves its few files itself, from the package

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FILES = 8
FILE_UPLOAD_HANDLERS = [
    "comity.web.identification.uploads.InMemory"
]  # nothing of a file reaches a temporary folder
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    # Request bodies and query strings may describe a person: only errors of the node itself are logged.
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
