"""The demonstration: a believable story, labelled as invented, that can be taken away without a trace."""

import stat
from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from changchun_innovation.demonstration import accounts, story
from changchun_innovation.roles import ROLES
from changchun_innovation.shared.append_only import Origin
from changchun_innovation.shared.progress import Missing, Standing, State
from changchun_innovation.shared.quarters import Quarter
from parks.joint import joint_pledges
from parks.ledger import Ledger
from parks.models import (
    CommitmentTerms,
    DeadlineExtension,
    Figure,
    Milestone,
    MilestoneProposal,
    Park,
    ParkManager,
    QuarterlyReport,
    Reply,
    ReportEvent,
    ReportsFrom,
    Status,
    Verb,
)
from parks.replies import replies
from targets.queries import promises
from tests.factories import approved_report, make_commitment, make_user

TODAY = date(2026, 11, 23)
CHANGCHUN = ZoneInfo("Asia/Shanghai")


def load(*arguments: str) -> str:
    said = StringIO()
    call_command("load_demo", *arguments, stdout=said)
    return said.getvalue()


def states(ledger: Ledger, quarter: str) -> dict[str, State]:
    return {pledge.code: ledger.judgement(pledge, Quarter.parse(quarter)).state for pledge in ledger.pledges}


def report(ledger: Ledger, park: str, quarter: str):
    facts = next(one for one in ledger.parks if one.code == park)
    return ledger.report(facts, Quarter.parse(quarter))


def pledge(ledger: Ledger, code: str):
    return next(one for one in ledger.pledges if one.code == code)


# --- the story -----------------------------------------------------------------------------------------------
def test_at_least_250_figures_with_a_value_are_approved(demo_data):
    approved = Figure.objects.published_on(TODAY)
    assert approved.filter(value__isnull=False).count() >= 250
    assert approved.filter(not_applicable=True).exists()


def test_everything_a_demonstration_made_says_that_it_is_invented(demo_data):
    for model in (QuarterlyReport, ReportsFrom, Milestone, DeadlineExtension, MilestoneProposal, Reply):
        assert set(model.objects.values_list("origin", flat=True)) == {Origin.DEMO}, model
    assert CommitmentTerms.objects.filter(origin=Origin.DEMO).exists()
    assert CommitmentTerms.objects.exclude(origin=Origin.DEMO).count() == 29


def test_the_eight_parks_report_from_the_end_of_2023(demo_data):
    assert ReportsFrom.objects.count() == 8
    ledger = Ledger.of(TODAY)
    first, last = Quarter.parse("2023-Q4"), Quarter.parse("2026-Q3")
    assert {tuple(ledger.expected_quarters(park)) for park in ledger.parks} >= {
        tuple(Quarter.range(first, last))
    }
    assert QuarterlyReport.objects.order_by("quarter").first().quarter == first
    assert QuarterlyReport.objects.order_by("quarter").last().quarter == last


def test_in_the_quarter_that_is_shown_first_every_state_of_a_running_term_is_seen(demo_data):
    assert set(states(Ledger.of(TODAY), "2025-Q4").values()) == {
        State.ACHIEVED,
        State.ON_TRACK,
        State.WATCH,
        State.BEHIND,
        State.STALE,
        State.NO_DATA,
        State.UNDATED,
    }


def test_in_the_due_quarter_pledges_are_kept_missed_and_unreported(demo_data):
    counted = Counter(states(Ledger.of(TODAY), "2026-Q3").values())
    assert counted[State.ACHIEVED] >= 5
    assert counted[State.MISSED] >= 3
    assert counted[State.UNREPORTED] >= 1


def test_one_park_is_ahead_and_never_late(demo_data):
    ledger = Ledger.of(TODAY)
    park = next(one for one in ledger.parks if one.code == "jixing")
    reports = [ledger.report(park, quarter) for quarter in ledger.expected_quarters(park)]
    assert all(one.standing == Standing.APPROVED and one.days_late == 0 for one in reports)
    assert {ledger.judgement(one, Quarter.parse("2026-Q3")).state for one in ledger.pledges_of(park)} == {
        State.ACHIEVED
    }


def test_one_park_is_late_and_an_extended_report_is_not(demo_data):
    ledger = Ledger.of(TODAY)
    assert report(ledger, "erguang", "2025-Q3").days_late == 23
    extended = report(ledger, "erguang", "2024-Q4")
    assert (extended.extended, extended.due_on, extended.days_late) == (True, date(2025, 2, 14), 0)


def test_one_park_was_silent_for_three_quarters_and_came_back(demo_data):
    ledger = Ledger.of(TODAY)
    for quarter in ("2025-Q2", "2025-Q3", "2025-Q4"):
        silent = report(ledger, "xinguang", quarter)
        assert (silent.standing, silent.overdue) == (Standing.MISSING, True)
    assert report(ledger, "xinguang", "2026-Q1").standing == Standing.APPROVED
    assert states(ledger, "2025-Q4")["xinguang/resident-firms"] == State.STALE
    assert states(ledger, "2026-Q1")["xinguang/resident-firms"] == State.WATCH


def test_one_park_never_reported_the_due_quarter(demo_data):
    ledger = Ledger.of(TODAY)
    assert report(ledger, "erguang", "2026-Q3").overdue
    assert states(ledger, "2026-Q3")["erguang/resident-firms"] == State.UNREPORTED


def test_one_report_was_returned_and_one_waits_for_review(demo_data):
    ledger = Ledger.of(TODAY)
    returned = report(ledger, "tcm", "2026-Q3")
    assert (returned.standing, returned.overdue) == (Standing.RETURNED, True)
    waiting = report(ledger, "jinuoer", "2026-Q3")
    assert (waiting.standing, waiting.days_late) == (Standing.SUBMITTED, 32)


def test_a_correction_shows_both_values_and_only_from_the_day_it_was_approved(demo_data):
    quarter = Quarter.parse("2024-Q4")

    def resident_firms(known_on: date):
        ledger = Ledger.of(known_on)
        firms = pledge(ledger, "changzhi/resident-firms")
        return ledger.published(firms)[quarter], ledger.judgement(firms, quarter).state

    before, state = resident_firms(date(2025, 3, 11))
    assert (before.value, before.was_revised, state) == (20, False, State.ACHIEVED)
    after, state = resident_firms(date(2025, 3, 12))
    assert (after.value, after.revision, after.replaced_value, state) == (18, 2, 20, State.ON_TRACK)


def test_one_correction_is_being_written_and_one_was_given_up(demo_data):
    writing = report(Ledger.of(TODAY), "optoelectronic", "2026-Q1")
    assert (writing.published_revision, writing.open_revision, writing.open_standing) == (
        1,
        2,
        Standing.DRAFT,
    )
    assert QuarterlyReport.objects.get(status=Status.DISCARDED).park.code == "changzhi"


def test_milestones_were_proposed_by_parks_one_was_declined_and_one_waits(demo_data):
    statuses = Counter(MilestoneProposal.objects.values_list("status", flat=True))
    assert statuses == {"approved": 2, "declined": 1, "proposed": 1}
    assert not Milestone.objects.filter(proposal=None).exists()
    assert MilestoneProposal.objects.get(status="declined").answer


def test_parks_replied_beside_what_was_behind_and_one_reply_waits(demo_data):
    quarter = Quarter.parse("2025-Q4")
    said = replies(TODAY, quarter)
    assert set(said) == {("erguang", "high-tech-firms"), ("optoelectronic", "high-tech-firms")}
    behind = states(Ledger.of(TODAY), "2025-Q4")
    assert {behind[reply.code] for reply in said.values()} == {State.BEHIND}
    assert [reply.quarter for reply in said["erguang", "high-tech-firms"].earlier] == [quarter - 1]
    assert Reply.objects.get(status="submitted").commitment.park.code == "xinguang"


def test_a_level_that_had_reached_its_pledge_fell_back(demo_data):
    ledger = Ledger.of(TODAY)
    firms = [states(ledger, quarter)["tcm/high-tech-firms"] for quarter in ("2025-Q3", "2025-Q4", "2026-Q2")]
    assert firms == [State.ACHIEVED, State.ON_TRACK, State.WATCH]
    talents = ledger.published(pledge(ledger, "erguang/high-end-talents"))
    assert talents[Quarter.parse("2025-Q3")].value < talents[Quarter.parse("2025-Q2")].value


def test_a_year_with_a_gap_gives_no_yearly_value(demo_data):
    ledger = Ledger.of(TODAY)
    revenue = pledge(ledger, "optoelectronic/revenue")
    assert ledger.published(revenue)[Quarter.parse("2024-Q2")].not_applicable
    # Mid-2025 needs mid-2024: the value is still that of the quarter before.
    assert ledger.judgement(revenue, Quarter.parse("2025-Q2")).figure_quarter == Quarter.parse("2025-Q1")
    year = ledger.judgement(revenue, Quarter.parse("2025-Q4"))
    assert (year.value, year.state) == (Decimal("8.62"), State.ON_TRACK)
    # Year to date starts again in January; the judged value goes on.
    later = ledger.judgement(revenue, Quarter.parse("2026-Q1"))
    assert (later.figure, later.value) == (Decimal("2.31"), Decimal("9.45"))


def test_not_applicable_is_no_value_and_the_joint_sum_says_who_is_missing(demo_data):
    ledger, city = Ledger.of(TODAY), promises(TODAY)

    def high_tech_firms(quarter: str):
        rows = joint_pledges(ledger, city, Quarter.parse(quarter))
        return next(one.joint for one in rows if one.promise.code == "parks-high-tech-firms")

    gap = ledger.judgement(pledge(ledger, "lianhuashan/high-tech-firms"), Quarter.parse("2025-Q4"))
    assert (gap.state, gap.missing) == (State.NO_DATA, Missing.NOT_APPLICABLE)
    then = high_tech_firms("2025-Q4")
    assert (then.judgement.state, then.reported, then.pledging) == (State.NO_DATA, 6, 7)
    assert then.missing_keys == ("lianhuashan",)
    later = high_tech_firms("2026-Q2")
    assert (later.reported, later.known_sum) == (7, 70)
    assert later.judgement.state == State.BEHIND


def test_some_parks_gave_baselines_and_agreed_on_milestones_and_others_did_not(demo_data):
    ledger = Ledger.of(TODAY)
    assert pledge(ledger, "changzhi/high-end-talents").terms.baseline == 120
    assert pledge(ledger, "tcm/high-end-talents").terms.baseline is None
    assert len(pledge(ledger, "lianhuashan/projects-transferred").terms.milestones) == 2
    assert pledge(ledger, "jinuoer/projects-transferred").terms.milestones == ()


def test_high_tech_firms_are_never_more_than_the_firms_they_are_part_of(demo_data):
    ledger = Ledger.of(TODAY)
    compared = 0
    for part in ledger.pledges:
        if part.part_of is None:
            continue
        whole = ledger.published(pledge(ledger, f"{part.park.code}/{part.part_of.code}"))
        for quarter, figure in ledger.published(part).items():
            if figure.value is not None:
                assert figure.value <= whole[quarter].value, (part.code, quarter)
                compared += 1
    assert compared > 50


# --- when it happened ----------------------------------------------------------------------------------------
def test_people_worked_on_weekdays_in_office_hours_after_the_quarter_and_never_in_the_future(demo_data):
    for event in ReportEvent.objects.select_related("report"):
        at = event.at.astimezone(CHANGCHUN)
        assert at.weekday() < 5, event
        assert time(8, 30) <= at.time() <= time(17, 30), event
        assert event.report.quarter.ends_on < at.date() <= TODAY, event


def test_approvals_come_some_days_after_the_submission(demo_data):
    for one in QuarterlyReport.objects.approved():
        assert 2 <= (one.approved_at - one.submitted_at).days <= 30, one


def test_what_was_known_earlier_is_less(demo_data):
    known = [
        sum(len(f) for f in Ledger.of(day).figures.values())
        for day in (date(2024, 1, 1), date(2024, 12, 31), date(2025, 12, 31), TODAY)
    ]
    assert known[0] == 0
    assert known == sorted(set(known))


def test_told_on_an_earlier_day_the_story_ends_there(baseline, today):
    then = datetime(2024, 7, 24, 9, 0, tzinfo=CHANGCHUN)
    today.move_to(then)
    load()
    assert ReportEvent.objects.filter(at__gt=then).count() == 0
    assert Milestone.objects.count() == 3
    assert not DeadlineExtension.objects.exists()
    assert report(Ledger.of(then.date()), "tcm", "2024-Q2").standing == Standing.RETURNED
    assert not QuarterlyReport.objects.filter(quarter__gt=Quarter.parse("2024-Q2")).exists()


# --- loading and clearing ------------------------------------------------------------------------------------
def rows() -> list[tuple]:
    return [
        *Figure.objects.order_by(
            "report__park__code", "report__quarter", "report__revision", "commitment__order"
        ).values_list(
            "report__park__code", "report__quarter", "report__revision", "commitment", "value", "note"
        ),
        *ReportEvent.objects.order_by("at", "report__park__code").values_list(
            "verb", "at", "by__username", "reason"
        ),
    ]


def counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def test_clearing_removes_the_story_and_nothing_else_and_it_can_be_told_again(demo_data):
    before, told = counts(), rows()
    said = load("--clear")
    assert "parks.quarterlyreport: 95 removed" in said
    gone = {label: before[label] - left for label, left in counts().items() if before[label] != left}
    assert gone == {
        "parks.QuarterlyReport": 95,
        "parks.Figure": before["parks.Figure"],
        "parks.ReportEvent": before["parks.ReportEvent"],
        "parks.ReportsFrom": 8,
        "parks.Milestone": 3,
        "parks.DeadlineExtension": 1,
        "parks.CommitmentTerms": before["parks.CommitmentTerms"] - 29,
        "parks.MilestoneProposal": 4,
        "parks.ProposedMilestone": 5,
        "parks.Reply": 4,
        "parks.ReplyEvent": before["parks.ReplyEvent"],
    }
    assert load("--clear") == "demonstration: nothing to remove\n"
    load()
    assert rows() == told


def test_loading_a_second_time_changes_nothing(demo_data):
    before = counts()
    assert load() == "demonstration: already loaded\n"
    assert counts() == before


def test_clearing_leaves_a_real_report_alone_also_outside_a_demonstration(demo_data, settings):
    settings.DEMO = False
    real = _a_real_report()
    load("--clear")
    assert list(QuarterlyReport.objects.all()) == [real]
    assert real.figures.exists()
    assert real.events.filter(verb=Verb.APPROVED).exists()


def _a_real_report() -> QuarterlyReport:
    commitment = make_commitment()
    return approved_report(park=commitment.park, quarter="2025-Q1", figures={commitment: 5})


def test_invented_reports_are_never_mixed_with_real_ones(baseline, settings):
    settings.DEMO = False
    _a_real_report()
    settings.DEMO = True
    with pytest.raises(CommandError, match="real reports are in this database"):
        load()
    assert not QuarterlyReport.objects.filter(origin=Origin.DEMO).exists()
    assert not User.objects.filter(username="admin").exists()


def test_outside_a_demonstration_nothing_is_invented(baseline, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match=r"DEMO=on"):
        load()
    with pytest.raises(accounts.AccountsRefused):
        accounts.make()
    assert not QuarterlyReport.objects.exists()
    assert not User.objects.exists()


def test_without_reference_data_there_is_no_story(db):
    with pytest.raises(CommandError, match=r"run manage.py load_baseline"):
        load()
    assert not User.objects.exists()


# --- accounts ------------------------------------------------------------------------------------------------
def test_there_is_an_account_for_every_role_and_every_park(demo_data):
    names = set(User.objects.values_list("username", flat=True))
    codes = set(Park.objects.values_list("code", flat=True))
    assert names == {"official", "reviewer", "analyst", "admin", *(f"manager-{code}" for code in codes)}
    assert len(names) == 12
    held = {user.username: [group.name for group in user.groups.all()] for user in User.objects.all()}
    assert held["manager-tcm"] == ["park manager"]
    assert {role for (role,) in held.values()} == set(ROLES)
    assert set(ParkManager.objects.values_list("user__username", "park__code")) == {
        (f"manager-{code}", code) for code in codes
    }
    assert not User.objects.filter(is_superuser=True).exists()
    staff = set(User.objects.filter(is_staff=True).values_list("username", flat=True))
    assert names - staff == {"official", "analyst"}
    assert {user.preference.language for user in User.objects.all()} == {"zh-hans"}


def test_the_password_is_kept_for_the_owner_of_the_folder_alone(demo_data, settings):
    kept = settings.DATA_DIR / "demo_password"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert User.objects.get(username="reviewer").check_password(kept.read_text())


def test_a_password_that_is_given_replaces_the_random_one(demo_data, settings):
    settings.DEMO_PASSWORD = "given on purpose"
    assert accounts.make() == 0
    assert all(user.check_password("given on purpose") for user in User.objects.all()[:2])


def test_an_account_of_somebody_real_is_not_taken_over(baseline):
    call_command("sync_roles", verbosity=0)
    make_user(username="reviewer", role="reviewer")
    with pytest.raises(CommandError, match="no demonstration accounts: reviewer"):
        load()


def test_locking_closes_the_demonstration_accounts_and_no_other(demo_data, settings):
    somebody = make_user(username="zhang.wei", role="reviewer")
    assert accounts.lock() == 12
    assert list(User.objects.filter(is_active=True)) == [somebody]
    assert not accounts.that_can_log_in().exists()
    # A demonstration opens them again.
    accounts.make()
    assert User.objects.get(username="admin").check_password(accounts.password())
    assert accounts.that_can_log_in().count() == 12


def test_the_steps_of_the_story_come_in_the_order_of_time():
    told = story.steps()
    assert [step.at for step in told] == sorted(step.at for step in told)
    assert {step.do for step in told} == {
        "open", "save", "submit", "withdraw", "return", "approve", "reopen", "discard",
    }  # fmt: skip
    assert told[-1].at < timezone.now()
