"""Reports in the admin, as the people of a park and the reviewers use it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.entry import Entry
from parks.models import Figure, QuarterlyReport, ReportEvent, Status
from tests.factories import (
    approved_report,
    make_commitment,
    make_park,
    make_report,
    make_user,
    moment,
    submitted_report,
)

pytestmark = pytest.mark.django_db

Q = Quarter.parse("2026-Q3")
LATER = moment(date(2026, 11, 20))


class City:
    def __init__(self, client):
        self.park = make_park(code="jixing", reports_from="2026-Q1")
        self.firms = make_commitment(park=self.park, kind="stock", value=40)
        self.projects = make_commitment(park=self.park, kind="cumulative", value=100)
        self.manager = make_user(role="park manager", parks=[self.park], username="manager")
        self.reviewer = make_user(role="reviewer", username="reviewer")
        self.address = reverse("admin:parks_quarterlyreport_enter", args=["jixing", Q])
        self.client = client

    def as_(self, user):
        self.client.force_login(user)
        return self.client

    def typed(self, firms="12", projects="0", *, version=0, step="save", **more):
        return {
            f"value-{self.firms.pk}": firms,
            f"value-{self.projects.pk}": projects,
            "version": version,
            "step": step,
            **more,
        }

    @property
    def report(self) -> QuarterlyReport:
        return QuarterlyReport.objects.filter(park=self.park, quarter=Q).latest("revision")

    def values(self) -> dict:
        return dict(Figure.objects.filter(report=self.report).values_list("commitment", "value"))


@pytest.fixture
def city(client):
    return City(client)


def page_of(report) -> str:
    return reverse("admin:parks_quarterlyreport_change", args=[report.pk])


# --- filling -------------------------------------------------------------------------------------------------
def test_the_desk_leads_a_manager_to_a_quarter_that_nobody_has_begun(city):
    page = city.as_(city.manager).get(reverse("admin:index")).content.decode()
    assert city.address in page
    assert not QuarterlyReport.objects.exists()
    assert city.client.get(city.address).status_code == 200
    assert not QuarterlyReport.objects.exists(), "looking at a page begins nothing"


def test_one_page_holds_every_commitment_with_pledge_unit_and_last_value(city):
    approved_report(park=city.park, quarter=Q - 1, figures={city.firms: 37, city.projects: 5})
    page = city.as_(city.manager).get(city.address).content.decode()
    for commitment in (city.firms, city.projects):
        assert f'name="value-{commitment.pk}"' in page
        assert f'name="note-{commitment.pk}"' in page
        assert f'name="not_applicable-{commitment.pk}"' in page
    assert "37" in page and "≥ 40" in page and city.firms.indicator.unit_zh in page
    assert f'name="baseline-{city.firms.pk}"' in page
    assert f'name="baseline-{city.projects.pk}"' not in page


def test_a_draft_is_saved_and_submitted_from_the_same_page(city):
    client = city.as_(city.manager)
    answer = client.post(city.address, city.typed("1,234", ""))
    assert (answer.status_code, answer.headers["Location"]) == (302, city.address)
    assert city.values() == {city.firms.pk: 1234}
    assert city.report.status == Status.DRAFT

    more = {f"note-{city.firms.pk}": "含两家迁入", f"baseline-{city.firms.pk}": "8"}
    answer = client.post(
        city.address, city.typed("12", "0", version=city.report.version, step="submit", **more)
    )
    assert answer.headers["Location"] == reverse("admin:index")
    assert city.report.status == Status.SUBMITTED
    figure = city.report.figures.get(commitment=city.firms)
    assert (figure.value, figure.note, figure.baseline) == (12, "含两家迁入", 8)
    # What is submitted is read, no longer filled in.
    assert client.get(city.address).headers["Location"] == page_of(city.report)
    client.post(city.address, city.typed("99", "9", version=city.report.version))
    assert city.values()[city.firms.pk] == 12


def test_wrong_numbers_are_told_beside_their_fields_and_on_top_and_everything_typed_stays(city):
    more = {f"note-{city.projects.pk}": "这条备注要留着", f"not_applicable_reason-{city.projects.pk}": "理由"}
    answer = city.as_(city.manager).post(city.address, city.typed("3.5万", "1e400", **more))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'href="#value-{city.firms.pk}"' in page and f'href="#value-{city.projects.pk}"' in page
    assert f'id="error-value-{city.firms.pk}"' in page
    assert (
        f'aria-describedby="error-value-{city.firms.pk} outcome-{city.firms.pk}" aria-invalid="true"' in page
    )
    for kept in ('value="3.5万"', 'value="1e400"', 'value="这条备注要留着"', 'value="理由"'):
        assert kept in page
    assert not QuarterlyReport.objects.exists()


def test_errors_are_told_in_the_readers_language(city):
    city.manager.preference = None
    client = city.as_(city.manager)
    client.post(reverse("admin:language"), {"language": "en", "next": city.address})
    assert client.get(city.address).headers["Content-Language"] == "en"
    client.post(reverse("admin:language"), {"language": "zh-hans", "next": "https://elsewhere.example/"})
    assert client.get(city.address).headers["Content-Language"] == "zh-hans"


def test_blanks_are_saved_but_not_submitted_and_each_is_named(city):
    answer = city.as_(city.manager).post(city.address, city.typed("12", "", step="submit"))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert f'href="#value-{city.projects.pk}"' in page
    assert f'href="#value-{city.firms.pk}"' not in page
    assert (city.report.status, city.values()[city.firms.pk]) == (Status.DRAFT, 12)
    assert f'name="version" value="{city.report.version}"' in page


def test_not_applicable_is_a_choice_with_a_reason(city):
    client = city.as_(city.manager)
    chosen = {f"not_applicable-{city.projects.pk}": "1"}
    page = client.post(city.address, city.typed("12", "", step="submit", **chosen)).content.decode()
    assert f'href="#not_applicable_reason-{city.projects.pk}"' in page
    chosen[f"not_applicable_reason-{city.projects.pk}"] = "尚未开园"
    client.post(city.address, city.typed("12", "", step="submit", **chosen))
    assert city.report.status == Status.SUBMITTED


def test_of_two_people_at_once_the_second_is_told_what_differs_and_loses_nothing(city):
    report = make_report(
        park=city.park, quarter=Q, figures={city.firms: 1, city.projects: 1}, by=city.manager
    )
    seen = report.version
    colleague = make_user(role="park manager", parks=[city.park])
    workflow.save_figures(
        report=report, entries={city.firms.pk: Entry(value=77)}, version=seen, by=colleague, at=LATER
    )
    answer = city.as_(city.manager).post(city.address, city.typed("12", "1", version=seen))
    page = answer.content.decode()
    assert city.values()[city.firms.pk] == 77
    assert str(city.firms.indicator) in page and 'value="12"' in page and "77" in page
    assert "保存或改变过这份季报（现为“草稿”）" in page
    assert f"{colleague.username} 于" in page and f"{city.manager.username} 于" not in page
    # Having seen it, the manager decides.
    city.client.post(city.address, city.typed("12", "1", version=city.report.version))
    assert city.values()[city.firms.pk] == 12


def test_the_baseline_steps_back_once_a_report_is_approved_and_stands_open_when_it_is_typed(city):
    client = city.as_(city.manager)
    assert "补报基数（选填）" not in client.get(city.address).content.decode()
    approved_report(park=city.park, quarter=Q - 1, figures={city.firms: 37, city.projects: 5})
    folded = '<details class="late-baseline field"><summary>补报基数（选填）</summary>'
    assert folded in client.get(city.address).content.decode()
    for typed in ("8", "八"):
        more = {f"baseline-{city.firms.pk}": typed}
        page = client.post(city.address, city.typed("1.5", **more)).content.decode()
        assert '<details class="late-baseline field" open>' in page and folded not in page


@pytest.mark.parametrize("firms", ["41", "4.1万"])
def test_a_page_sent_after_the_approval_is_read_and_not_filled_in_again(city, firms):
    report = make_report(
        park=city.park, quarter=Q, figures={city.firms: 1, city.projects: 1}, by=city.manager
    )
    seen = report.version
    report = workflow.submit(report=report, version=seen, by=city.manager, at=LATER)
    workflow.approve(report=report, version=report.version, by=city.reviewer, at=LATER)
    page = city.as_(city.manager).post(city.address, city.typed(firms, "7", version=seen)).content.decode()
    assert f"<td>{firms}</td>" in page and f'href="{page_of(report)}"' in page
    assert 'name="step"' not in page and f'name="value-{city.firms.pk}"' not in page
    assert city.values() == {city.firms.pk: 1, city.projects.pk: 1}


@pytest.mark.parametrize("version", ["", "x", "-1", "１", "9" * 30])
def test_a_page_without_a_readable_version_is_refused(city, version):
    make_report(park=city.park, quarter=Q, figures={city.firms: 1, city.projects: 1}, by=city.manager)
    city.as_(city.manager).post(city.address, city.typed("12", "0", version=version))
    assert city.values()[city.firms.pk] == 1


def test_a_line_that_a_page_did_not_send_is_not_blanked(city):
    report = make_report(
        park=city.park, quarter=Q, figures={city.firms: 1, city.projects: 5}, by=city.manager
    )
    form = city.typed("12", version=report.version)
    del form[f"value-{city.projects.pk}"]
    city.as_(city.manager).post(city.address, form)
    assert city.values() == {city.firms.pk: 12, city.projects.pk: 5}
    assert city.client.post(city.address, {"step": "submit"}).status_code == 200
    assert city.report.status == Status.DRAFT


def test_any_earlier_closed_quarter_may_be_entered_and_none_that_runs(city):
    client = city.as_(city.manager)
    for text, status in [
        ("2023-Q4", 200),
        ("2026-Q3", 200),
        ("2026-Q4", 404),
        ("2199-Q4", 404),
        ("1999-Q1", 404),
        ("nonsense", 404),
        ("2026-Q5", 404),
    ]:
        address = reverse("admin:parks_quarterlyreport_enter", args=["jixing", text])
        assert client.get(address).status_code == status, text
        assert client.post(address, city.typed()).status_code == (302 if status == 200 else 404), text


def test_the_submitter_withdraws_and_no_colleague(city):
    report = submitted_report(
        park=city.park, quarter=Q, figures={city.firms: 1, city.projects: 1}, by=city.manager
    )
    colleague = make_user(role="park manager", parks=[city.park])
    assert 'value="withdraw"' not in city.as_(colleague).get(page_of(report)).content.decode()
    assert city.client.post(page_of(report), {"step": "withdraw"}).status_code == 403
    assert 'value="withdraw"' in city.as_(city.manager).get(page_of(report)).content.decode()
    city.client.post(page_of(report), {"step": "withdraw"})
    assert city.report.status == Status.DRAFT


# --- reviewing -----------------------------------------------------------------------------------------------
def test_the_way_of_one_number_from_the_manager_to_the_public(city):
    city.as_(city.manager).post(city.address, city.typed("12", "3", step="submit"))
    report = city.report
    desk = city.as_(city.reviewer).get(reverse("admin:index")).content.decode()
    assert page_of(report) in desk
    assert 'value="approve"' in city.client.get(page_of(report)).content.decode()
    city.client.post(page_of(report), {"step": "return", "reason": "请附名单", "version": report.version})
    assert city.report.status == Status.RETURNED

    desk = city.as_(city.manager).get(reverse("admin:index")).content.decode()
    assert "请附名单" in desk
    assert "请附名单" in city.client.get(city.address).content.decode()
    city.client.post(city.address, city.typed("13", "3", version=city.report.version, step="submit"))

    city.as_(city.reviewer).post(page_of(report), {"step": "approve", "version": city.report.version})
    assert city.report.status == Status.APPROVED
    assert city.report.approved_by == city.reviewer
    verbs = list(ReportEvent.objects.values_list("verb", flat=True))
    assert verbs == ["created", "submitted", "returned", "submitted", "approved"]


def test_returning_without_a_reason_is_refused_and_says_so(city):
    report = submitted_report(park=city.park, quarter=Q, figures={city.firms: 1}, by=city.manager)
    blank = {"step": "return", "reason": "  ", "version": report.version}
    answer = city.as_(city.reviewer).post(page_of(report), blank)
    assert answer.status_code == 200 and "请写明理由" in answer.content.decode()
    assert city.report.status == Status.SUBMITTED


def test_a_reviewer_sees_what_a_correction_changes_and_may_give_it_up(city):
    report = approved_report(
        park=city.park, quarter=Q, figures={city.firms: 12, city.projects: 3}, by=city.manager
    )
    city.as_(city.reviewer).post(page_of(report), {"step": "reopen", "reason": "漏报一家"})
    again = city.report
    assert (again.revision, again.status) == (2, Status.DRAFT)
    city.as_(city.manager).post(city.address, city.typed("15", "3", version=again.version, step="submit"))
    page = city.as_(city.reviewer).get(page_of(again)).content.decode()
    assert "<del>12</del>" in page and "<b>15</b>" in page and page.count('class="changed"') == 1
    give_up = {"step": "discard", "reason": "以原数为准"}
    city.client.post(page_of(again), {**give_up, "version": again.version})
    assert city.report.status == Status.SUBMITTED, "the page was opened before the figures changed"
    city.client.post(page_of(again), {**give_up, "version": city.report.version})
    assert city.report.status == Status.DISCARDED
    report.refresh_from_db()
    assert report.status == Status.APPROVED


def test_a_stale_approval_is_refused(city):
    report = submitted_report(park=city.park, quarter=Q, figures={city.firms: 1}, by=city.manager)
    answer = city.as_(city.reviewer).post(page_of(report), {"step": "approve", "version": report.version - 1})
    assert answer.status_code == 200
    assert city.report.status == Status.SUBMITTED


def test_figures_that_changed_after_the_page_was_opened_are_not_returned_unseen(city):
    report = submitted_report(park=city.park, quarter=Q, figures={city.firms: 1}, by=city.manager)
    stale = {"step": "return", "reason": "与名单不符", "version": report.version - 1}
    page = city.as_(city.reviewer).post(page_of(report), stale).content.decode()
    assert city.report.status == Status.SUBMITTED
    assert "没有保存，请核对后再试。" in page and "与名单不符" in page
    assert page.count(f'name="version" value="{report.version}"') == 1


def test_who_entered_a_figure_is_told_that_somebody_else_reviews_it(city):
    report = submitted_report(park=city.park, quarter=Q, figures={city.firms: 1}, by=city.manager)
    report.authors.add(city.reviewer)
    page = city.as_(city.reviewer).get(page_of(report)).content.decode()
    assert 'value="approve"' not in page and "须由他人审核" in page
    answer = city.client.post(page_of(report), {"step": "approve", "version": report.version})
    assert answer.status_code == 403
    assert city.report.status == Status.SUBMITTED


# --- no door changes an approved report ----------------------------------------------------------------------
@pytest.mark.parametrize("who", ["manager", "reviewer", "administrator", "superuser"])
def test_no_address_of_the_admin_changes_an_approved_report(city, who):
    report = approved_report(
        park=city.park, quarter=Q, figures={city.firms: 12, city.projects: 3}, by=city.manager
    )
    people = {
        "manager": lambda: city.manager,
        "reviewer": lambda: city.reviewer,
        "administrator": lambda: make_user(role="administrator"),
        "superuser": lambda: make_user(is_superuser=True, is_staff=True),
    }
    client = city.as_(people[who]())
    before = (
        list(QuarterlyReport.objects.values()),
        list(Figure.objects.order_by("pk").values()),
        ReportEvent.objects.count(),
    )
    forged = {
        "status": "draft",
        "approved_by": "",
        "park": make_park().pk,
        "action": "delete_selected",
        "_selected_action": report.pk,
        "post": "yes",
        "form-0-status": "draft",
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-id": report.pk,
        "_save": "1",
        **city.typed("99", "99", version=report.version),
    }
    base = reverse("admin:parks_quarterlyreport_changelist")
    for path in (
        "",
        "add/",
        f"{report.pk}/change/",
        f"{report.pk}/delete/",
        f"{report.pk}/history/",
        f"{report.pk}/",
    ):
        client.post(base + path, forged)
    client.post(city.address, forged)
    for step in ("approve", "return", "discard", "withdraw", "submit", "save"):
        client.post(page_of(report), {**forged, "step": step, "reason": "x"})
    assert before == (
        list(QuarterlyReport.objects.values()),
        list(Figure.objects.order_by("pk").values()),
        ReportEvent.objects.count(),
    )


# --- another park's report -----------------------------------------------------------------------------------
def test_another_parks_report_answers_404_on_every_address_and_nothing_changes(city):
    reports = [
        make_report(park=city.park, quarter=Q - 3, figures={city.firms: 1}, by=city.manager),
        submitted_report(park=city.park, quarter=Q - 2, figures={city.firms: 1}, by=city.manager),
        approved_report(park=city.park, quarter=Q - 1, figures={city.firms: 1}, by=city.manager),
    ]
    own = make_park()
    stranger = make_user(role="park manager", parks=[own])
    client = city.as_(stranger)
    before = (list(QuarterlyReport.objects.values()), list(Figure.objects.values()))
    base = reverse("admin:parks_quarterlyreport_changelist")
    for report in reports:
        addresses = [
            f"{base}{report.pk}/change/",
            f"{base}{report.pk}/history/",
            f"{base}{report.pk}/delete/",
            f"{base}{report.pk}/",
            f"{base}{report.pk}/change/?_popup=1&park={own.pk}",
            reverse("admin:parks_quarterlyreport_enter", args=[report.park.code, report.quarter]),
        ]
        for address in addresses:
            assert client.get(address).status_code == 404, address
            for step in ("save", "submit", "withdraw", "approve", "return", "reopen", "discard"):
                forged = city.typed(
                    "99", version=report.version, step=step, reason="x", park=own.pk, park_code=own.code
                )
                assert client.post(address, forged).status_code == 404, (address, step)
    listed = client.get(base)
    assert listed.status_code == 200
    assert city.park.name_zh not in listed.content.decode()
    assert city.park.name_zh not in client.get(base + f"?park={city.park.code}&q=jixing").content.decode()
    assert city.park.name_zh not in client.get(reverse("admin:index")).content.decode()
    assert before == (list(QuarterlyReport.objects.values()), list(Figure.objects.values()))


def test_figures_for_another_parks_commitments_in_a_form_are_not_taken(city):
    elsewhere = make_commitment(value=3)
    forged = city.typed("12", "0") | {f"value-{elsewhere.pk}": "55", "park": elsewhere.park_id}
    city.as_(city.manager).post(city.address, forged)
    assert not elsewhere.figures.exists()
    assert set(city.values()) == {city.firms.pk, city.projects.pk}


@pytest.mark.parametrize("role", ["official", "analyst", None])
def test_who_only_reads_is_not_let_into_the_admin(city, role):
    report = approved_report(park=city.park, quarter=Q, figures={city.firms: 1}, by=city.manager)
    client = city.as_(make_user(role=role))
    for address in (reverse("admin:index"), page_of(report), city.address):
        assert client.get(address, follow=True).status_code == 403
    client.logout()
    assert client.get(page_of(report), follow=True).redirect_chain[-1][0].startswith("/accounts/login/")


def test_reviewers_and_administrators_do_not_enter_figures(city):
    for role in ("reviewer", "administrator"):
        client = city.as_(make_user(role=role))
        assert client.get(city.address).status_code == 404
        assert client.post(city.address, city.typed()).status_code == 404
    assert not QuarterlyReport.objects.exists()


@pytest.mark.parametrize(
    "query",
    ["?lang=en", "?quarter=2026-Q3", "?as_of=2026-01-01", "?quarter=nonsense", "?status__exact=xx", "?p=99"],
)
def test_the_list_of_reports_shows_itself_whatever_the_address_carries(city, query):
    approved_report(park=city.park, quarter=Q, figures={city.firms: 1}, by=city.manager)
    answer = city.as_(city.manager).get(reverse("admin:parks_quarterlyreport_changelist") + query)
    assert answer.status_code == 200


def test_no_page_of_reports_asks_more_of_the_database_when_there_are_more_reports(city):
    submitted_report(park=city.park, quarter=Q, figures={city.firms: 1}, by=city.manager)
    client = city.as_(city.reviewer)
    report = city.report
    addresses = [
        reverse("admin:index"),
        reverse("admin:parks_quarterlyreport_changelist"),
        page_of(report),
    ]

    def cost():
        counts = []
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(address).status_code == 200
            counts.append(len(queries))
        return counts

    cost()
    few = cost()
    for _number in range(4):
        park = make_park(reports_from="2026-Q1")
        firms = make_commitment(park=park)
        submitted_report(park=park, quarter=Q - 1, figures={firms: 1})
        submitted_report(park=park, quarter=Q, figures={firms: 1})
    for quarter in (Q - 4, Q - 3, Q - 2):
        approved_report(park=city.park, quarter=quarter, figures={city.firms: 1}, by=city.manager)
    assert cost() == few
