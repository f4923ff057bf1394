"""The overview in one sentence: what is worst, since when, whose turn it is, and what else waits."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from changchun_innovation.overview.attention import AttentionItem

# After the worst so many others are named; the list below has them all.
OTHERS = 2


def answer(items: Sequence[AttentionItem]) -> tuple[str, ...]:
    """Sentences for the top of the page, from the list of what needs a person; nothing where nothing does."""
    if not items:
        return ()
    worst, *others = items
    sentences = [_("%(sentence)s。") % {"sentence": worst.sentence}]
    if worst.cases:
        sentences.append(_case(worst))
    if others:
        named = _("；").join(item.sentence for item in others[:OTHERS])
        sentences.append(_("另有：%(sentences)s。") % {"sentences": named})
    return tuple(sentences)


def _case(item: AttentionItem) -> str:
    case = item.cases[0]
    facts = {"what": case.words, "since": case.since, "who": case.responsible}
    if item.rank == "restated":
        # Corrections are told from the latest on: none of them has lasted.
        return _("最近的是%(what)s（%(since)s）。") % facts
    if not case.responsible:
        return (_("最久的是%(what)s（%(since)s）。") if case.since else _("最久的是%(what)s。")) % facts
    if not case.since:
        return _("首先是%(what)s，责任方：%(who)s。") % facts
    return _("最久的是%(what)s（%(since)s），责任方：%(who)s。") % facts
