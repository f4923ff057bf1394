"""The page to fill a quarter: judged while it is typed, kept until it is saved, and shared by two people at once."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from changchun_innovation.shared.quarters import Quarter
from parks import workflow
from parks.entry import Entry
from parks.models import Figure, KeptCopy, QuarterlyReport, Remark, Status
from parks.sheet import current_report
from tests.factories import (
    approved_report,
    make_commitment,
    make_indicator,
    make_park,
    make_report,
    make_user,
    moment,
    submitted_report,
)

pytestmark = pytest.mark.django_db

Q = Quarter(2026, 3)
LATER = moment(date(2026, 11, 20))


class Desk:
    """One park with three commitments, its two managers, and the page of a quarter as a browser handles it."""

    def __init__(self, client):
        self.client = client
        self.park = make_park(code="jixing", reports_from="2026-Q1")
        self.firms = make_commitment(park=self.park, kind="stock", value=40)
        self.high_tech = make_commitment(
            park=self.park, indicator=make_indicator(), part_of=self.firms.indicator, value=20
        )
        self.projects = make_commitment(park=self.park, kind="cumulative", value=100)
        self.manager = make_user(role="park manager", parks=[self.park], username="manager")
        self.colleague = make_user(
            role="park manager", parks=[self.park], username="li", last_name="李", first_name="雷"
        )
        self.address = reverse("admin:parks_quarterlyreport_enter", args=["jixing", Q])
        self.judging = reverse("admin:parks_quarterlyreport_consequence", args=["jixing", Q])
        client.force_login(self.manager)

    def opened(self, **query) -> dict[str, str]:
        """The fields of the page as it is opened, as its form would send them."""
        return fields_of(self.client.get(self.address, query).content.decode())

    def post(self, fields, step="save", **typed):
        return self.client.post(self.address, {**fields, **self.named(typed), "step": step})

    def judged(self, fields, **typed) -> dict:
        return self.client.post(self.judging, {**fields, **self.named(typed)}).json()

    def line(self, answer, commitment) -> str:
        return re.sub(r"<[^>]+>", "", answer["lines"][str(commitment.pk)]["html"])

    def named(self, typed):
        """`firms="12"` is the value of that line; `firms_note` its note."""
        named = {}
        for key, value in typed.items():
            for name in ("firms", "high_tech", "projects"):
                if key == name or key.startswith(f"{name}_"):
                    field = key.removeprefix(name).strip("_") or "value"
                    named[f"{field}-{getattr(self, name).pk}"] = value
        return named

    def saved(self) -> dict[str, object]:
        report = current_report(self.park, Q)
        values = dict(Figure.objects.filter(report=report).values_list("commitment", "value"))
        return {name: values.get(getattr(self, name).pk) for name in ("firms", "high_tech", "projects")}

    def colleague_saves(self, **values):
        report = current_report(self.park, Q)
        entries = {getattr(self, name).pk: Entry(value=value) for name, value in values.items()}
        return workflow.save_figures(
            report=report, entries=entries, version=report.version, by=self.colleague, at=LATER
        )


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def fields_of(page: str) -> dict[str, str]:
    """What the form of the page would send."""
    form = page.split('id="entry-form"')[1]
    found = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, kind = re.search(r'name="([^"]+)"', tag)[1], re.search(r'type="([^"]+)"', tag)[1]
        value = re.search(r'value="([^"]*)"', tag)
        if kind in ("checkbox", "radio") and " checked" not in tag:
            continue
        found[name] = unescape(value[1]) if value else ""
    return found


@pytest.fixture
def desk(client):
    return Desk(client)


@pytest.fixture
def draft(desk):
    make_report(
        park=desk.park,
        quarter=Q,
        figures={desk.firms: 12, desk.high_tech: 5, desk.projects: 30},
        by=desk.manager,
    )
    return desk


# --- what is typed is judged ---------------------------------------------------------------------------------
def test_a_typed_figure_shows_its_change_progress_and_state_before_anything_is_saved(desk):
    approved_report(
        park=desk.park, quarter=Q - 1, figures={desk.firms: 30, desk.high_tech: 5, desk.projects: 60}
    )
    answer = desk.judged(desk.opened(), firms="38", high_tech="", projects="101")
    firms, projects = desk.line(answer, desk.firms), desk.line(answer, desk.projects)
    assert "较 2026Q2 +8" in firms and "任务进度 95.0%" in firms and "时间进度" in firms
    assert "未完成" in firms, "the term ended in August"
    assert "已完成" in projects and "现为" in projects
    assert "未填" in desk.line(answer, desk.high_tech)
    assert not QuarterlyReport.objects.filter(quarter=Q).exists()


def test_what_is_shown_while_typing_is_what_the_judge_says_after_approval(desk):
    reviewer = make_user(role="reviewer")
    fields = desk.opened()
    typed = {"firms": "38", "high_tech": "12", "projects": "70"}
    shown = {
        name: desk.judged(fields, **typed)["lines"][str(getattr(desk, name).pk)]["html"] for name in typed
    }
    desk.post(fields, **typed)
    report = current_report(desk.park, Q)
    workflow.submit(report=report, version=report.version, by=desk.manager, at=LATER)
    report.refresh_from_db()
    workflow.approve(report=report, version=report.version, by=reviewer, at=LATER)
    page = desk.client.get("/parks/jixing/?quarter=2026-Q3").content.decode()
    for name in typed:
        code = f"jixing/{getattr(desk, name).indicator.code}"
        state = re.search(rf'data-commitment="{code}"[^>]* data-state="([^"]+)"', page)[1]
        assert f"s-{state.replace('_', '-')}" in shown[name]


def test_an_unusual_figure_is_asked_about_while_it_is_typed_and_a_wrong_one_is_refused(desk):
    approved_report(
        park=desk.park, quarter=Q - 1, figures={desk.firms: 30, desk.high_tech: 5, desk.projects: 60}
    )
    answer = desk.judged(desk.opened(), firms="3.5万", high_tech="6", projects="59")
    wrong, fine, fell = (
        answer["lines"][str(each.pk)] for each in (desk.firms, desk.high_tech, desk.projects)
    )
    assert wrong["wrong"] == ["value"] and "35000" in wrong["said"]
    assert (fine["wrong"], fine["asks"]) == ([], False)
    assert fell["asks"] and "累计数" in fell["html"]


def test_a_part_beyond_its_whole_is_refused_while_typed_and_when_sent(desk):
    fields = desk.opened()
    answer = desk.judged(fields, firms="4", high_tech="5")
    assert "大于" in answer["lines"][str(desk.high_tech.pk)]["said"]
    page = desk.post(fields, firms="4", high_tech="5", projects="1").content.decode()
    assert "大于" in page and not QuarterlyReport.objects.filter(quarter=Q).exists()


def test_a_typed_baseline_moves_the_progress_that_is_shown(desk):
    without = desk.line(desk.judged(desk.opened(), firms="30"), desk.firms)
    with_it = desk.line(desk.judged(desk.opened(), firms="30", firms_baseline="20"), desk.firms)
    assert "任务进度 75.0%" in without and "任务进度 50.0%" in with_it


def test_the_last_four_approved_values_stand_beside_the_field(desk):
    for back, value in ((5, 8), (4, 11), (3, 13), (1, 21)):
        approved_report(
            park=desk.park,
            quarter=Q - back,
            figures={desk.firms: value, desk.high_tech: 2, desk.projects: None if back == 1 else 3},
        )
    page = desk.client.get(desk.address).content.decode()
    row = text(page.split(f'data-line="{desk.firms.pk}"')[1].split("</tbody>")[0])
    assert re.search(r"11 13 — 21 ", row), "a quarter without a report is a dash, and the fifth is not shown"
    projects = text(page.split(f'data-line="{desk.projects.pk}"')[1].split("</tbody>")[0])
    assert re.search(r"3 3 — 不适用 ", projects)


# --- an unusual figure needs a line of reason ------------------------------------------------------------------
def test_a_draft_with_an_unusual_figure_is_kept_and_submitted_only_with_its_reason(desk):
    approved_report(
        park=desk.park, quarter=Q - 1, figures={desk.firms: 30, desk.high_tech: 5, desk.projects: 60}
    )
    typed = {"firms": "31", "high_tech": "6", "projects": "59"}
    page = desk.post(desk.opened(), step="submit", **typed).content.decode()
    assert f'href="#explanation-{desk.projects.pk}"' in page and "请写一句说明" in page
    assert desk.saved()["projects"] == 59 and current_report(desk.park, Q).status == Status.DRAFT
    desk.post(fields_of(page), step="submit", projects_explanation="一个项目重复计算")
    assert current_report(desk.park, Q).status == Status.SUBMITTED
    assert Figure.objects.get(report__quarter=Q, commitment=desk.projects).explanation == "一个项目重复计算"


# --- nothing typed is lost -----------------------------------------------------------------------------------
def test_what_was_typed_and_not_saved_is_offered_when_the_page_is_opened_again(desk):
    assert desk.judged(desk.opened(), firms="17", projects="3.5万", firms_note="两家迁入")["kept"]
    page = desk.client.get(desk.address).content.decode()
    assert "还没有保存" in page and 'value="17"' not in page
    restored = desk.opened(kept="restore")
    assert restored[f"value-{desk.firms.pk}"] == "17" and restored[f"value-{desk.projects.pk}"] == "3.5万"
    assert restored[f"note-{desk.firms.pk}"] == "两家迁入"
    desk.post(restored, projects="3")
    assert desk.saved()["firms"] == 17
    assert not KeptCopy.objects.exists(), "what is saved needs no copy"


def test_a_copy_is_for_its_own_person_and_is_given_up_by_a_button(desk, client):
    desk.judged(desk.opened(), firms="17")
    client.force_login(desk.colleague)
    assert "还没有保存" not in client.get(desk.address).content.decode()
    client.post(desk.address, {"step": "forget"})
    assert KeptCopy.objects.count() == 1
    client.force_login(desk.manager)
    client.post(desk.address, {"step": "forget"})
    assert not KeptCopy.objects.exists()
    assert "还没有保存" not in client.get(desk.address).content.decode()


def test_typing_back_what_is_saved_leaves_no_copy(draft):
    draft.judged(draft.opened(), firms="13")
    assert KeptCopy.objects.count() == 1
    draft.judged(draft.opened(), firms="12")
    assert not KeptCopy.objects.exists()


def test_a_copy_from_before_a_colleagues_save_is_restored_beside_what_was_saved(draft):
    draft.judged(draft.opened(), firms="17", projects="31")
    draft.colleague_saves(projects=44, high_tech=6)
    page = draft.client.get(draft.address, {"kept": "restore"}).content.decode()
    fields = fields_of(page)
    assert fields[f"value-{draft.firms.pk}"] == "17"
    assert fields[f"value-{draft.high_tech.pk}"] == "6", "what I did not touch is what is saved"
    assert f'name="keep-{draft.projects.pk}"' in page and f'name="keep-{draft.firms.pk}"' not in page


@pytest.mark.parametrize("seen", ["", "{", "[]", '{"x": 1}', '{"1": ["NaN"]}', "[" * 50_000])
def test_a_page_that_brings_back_nonsense_is_held_to_its_version(draft, seen):
    fields = {**draft.opened(), "seen": seen}
    draft.colleague_saves(projects=44)
    page = draft.post(fields, firms="17").content.decode()
    assert "没有保存" in page and draft.saved()["firms"] == 12


# --- two people at once --------------------------------------------------------------------------------------
def test_figures_that_only_one_of_two_changed_are_both_kept(draft):
    fields = draft.opened()
    draft.colleague_saves(projects=44)
    answer = draft.client.post(
        draft.address, {**fields, **draft.named({"firms": "17"}), "step": "save"}, follow=True
    )
    assert draft.saved() == {"firms": 17, "high_tech": 5, "projects": 44}
    assert "李雷 于" in answer.content.decode() or "雷 李 于" in answer.content.decode()


def test_what_a_colleague_saved_meanwhile_is_not_submitted_unseen(draft):
    fields = draft.opened()
    draft.colleague_saves(projects=44)
    draft.post(fields, step="submit", firms="17")
    assert current_report(draft.park, Q).status == Status.DRAFT
    assert draft.saved() == {"firms": 17, "high_tech": 5, "projects": 44}
    draft.post(draft.opened(), step="submit")
    assert current_report(draft.park, Q).status == Status.SUBMITTED


def test_where_both_changed_a_figure_the_second_sees_both_and_chooses(draft):
    fields = draft.opened()
    draft.colleague_saves(firms=77, projects=44)
    page = draft.post(fields, firms="17").content.decode()
    assert draft.saved()["firms"] == 77
    choice = text(page.split('class="choice"')[1].split("</fieldset>")[0])
    assert "现已保存的： 77" in choice and "我填的： 17" in choice
    assert page.count('class="choice"') == 1, (
        "the projects, which only the colleague changed, are no question"
    )

    # Without a choice nothing is decided, and nothing is lost.
    again = fields_of(page)
    assert "请选择保留哪一个" in draft.post(again).content.decode() and draft.saved()["firms"] == 77
    draft.post({**again, f"keep-{draft.firms.pk}": "theirs"})
    assert draft.saved() == {"firms": 77, "high_tech": 5, "projects": 44}
    draft.post({**again, f"keep-{draft.firms.pk}": "mine"})
    assert draft.saved() == {"firms": 17, "high_tech": 5, "projects": 44}


def test_an_error_elsewhere_does_not_hide_that_a_colleague_changed_the_same_figure(draft):
    fields = draft.opened()
    draft.colleague_saves(firms=77, high_tech=6)
    page = draft.post(fields, firms="17", projects="x").content.decode()
    assert 'class="choice"' in page
    again = fields_of(page)
    assert again[f"value-{draft.high_tech.pk}"] == "6"
    draft.post({**again, **draft.named({"projects": "30"}), f"keep-{draft.firms.pk}": "theirs"})
    assert draft.saved() == {"firms": 77, "high_tech": 6, "projects": 30}


def test_a_page_of_the_first_revision_writes_over_nothing_in_a_later_one(desk):
    # Versions begin anew with a revision: the page from before the first report has the same one as the second draft.
    fields, reviewer = desk.opened(), make_user(role="reviewer")
    figures = {desk.firms: 12, desk.high_tech: 5, desk.projects: 30}
    approved_report(park=desk.park, quarter=Q, figures=figures, by=desk.colleague, reviewer=reviewer)
    draft = workflow.reopen(park=desk.park, quarter=Q, reason="核对", by=reviewer, at=LATER)
    assert fields["version"] == str(draft.version)

    page = desk.post(fields, step="submit", firms="17", high_tech="5", projects="30").content.decode()
    assert desk.saved() == {"firms": 12, "high_tech": 5, "projects": 30}
    assert 'class="choice"' in page and current_report(desk.park, Q).status == Status.DRAFT

    # Nor is a correction submitted that the page had not shown.
    desk.post(fields, step="submit", firms="12")
    assert current_report(desk.park, Q).status == Status.DRAFT


@pytest.mark.parametrize(
    ("field", "forged"), [("clash", "9" * 5000), ("seen", '{"%s": ["sNaN", 0, "", "", "sNaN", ""]}')]
)
def test_a_forged_page_is_answered_like_any_other(draft, field, forged):
    fields = {**draft.opened(), field: forged.replace("%s", str(draft.firms.pk))}
    assert draft.post(fields, firms="17").status_code in (200, 302)
    assert draft.judged(fields, firms="18")["lines"]


# --- a return ------------------------------------------------------------------------------------------------
def test_a_reviewers_remark_stands_at_its_figure_until_the_report_is_submitted_again(desk):
    report = submitted_report(
        park=desk.park,
        quarter=Q,
        figures={desk.firms: 12, desk.high_tech: 5, desk.projects: 30},
        by=desk.manager,
    )
    workflow.return_report(
        report=report,
        reason="",
        remarks={desk.firms.pk: "请附名录", desk.projects.pk: "  "},
        version=report.version,
        by=make_user(role="reviewer"),
        at=LATER,
    )
    page = desk.client.get(desk.address).content.decode()
    assert "请附名录" in text(page.split(f'data-line="{desk.firms.pk}"')[1].split("</tbody>")[0])
    assert "请附名录" not in text(page.split(f'data-line="{desk.projects.pk}"')[1].split("</tbody>")[0])
    assert Remark.objects.count() == 1
    assert "请附名录" in report.events.last().reason


# --- whose page ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("role", ["park manager", "reviewer", "analyst", "official", "administrator"])
def test_nobody_else_is_told_what_figures_would_lead_to_or_leaves_a_copy(desk, client, role):
    fields = desk.opened()
    client.force_login(make_user(role=role, is_staff=True))
    for address in (desk.address, desk.judging):
        assert client.post(address, {**fields, "step": "forget"}).status_code == 404
    assert client.get(desk.judging).status_code in (404, 405)
    assert not KeptCopy.objects.exists() and not QuarterlyReport.objects.exists()


def test_a_report_that_was_submitted_is_neither_judged_nor_kept_from_an_old_page(desk):
    fields = desk.opened()
    submitted_report(
        park=desk.park,
        quarter=Q,
        figures={desk.firms: 12, desk.high_tech: 5, desk.projects: 30},
        by=desk.manager,
    )
    assert "不能填写" in desk.judged(fields, firms="17")["closed"]
    assert not KeptCopy.objects.exists()


def test_a_copy_holds_the_fields_of_the_page_and_nothing_else_that_is_sent(desk):
    fields = {**desk.opened(), "hoard": "x" * 1000, "value-x": "1", "step": "save"}
    assert desk.judged(fields, firms="17")["kept"]
    kept = KeptCopy.objects.get().fields
    assert kept[f"value-{desk.firms.pk}"] == "17"
    assert not {"hoard", "value-x", "step", "csrfmiddlewaretoken"} & set(kept)
