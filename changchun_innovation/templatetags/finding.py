"""Texts with the part marked that was looked for."""

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def marked(pieces) -> SafeString:
    """Pieces of a text (`shared.finding.Piece`) as one text, what was looked for in `<mark>`."""
    return mark_safe(
        "".join(
            format_html("<mark>{}</mark>", piece.text) if piece.hit else conditional_escape(piece.text)
            for piece in pieces or ()
        )
    )
