"""The edition: after every change that readers can see each page is a new one."""

from datetime import date

import pytest

from changchun_innovation.shared.quarters import Quarter
from institutions.models import Agreement, Institution, Source
from parks import replying, workflow
from parks.entry import Entry
from parks.models import (
    Commitment,
    DeadlineExtension,
    DueRule,
    JointLink,
    Milestone,
    Park,
    Publication,
    ReportsFrom,
)
from targets.models import ContextFigure, Indicator, Initiative, InitiativeStatus, Target, TargetTerms
from tests.city_databases import forget
from tests.conftest import TODAY
from tests.factories import (
    change_terms,
    make_commitment,
    make_park,
    make_reading,
)
from tests.published_city import PARK, make_city, now

THIS_DAY = TODAY.date()


@pytest.fixture
def city(baseline):
    return make_city()


def is_new(before: tuple, after: tuple, path: str) -> bool:
    """Whether a page is another one; either way it is the one that is worked out with nothing kept."""
    forget()
    assert now(path) == after, "what is given is what the record says"
    assert (before[0] != after[0]) <= (before[1] != after[1])
    return before[0] != after[0]


# --- what readers see ----------------------------------------------------------------------------------------
def a_report_is_approved(city):
    workflow.approve(report=city.waiting, version=city.waiting.version, **city.by(city.reviewer))


def a_report_is_returned(city):
    told = {"version": city.waiting.version, "reason": "请核对", **city.by(city.reviewer)}
    workflow.return_report(report=city.waiting, **told)


def a_report_is_withdrawn(city):
    workflow.withdraw(report=city.waiting, **city.by(city.manager))


def a_report_is_submitted(city):
    workflow.submit(report=city.draft, version=city.draft.version, **city.by(city.manager))


def a_correction_is_approved(city):
    told = {"reason": "漏报", **city.by(city.reviewer)}
    report = workflow.reopen(park=city.park, quarter=city.approved.quarter, **told)
    entries = {
        figure.commitment_id: Entry(value=figure.value + 1, explanation="已核实")
        for figure in report.figures.all()
    }
    told = city.by(city.manager)
    report = workflow.save_figures(report=report, entries=entries, version=report.version, **told)
    report = workflow.submit(report=report, version=report.version, **told)
    workflow.approve(report=report, version=report.version, **city.by(city.reviewer))


def a_deadline_is_extended(city):
    DeadlineExtension.objects.create(
        park=city.park,
        quarter=Quarter(2026, 3),
        due_on=date(2026, 12, 31),
        known_from=THIS_DAY,
        reason="疫情",
    )


def another_rule_about_due_days_holds(city):
    DueRule.objects.create(days=60, known_from=date(2026, 9, 1), reason="市政府通知")


def a_park_is_asked_from_another_quarter_on(city):
    ReportsFrom.objects.create(park=city.park, quarter=Quarter(2026, 1), known_from=THIS_DAY, reason="调整")


def a_promise_is_changed(city):
    change_terms(commitment=city.park.commitments.first(), value=77, known_from=THIS_DAY)


def a_milestone_is_agreed(city):
    commitment = city.park.commitments.first()
    Milestone.objects.create(
        commitment=commitment, on=date(2025, 6, 30), value=2, known_from=THIS_DAY, reason="商定"
    )


def a_target_is_changed(city):
    target = Target.objects.get(code="city-tech-smes")
    days = {"start_on": date(2023, 8, 15), "due_on": date(2027, 6, 30), "known_from": THIS_DAY}
    TargetTerms.objects.create(target=target, value=9, reason="调整", **days)


def a_value_is_published(city):
    indicator = Indicator.objects.get(code="tech-smes")
    days = {"period_start": date(2025, 1, 1), "period_end": date(2025, 12, 31), "known_from": THIS_DAY}
    make_reading(indicator=indicator, value=9876, **days)


def other_figures_count_towards_a_joint_pledge(city):
    link = JointLink.objects.get(target__code="parks-high-tech-firms")
    JointLink.objects.create(
        target=link.target, indicator=link.indicator, comparable="partly", known_from=THIS_DAY, reason="口径"
    )


def an_initiative_moves_on(city):
    row = Initiative.objects.first()
    InitiativeStatus.objects.create(initiative=row, status="in-place", known_from=THIS_DAY, reason="已建成")


def a_reply_is_approved(city):
    commitment = city.park.commitments.first()
    told = city.by(city.manager)
    reply = replying.write(
        commitment=commitment, quarter=Quarter(2025, 4), text="已采取措施", version=None, **told
    )
    reply = replying.submit(reply=reply, version=reply.version, **told)
    replying.approve(reply=reply, version=reply.version, **city.by(city.reviewer))


def a_park_joins(city):
    make_commitment(park=make_park(code="ninth", name_zh="第九园区"), indicator=Indicator.objects.first())


def a_text_is_edited(model, field, **of):
    """A change in place of the first such row, as the admin saves it."""

    def edit(_city):
        row = model.objects.filter(**of).first()
        setattr(row, field, f"改过的{field}")
        row.save()

    edit.__name__ = f"{field}_of_{model._meta.model_name}_is_edited"
    return edit


def an_agreement_has_one_party_more(city):
    Agreement.objects.get(code="dst-city-protocol").parties.add(Institution.objects.get(code="jlu"))


def a_park_has_another_partner(city):
    city.park.academic_partner = Institution.objects.get(code="changchun-new-area")
    city.park.save()


def the_price_of_context_is_mended(city):
    row = ContextFigure.objects.first()
    row.value += 1
    row.save()


def a_publication_is_added(city):
    Publication.objects.create(
        code="new-press", park=city.park, label_zh="新报道", label_en="News", as_of=THIS_DAY, value=3,
        source=Source.objects.first(),
    )  # fmt: skip


CHANGES = [
    (a_report_is_approved, PARK),
    (a_report_is_returned, PARK),
    (a_report_is_withdrawn, PARK),
    (a_report_is_submitted, f"{PARK}?quarter=2026-Q1"),
    (a_correction_is_approved, PARK),
    (a_deadline_is_extended, f"{PARK}?quarter=2026-Q3"),
    (another_rule_about_due_days_holds, f"{PARK}?quarter=2026-Q3"),
    (a_park_is_asked_from_another_quarter_on, PARK),
    (a_promise_is_changed, PARK),
    (a_milestone_is_agreed, PARK),
    (a_target_is_changed, "/targets/"),
    (a_value_is_published, "/targets/city-tech-smes/"),
    (other_figures_count_towards_a_joint_pledge, "/targets/parks-high-tech-firms/"),
    (an_initiative_moves_on, "/initiatives/"),
    (a_reply_is_approved, PARK),
    (a_park_joins, "/parks/"),
    (a_text_is_edited(Park, "name_zh"), "/parks/"),
    (a_text_is_edited(Park, "note_zh", code="jixing"), PARK),
    (a_text_is_edited(Source, "title_zh", code="conference-2023"), "/sources/"),
    (a_text_is_edited(Institution, "name_zh", code="jlu"), "/institutions/"),
    (a_text_is_edited(Indicator, "name_zh", commitments__park__code="jixing"), PARK),
    (a_text_is_edited(Target, "ambiguity_zh", code="city-tech-smes"), "/targets/city-tech-smes/"),
    (a_text_is_edited(Initiative, "deliverable_zh"), "/initiatives/"),
    (a_text_is_edited(ContextFigure, "name_zh"), "/targets/"),
    (a_text_is_edited(Commitment, "note_zh", park__code="jixing"), PARK),
    (a_text_is_edited(Publication, "label_zh", park__code="jinuoer"), "/parks/jinuoer/"),
    (a_text_is_edited(Agreement, "title_zh", code="dst-city-protocol"), "/sources/conference-2023/"),
    (an_agreement_has_one_party_more, "/institutions/jlu/"),
    (a_park_has_another_partner, PARK),
    (the_price_of_context_is_mended, "/targets/"),
    (a_publication_is_added, PARK),
]


@pytest.mark.parametrize(("happens", "path"), CHANGES, ids=lambda each: getattr(each, "__name__", each))
def test_after_a_change_that_readers_see_the_page_is_a_new_one(city, happens, path):
    before = now(path)
    assert now(path) == before
    happens(city)
    assert is_new(before, now(path), path)
