"""Settings, read from the environment.

A missing or wrong value stops the start with one line that names the variable and the remedy; README lists them all.
"""

import os
import re
import secrets
import sys
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
import environ

BASE_DIR = Path(__file__).resolve().parent.parent


def _stop(variable: str, remedy: str):
    """End the start with one line; the reader is an administrator, not a programmer."""
    sys.exit(f"{variable}: {remedy}")


def _switch(variable: str, default: bool) -> bool:
    text = os.environ.get(variable, "").strip().lower()
    if text in ("", None):
        return default
    if text in ("1", "on", "true", "yes"):
        return True
    if text in ("0", "off", "false", "no"):
        return False
    return _stop(variable, f"“{text}” is neither on nor off; write on or off.")


def _whole_number(variable: str, default: int, lowest: int, highest: int) -> int:
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
        return _stop(variable, f"“{text}” is not a whole number from {lowest} to {highest}.")
    return int(text)


def _words(variable: str, default: list[str]) -> list[str]:
    text = os.environ.get(variable, "").strip()
    return [word.strip() for word in text.split(",") if word.strip()] or default


# --- what kind of installation this is -----------------------------------------------------------------------
DEMO = _switch("DEMO", True)
DEBUG = _switch("DEBUG", False)
HTTPS = _switch("HTTPS", False)
PUBLIC_DASHBOARD = _switch("PUBLIC_DASHBOARD", DEMO)
REPORT_DUE_DAYS = _whole_number("REPORT_DUE_DAYS", 15, 1, 90)
DEFAULT_QUARTER = os.environ.get("DEFAULT_QUARTER", "").strip() or ("2025-Q4" if DEMO else None)
DEMO_PASSWORD = os.environ.get("DEMO_PASSWORD", "").strip() or None

DATA_DIR = Path(os.environ.get("DATA_DIR", "").strip() or BASE_DIR / "var").resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    _stop("DATA_DIR", f"cannot make the folder {DATA_DIR} ({error.strerror}); name one that can be written.")

if DEFAULT_QUARTER:
    from changchun_innovation.shared.quarters import Quarter

    try:
        Quarter.parse(DEFAULT_QUARTER)
    except ValueError:
        _stop("DEFAULT_QUARTER", f"“{DEFAULT_QUARTER}” is not a quarter; write it like 2025-Q4.")


def _secret_key() -> str:
    given = os.environ.get("SECRET_KEY", "").strip()
    if given:
        return given
    if not DEMO:
        return _stop("SECRET_KEY", "required when DEMO is off; set it to at least 50 random characters.")
    kept = DATA_DIR / "secret_key"
    if not kept.exists():
        # O_EXCL: of two processes that start together, one writes and the other reads.
        try:
            with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(50))
        except FileExistsError:
            pass
        except OSError as error:
            _stop("DATA_DIR", f"cannot write {kept} ({error.strerror}); name a folder that can be written.")
    return kept.read_text().strip()


SECRET_KEY = _secret_key()
if not DEMO and len(SECRET_KEY) < 32:
    _stop("SECRET_KEY", "too short; set it to at least 50 random characters.")

ALLOWED_HOSTS = _words("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = _words("CSRF_TRUSTED_ORIGINS", [])
for _origin in CSRF_TRUSTED_ORIGINS:
    if "://" not in _origin:
        _stop("CSRF_TRUSTED_ORIGINS", f"“{_origin}” lacks its scheme; write it like https://{_origin}.")

# --- apps and middleware -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "changchun_innovation.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "axes",
    "auditlog",
    "changchun_innovation.apps.ChangchunInnovationConfig",
    "institutions",
    "targets",
    "parks",
]
MIDDLEWARE = [
    "changchun_innovation.kept_pages.KeptPages",
    "changchun_innovation.middleware.RefuseNul",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "changchun_innovation.middleware.ReadersLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "changchun_innovation.middleware.DashboardForReaders",
    "auditlog.middleware.AuditlogMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "changchun_innovation.urls"
WSGI_APPLICATION = "changchun_innovation.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "changchun_innovation.shared.params.asked",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FIXTURE_DIRS = [BASE_DIR / "fixtures"]

# --- database ------------------------------------------------------------------------------------------------
# With Django's defaults SQLite loses concurrent writers; with these it queues them.
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}


def _database() -> dict:
    url = os.environ.get("DATABASE_URL", "").strip() or f"sqlite:///{DATA_DIR / 'changchun.sqlite3'}"
    remedy = "write postgres://user:password@host:5432/name or sqlite:////path/to/file."
    if urlsplit(url).scheme not in ("sqlite", "postgres", "postgresql"):
        return _stop("DATABASE_URL", f"does not name SQLite or PostgreSQL; {remedy}")
    try:
        parsed = dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)
    except ValueError:
        return _stop("DATABASE_URL", f"cannot be read; {remedy}")
    if not parsed.get("NAME"):
        return _stop("DATABASE_URL", f"names no database; {remedy}")
    if parsed["ENGINE"].endswith("sqlite3"):
        parsed["OPTIONS"] = {**parsed.get("OPTIONS", {}), **_SQLITE}
        parsed["CONN_MAX_AGE"] = 0
    return parsed


DATABASES = {"default": _database()}

# --- language, time, numbers ---------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "changchun_innovation" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# --- files ---------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "changchun_innovation.finders.MadeFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "changchun_innovation.static_files.HashedStaticFiles"},
}
MEDIA_ROOT = DATA_DIR / "uploads"
# Files that parks hand in with their figures: the largest, how many with one figure, and of one report together.
EVIDENCE_FILE_BYTES = 10 * 1024 * 1024
EVIDENCE_FILES_PER_FIGURE = 10
EVIDENCE_REPORT_BYTES = 100 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "changchun_innovation.shared.bounded_upload.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
# Until files were collected (development, tests) they are served from their sources, under plain names.
if DEBUG or not (STATIC_ROOT / "staticfiles.json").exists():
    WHITENOISE_USE_FINDERS = True
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

# --- log-in --------------------------------------------------------------------------------------------------
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# One person at one address is locked, never a whole office behind one address.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_VERBOSE = False
# Locks open by themselves after a quarter of an hour; nobody needs their tables.
AXES_ENABLE_ADMIN = False

# --- security ------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        # plotly draws heat maps and PNG downloads through data: and blob: images.
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 60 * 60 * 12
if HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- audit trail ---------------------------------------------------------------------------------------------
# Reference rows loaded by command are facts with a source, not edits by a person.
AUDITLOG_DISABLE_ON_RAW_SAVE = True

# --- cache, mail, log ----------------------------------------------------------------------------------------
try:
    _cache = environ.Env.cache_url_config(os.environ.get("CACHE_URL", "").strip() or "locmemcache://")
    CACHES = {"default": _cache}
    if os.environ.get("CACHE_URL", "").strip():
        # Finished pages, for all processes and machines; without it each process keeps its own.
        CACHES["pages"] = {**_cache, "KEY_PREFIX": "pages"}
except Exception:
    _stop("CACHE_URL", "cannot be read; write redis://host:6379/0 or leave it empty.")
try:
    vars().update(environ.Env.email_url_config(os.environ.get("EMAIL_URL", "").strip() or "consolemail://"))
except Exception:
    _stop("EMAIL_URL", "cannot be read; write smtp+tls://user:password@host:587 or leave it empty.")
# Somebody may be waiting for the page whose step is told by mail; what was not taken stays in the outbox.
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = SERVER_EMAIL = (
    os.environ.get("MAIL_FROM", "").strip() or "changchun-innovation@localhost"
)
if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+|[^<>@\r\n]+ <[^\s@<>]+@[^\s@<>]+>", DEFAULT_FROM_EMAIL):
    _stop(
        "MAIL_FROM",
        "is no mail address; write innovation@example.cn or 长春创新目标 <innovation@example.cn>.",
    )


def _site_url() -> str:
    """Where links in mails lead: the address under which readers reach the site, without a slash at its end."""
    text = os.environ.get("SITE_URL", "").strip().rstrip("/")
    if not text:
        # The first name that the site answers to; a demonstration answers to this machine alone.
        host = next(
            (name.lstrip(".") for name in ALLOWED_HOSTS if name not in ("*", "localhost")), "127.0.0.1"
        )
        port = ":8000" if host in ("127.0.0.1", "[::1]") else ""
        return f"{'https' if HTTPS else 'http'}://{host}{port}"
    try:
        parts = urlsplit(text)
        # Asking for the port is what refuses one that is none.
        stands = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        stands = False
    if not stands or text != f"{parts.scheme}://{parts.netloc}" or "@" in text or re.search(r"\s", text):
        return _stop(
            "SITE_URL", f"“{text}” is no address of a site; write it like https://innovation.example.cn."
        )
    return text


SITE_URL = _site_url()

LOG_LEVEL = (os.environ.get("LOG_LEVEL", "").strip() or "INFO").upper()
if LOG_LEVEL not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
    _stop("LOG_LEVEL", f"“{LOG_LEVEL}” is no level; write DEBUG, INFO, WARNING, ERROR or CRITICAL.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"level": LOG_LEVEL} for name in ("changchun_innovation", "parks", "targets", "institutions")
    },
}
