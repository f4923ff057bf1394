"""What opens beside the state of a target: its arithmetic, its source, what is unclear or missing, who supplies it."""

from django.utils.translation import gettext as _

from changchun_innovation.shared.explain import scope_notes, sentences
from changchun_innovation.shared.progress import Judgement, Missing
from changchun_innovation.shared.why import Fact, Link, Why, brief, source_fact, steps_of, what_is_missing
from targets.queries import Promise, ReadingFacts


def why_target(promise: Promise, judgement: Judgement) -> Why:
    """The reasoning of a target that is judged by published values."""
    unit = promise.indicator.unit
    said = [*scope_notes(judgement), *sentences(judgement, unit, published=True)]
    return Why(
        key=promise.code,
        subject=promise.indicator.name,
        judgement=judgement,
        published=True,
        brief=brief(judgement, unit, published=True),
        steps=steps_of(judgement, unit, said, published=True),
        facts=facts_of(promise, judgement),
        page=page_of(promise),
        about=promise.code,
    )


def why_period(promise: Promise, reading: ReadingFacts | None, judgement: Judgement, period: str) -> Why:
    """The reasoning of what one published value says of its own period; `reading` None: nothing was published."""
    unit = promise.indicator.unit
    facts = [source_fact(promise.source, promise.locator, promise.reason)]
    if reading:
        facts.insert(0, _published_by(reading))
    else:
        facts.append(Fact(_("缺什么"), _("该期间的公布数")))
        facts.append(_supplied_by(promise, None))
    return Why(
        key=f"{promise.code}--{period}",
        subject=f"{promise.indicator.name} {period}",
        judgement=judgement,
        published=True,
        brief=brief(judgement, unit, published=True),
        steps=(),
        facts=tuple(facts),
        page=page_of(promise),
        about=promise.code,
    )


def facts_of(promise: Promise, judgement: Judgement) -> tuple[Fact, ...]:
    """Source, published value, ambiguity, what is missing and who publishes it."""
    reading = promise.reading_of(judgement)
    facts = [source_fact(promise.source, promise.locator, promise.reason)]
    if reading:
        facts.append(_published_by(reading))
    if promise.ambiguity:
        facts.append(Fact(_("表述不明"), promise.ambiguity))
    if missing := what_is_missing(judgement):
        facts.append(Fact(_("缺什么"), missing))
    if judgement.missing not in (Missing.INCOMPLETE_SUM, Missing.LOW_COVERAGE):
        facts.append(_supplied_by(promise, reading))
    return tuple(facts)


def page_of(promise: Promise) -> Link:
    return Link(_("这项目标的页面"), "targets:target", promise.code)


def _published_by(reading: ReadingFacts) -> Fact:
    source = reading.source
    return Fact(_("现值出处"), source.publisher, (Link(source.title, "sources:source", source.code),))


def _supplied_by(promise: Promise, reading: ReadingFacts | None) -> Fact:
    """Published values come from whoever publishes them; the site only records them with their source."""
    recorded = _("公布后由审核人录入，附出处")
    if promise.institution:
        link = Link(promise.institution.name, "institutions:institution", promise.institution.code)
        return Fact(_("由谁提供"), recorded, (link,))
    publisher = reading.source.publisher if reading else ""
    return Fact(_("由谁提供"), _("；").join([publisher or _("长春市（统计公报、新闻发布会等）"), recorded]))
