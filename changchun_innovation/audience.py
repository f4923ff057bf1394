"""For whom a page is: anybody, an account, or an account with a desk. Pages of one audience are alike.

The log-in's own way (session middleware, two model queries, the account as an object) costs ten times what a kept page
costs. Here the same is asked of the same rows with Django's own means of checking them: the signed content of the
session, the digest of the password in it, whether the account is active. Whatever is not plainly so is nobody's here,
and is left to the log-in's own way.
"""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare

ANYBODY, ACCOUNT, DESK = "anybody", "an account", "a desk"
# Django's messages are for one person, once.
MESSAGES = ("messages", "_messages")


def audience_of(request) -> str | None:
    """The audience of a request by its session; None where that is not plain, or where a message waits in it.

    Two queries; none without a session.
    """
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if key is None:
        return ANYBODY
    # Django makes keys of 32 letters and digits; nothing else is asked for.
    if not (key.isascii() and key.isalnum() and len(key) == 32):
        return None
    if settings.SESSION_ENGINE != "django.contrib.sessions.backends.db":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s",
            [key, timezone.now()],
        )
        row = cursor.fetchone()
        content = SessionStore().decode(row[0]) if row else {}
        account = content.get(SESSION_KEY, "")
        if not account.isdigit() or any(name in content for name in MESSAGES):
            return None
        cursor.execute("SELECT password, is_active, is_staff FROM auth_user WHERE id = %s", [int(account)])
        password, is_active, is_staff = cursor.fetchone() or ("", False, False)
    user = get_user_model()(password=password)
    known = content.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS and constant_time_compare(
        content.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )
    if not (known and is_active):
        return None
    return DESK if is_staff else ACCOUNT


def audience_served(request) -> str:
    """The audience that a page was worked out for, by the log-in's own way."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ANYBODY
    return DESK if user.is_staff else ACCOUNT
