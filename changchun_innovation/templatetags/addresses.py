"""Links that carry the question of a page (quarter, day, language), and the frame made of links."""

from functools import lru_cache

from django import template
from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


def _path(view_name: str, *args, **kwargs) -> str:
    """The path of a view. A page leads to the same few dozen again and again, the next page too."""
    site = (get_script_prefix(), get_urlconf() or settings.ROOT_URLCONF)
    return _path_in(site, view_name, args, tuple(kwargs.items()))


@lru_cache(2000)
def _path_in(_site: tuple[str, str], view_name: str, args: tuple, kwargs: tuple) -> str:
    return reverse(view_name, args=args, kwargs=dict(kwargs))


def _address(path: str, query: dict) -> str:
    query = {key: value for key, value in query.items() if value not in (None, "", [], ())}
    return f"{path}?{urlencode(query, doseq=True)}" if query else path


@register.simple_tag(takes_context=True)
def here(context, view_name: str, *args, query: dict | None = None, **kwargs) -> str:
    """The address of a view, carrying the quarter, the day and the language that were asked for."""
    asked = context.get("asked")
    carried = {key: str(value) for key, value in (asked.query if asked else {}).items()}
    return _address(_path(view_name, *args, **kwargs), carried | (query or {}))


@register.filter
def as_query(value, key: str) -> dict:
    """A value as the query of one parameter, for `here`: `indicator.code|as_query:"indicator"`."""
    return {key: value}


@register.simple_tag(takes_context=True)
def report_error(context, about: str) -> SafeString:
    """The link by which a reader says what is wrong; `about` is `park/indicator`, or a park, target or source."""
    return format_html(
        '<a class="report-error no-print" href="{}" rel="nofollow">{}</a>',
        here(context, "report-error", query={"about": about}),
        _("报告错误"),
    )


def _current_query(context) -> tuple[str, dict]:
    request = context.get("request")
    if request is None:
        return "", {}
    return request.path, dict(request.GET.lists())


@register.simple_tag(takes_context=True)
def with_query(context, **changes) -> str:
    """The current address with some parameters replaced; None or '' removes one."""
    path, query = _current_query(context)
    for key, value in changes.items():
        query[key] = [str(v) for v in value] if isinstance(value, list | tuple) else value
    return _address(path, query)


@register.simple_tag(takes_context=True)
def page_of(context, part, number: int) -> str:
    """The current address with another part of a long list (a `shared.paging.Part`); the first needs no number."""
    return with_query(context, **{part.key: number if number > 1 else None})


@register.simple_tag(takes_context=True)
def without_query(context, key: str, value) -> str:
    """The current address without one value of a parameter that may be given several times."""
    path, query = _current_query(context)
    query[key] = [given for given in query.get(key, []) if given != str(value)]
    return _address(path, query)


@register.simple_tag(takes_context=True)
def hidden_query(context, *without: str) -> SafeString:
    """Hidden fields for a GET form that keeps the rest of the address."""
    _path, query = _current_query(context)
    pairs = [(key, value) for key, values in query.items() if key not in without for value in values if value]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


@register.inclusion_tag("_components/time_control.html", takes_context=True)
def time_control(context, quarters) -> dict:
    """The form that asks the same page for another quarter or as known on another day, and the way to what changed.

    It keeps the rest of the address: filters, language, what is compared.
    """
    asked = context.get("asked")
    path, changes = context["request"].path, _path("changes")
    offered = {str(quarter) for quarter in quarters} | ({str(asked.quarter)} if asked else set())
    return {
        "asked": asked,
        "quarters": sorted(offered, reverse=True),
        "kept": hidden_query(context, "quarter", "as_of", "page", "list"),
        "path": path,
        "changes": here(context, "changes") if asked and path != changes else "",
    }


@register.simple_tag(takes_context=True)
def removable(context, label, key: str, value) -> SafeString:
    """A filter as a word that can be taken away."""
    return format_html(
        '<a class="removable" href="{}">{}<span class="visually-hidden"> {}</span>'
        '<svg class="mark" viewBox="0 0 12 12" width="10" height="10" aria-hidden="true">'
        '<path d="M2 2l8 8M10 2 2 10" class="stroke"/></svg></a>',
        without_query(context, key, value),
        label,
        _("移除此条件"),
    )


@register.inclusion_tag("_components/breadcrumb.html")
def breadcrumb(*labels_and_urls) -> dict:
    """The way to this page: label, address, label, address, …, label of this page."""
    steps = labels_and_urls[:-1]
    return {"steps": list(zip(steps[::2], steps[1::2], strict=True)), "last": labels_and_urls[-1]}


def _sections() -> list[tuple[str, str]]:
    return [
        ("home", _("总览")),
        ("targets:list", _("目标")),
        ("parks:list", _("园区")),
        ("institutions:list", _("机构")),
        ("initiatives", _("举措")),
        ("data:index", _("数据")),
    ]


@register.inclusion_tag("_components/navigation.html", takes_context=True)
def navigation(context) -> dict:
    """The six sections; the one that the current address lies in is marked."""
    path, _query = _current_query(context)
    items = []
    for view_name, word in _sections():
        try:
            root = _path(view_name)
        except NoReverseMatch:
            # An error page must stand even where the addresses cannot be resolved.
            continue
        current = path == root if view_name == "home" else path.startswith(root)
        items.append(
            (here(context, view_name), word, ("page" if path == root else "true") if current else "")
        )
    return {"items": items}
