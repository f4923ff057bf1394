"""What opens beside the state of a commitment or a joint pledge: arithmetic, source, what is missing, who reports."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from changchun_innovation.shared.explain import joint_sentences, quantity, scope_notes, sentences
from changchun_innovation.shared.progress import Judgement
from changchun_innovation.shared.why import Fact, Link, Why, brief, source_fact, steps_of, what_is_missing
from changchun_innovation.shared.wording import MOST_NAMES, day_text, quarter_text
from parks.ledger import ParkFacts, Pledge, PublishedFigure
from parks.replies import IN_NEED_OF_A_REPLY, ReplyFacts
from targets.explained import facts_of, page_of

if TYPE_CHECKING:
    from parks.joint import JointPledge


def why_commitment(
    pledge: Pledge,
    judgement: Judgement,
    restated: Sequence[PublishedFigure] = (),
    reply: ReplyFacts | None = None,
) -> Why:
    """The reasoning of one commitment; `restated` are the revised figures that the judged value rests on."""
    unit = pledge.indicator.unit
    said = [*scope_notes(judgement), *sentences(judgement, unit)]
    return Why(
        key=pledge.code,
        subject=f"{pledge.park.name} {pledge.indicator.name}",
        judgement=judgement,
        published=False,
        brief=brief(judgement, unit),
        steps=steps_of(judgement, unit, said),
        facts=tuple(_facts(pledge, judgement, restated, reply)),
        page=Link(_("图与经过"), "parks:park", pledge.park.code, pledge.indicator.code),
        about=pledge.code,
    )


def _facts(
    pledge: Pledge, judgement: Judgement, restated: Sequence[PublishedFigure], reply: ReplyFacts | None
):
    yield source_fact(pledge.source, pledge.locator, pledge.reason)
    if pledge.note:
        yield Fact(_("说明"), pledge.note)
    if pledge.terms.line_milestones:
        yield Fact(_("节点目标"), milestone_words(pledge))
    if restated:
        yield Fact(_("修订"), restatement(pledge, restated))
    if missing := what_is_missing(judgement):
        yield Fact(_("缺什么"), missing)
    yield _reported_by(pledge.park)
    if reply:
        yield Fact(_("园区答复"), _reply_words(reply))
    elif judgement.state in IN_NEED_OF_A_REPLY:
        yield Fact(_("园区答复"), _("还没有审定过的答复"))


def milestone_words(pledge: Pledge) -> str:
    """The agreed interim values with their days."""
    return _("；").join(
        f"{day_text(each.on)} {quantity(each.value, pledge.indicator.unit)}"
        for each in pledge.terms.line_milestones
    )


def revision_words(pledge: Pledge, figure: PublishedFigure) -> str:
    """What a revised figure was before: 第 2 版修订：原为 12 家，现为 10 家."""
    unit, decimals = pledge.indicator.unit, pledge.terms.decimals

    def said(value):
        return _("不适用") if value is None else quantity(value, unit, decimals)

    return _("第 %(revision)s 版修订：原为 %(before)s，现为 %(after)s") % {
        "revision": figure.revision,
        "before": said(figure.replaced_value),
        "after": said(figure.value),
    }


def restatement(pledge: Pledge, restated: Sequence[PublishedFigure]) -> str:
    """Both values of each revised figure, with its quarter; '' where none was revised."""
    return _("；").join(
        _("%(quarter)s：%(words)s")
        % {"quarter": quarter_text(figure.quarter), "words": revision_words(pledge, figure)}
        for figure in restated
    )


def _reported_by(park: ParkFacts) -> Fact:
    partners = [park.academic_partner, park.zone_partner]
    return Fact(
        _("由谁提供"),
        _("%(park)s的填报人，经两个共建方") % {"park": park.name},
        tuple(Link(each.name, "institutions:institution", each.code) for each in partners),
    )


def _reply_words(reply: ReplyFacts) -> str:
    return _("%(text)s（就 %(quarter)s，%(day)s审定）") % {
        "text": reply.text,
        "quarter": quarter_text(reply.quarter),
        "day": day_text(reply.approved_on),
    }


def why_joint(pledge: "JointPledge") -> Why:
    """The reasoning of a promise of the eight parks together."""
    promise, joint, judgement = pledge.promise, pledge.joint, pledge.judgement
    unit = promise.indicator.unit
    names = {park.code: park.name for link in pledge.links for park in link.pledging}
    said = [*scope_notes(judgement), *joint_sentences(joint, unit, names)]
    facts = list(facts_of(promise, judgement))
    if not joint.published and names:
        facts.append(_reported_by_parks(pledge))
    return Why(
        key=promise.code,
        subject=promise.indicator.name,
        judgement=judgement,
        published=joint.published,
        brief=brief(judgement, unit, published=joint.published),
        steps=steps_of(judgement, unit, said, published=joint.published),
        facts=tuple(facts),
        page=page_of(promise),
        about=promise.code,
    )


def _reported_by_parks(pledge: "JointPledge") -> Fact:
    """The parks whose figures the sum waits for; where it waits for none, all that pledged."""
    waiting = dict.fromkeys(park for link in pledge.full for park in (*link.missing, *link.stale))
    parks = waiting or dict.fromkeys(park for link in pledge.full for park in link.pledging)
    words = _("缺数或数据过期的园区，由其填报人补报") if waiting else _("各园区的填报人")
    if len(parks) > MOST_NAMES:
        words = _("共 %(count)s 个园区，其余见目标页；%(words)s") % {"count": len(parks), "words": words}
    named = list(parks)[:MOST_NAMES]
    return Fact(_("园区数由谁提供"), words, tuple(Link(park.name, "parks:park", park.code) for park in named))
