"""What happens to every request: what nobody can read refused, language chosen, the dashboard kept for its readers."""

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpResponseBadRequest
from django.template.loader import render_to_string
from django.utils import translation

from changchun_innovation.shared.params import LANGUAGE_WORDS

ALWAYS_OPEN = ("/accounts/", "/admin/", "/healthz", "/i18n/", "/static/")


class RefuseNul:
    """PostgreSQL refuses NUL in text, and Django more than a thousand parameters: 400 instead of an error page."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        try:
            # Read here once: whatever renders a page reads them, an error page too.
            lang = request.GET.get("lang", "").lower()
        except TooManyFieldsSent:
            return HttpResponseBadRequest(render_to_string("400.html"))
        if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            with translation.override(LANGUAGE_WORDS.get(lang)):
                return HttpResponseBadRequest(render_to_string("400.html"))
        return self.get_response(request)


def language_of(request) -> str:
    """The reader's language.

    In the admin it is the account's, else the browser's. Outside, the address decides, then the choice made by
    link or form (a cookie), then Chinese: what a browser happens to prefer does not change a page of the city.
    """
    if request.path.startswith("/admin/"):
        preference = getattr(request.user, "preference", None) if request.user.is_authenticated else None
        return preference.language if preference else translation.get_language_from_request(request)
    asked = request.GET.get("lang", "").strip().lower()
    if asked in LANGUAGE_WORDS:
        return LANGUAGE_WORDS[asked]
    if request.path.startswith("/data/") and request.path != "/data/":
        return settings.LANGUAGE_CODE
    kept = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return LANGUAGE_WORDS.get(kept, settings.LANGUAGE_CODE)


class ReadersLanguage:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        language = language_of(request)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
            if hasattr(response, "render") and not response.is_rendered:
                response = response.render()
        response.headers.setdefault("Content-Language", language)
        return response


class DashboardForReaders:
    """Where the dashboard is not public, only accounts read it; the admin has its own door."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if (
            not settings.PUBLIC_DASHBOARD
            and not request.user.is_authenticated
            and not request.path.startswith(ALWAYS_OPEN)
        ):
            return redirect_to_login(request.get_full_path())
        return self.get_response(request)
