"""The outbox: a mail is a row, written in the transaction of the step it tells of, and sent after the commit.

So a step that fails leaves no mail, a mail server that is down delays mails and loses none, and no request fails
because of one. Whoever sends claims the row by one conditional update: of ten processes one sends. A process that dies
between the claim and the mail server's yes leaves a claim that counts for ten minutes; then the row is taken again, so
that in this one case a mail may come twice, with the same Message-ID.

    claimed, trouble, sent
    empty,   "",      empty    waits
    moment,  "",      empty    is being sent since
    moment,  words,   empty    the mail server failed then; the next `send_reminders` tries again
    empty,   words,   empty    the mail server refused this one mail; likewise
    moment,  "",      moment   went out
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least
from django.utils import timezone

from changchun_innovation.shared.progress import Standing
from parks import access
from parks.contacts import reviewers_to_ask
from parks.facts import ReportFacts
from parks.ledger import Ledger
from parks.letters import letter
from parks.models import REMINDERS, Notice, NoticeKind, Park, ParkManager, ReportEvent, Verb

log = logging.getLogger(__name__)

# A report is called due soon from this many days before its due day on.
DAYS_AHEAD = 7
# A claim older than this was left by a process that died: no mail server is waited for that long.
CLAIM_HOLDS = timedelta(minutes=10)
# After a mail server failed, steps do not wait for it again for this long; their mails stay in the outbox.
SERVER_RESTS = timedelta(minutes=2)
# The column would hold three times as many; a mail is never given up.
MOST_TRIES = 9999

_TOLD = {
    Verb.SUBMITTED: NoticeKind.SUBMITTED,
    Verb.RETURNED: NoticeKind.RETURNED,
    Verb.APPROVED: NoticeKind.APPROVED,
}
_silent: ContextVar[bool] = ContextVar("nothing_is_announced", default=False)


# --- a step is announced -------------------------------------------------------------------------------------
@contextmanager
def nothing_announced() -> Iterator[None]:
    """Within it steps leave no mail: a story that is told of the past is no news."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def announce(event: ReportEvent) -> None:
    """Write the mails that tell of a step; they go out once its transaction is committed.

    A submitted report goes to every reviewer who may approve it, a returned or approved one to the park's managers,
    who submitted it first. Other steps are told to nobody.
    """
    kind = _TOLD.get(event.verb)
    if kind is None or _silent.get():
        return
    report = event.report
    if kind == NoticeKind.SUBMITTED:
        hands = access.hands_in(report)
        people = [person for person in _reached(access.reviewers()) if person.pk not in hands]
    else:
        people = list(_reached(access.managers().filter(managed_parks__park=report.park_id)))
        people.sort(key=lambda person: person.pk != report.submitted_by_id)
    if not people:
        return
    Notice.objects.bulk_create(
        Notice(
            kind=kind,
            park_id=report.park_id,
            quarter=report.quarter,
            event=event,
            recipient=person,
            made=timezone.now(),
        )
        for person in people
    )
    transaction.on_commit(lambda: _deliver_step(event.pk), robust=True)


def _reached(people: QuerySet) -> QuerySet:
    return people.exclude(email="")


def _deliver_step(event: int) -> None:
    """Send the mails of one step, unless the mail server failed a moment ago: the reader is waiting for a page."""
    if _server_rests():
        return
    result = deliver(Notice.objects.filter(event=event))
    if result.failed:
        log.warning("%s mails not sent, kept for send_reminders: %s", result.failed, result.trouble)


def _server_rests() -> bool:
    failed = Notice.objects.filter(sent=None, claimed__gt=timezone.now() - SERVER_RESTS).exclude(trouble="")
    return failed.exists()


# --- what a day calls for ------------------------------------------------------------------------------------
def reminder_of(facts: ReportFacts, today: date) -> NoticeKind | None:
    """Which reminder a report calls for on a day; one that was returned is open again."""
    if not facts.expected or facts.standing in (Standing.SUBMITTED, Standing.APPROVED):
        return None
    if facts.overdue:
        return NoticeKind.OVERDUE
    return NoticeKind.DUE if (facts.due_on - today).days <= DAYS_AHEAD else None


@dataclass(frozen=True)
class Called:
    """A report that calls for a reminder, and the accounts it goes to; none where nobody can be reached."""

    facts: ReportFacts
    kind: NoticeKind
    recipients: tuple[int, ...]


def called_for(ledger: Ledger) -> list[Called]:
    """The reminders that the day of the ledger calls for, sent or not, by park and quarter."""
    managers = _managers_by_park()
    return [
        Called(facts, kind, tuple(managers[facts.park.pk]))
        for facts in ledger.reports()
        if (kind := reminder_of(facts, ledger.known_on))
    ]


def not_yet_written(called: Iterable[Called], now: datetime) -> list[Notice]:
    """One row, not saved, for each person and reminder that has none yet."""
    written = set(
        Notice.objects.filter(kind__in=REMINDERS).values_list("recipient", "park", "quarter", "kind")
    )
    return [
        Notice(
            kind=each.kind,
            park_id=each.facts.park.pk,
            quarter=each.facts.quarter,
            recipient_id=recipient,
            made=now,
        )
        for each in called
        for recipient in each.recipients
        if (recipient, each.facts.park.pk, each.facts.quarter, each.kind) not in written
    ]


def write(notices: Iterable[Notice]) -> None:
    """Put reminders into the outbox; one that somebody else wrote meanwhile stays the only one."""
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def _managers_by_park() -> dict[int, list[int]]:
    rows = ParkManager.objects.filter(user__in=_reached(access.managers()).order_by()).order_by("pk")
    managers: dict[int, list[int]] = defaultdict(list)
    for park, user in rows.values_list("park", "user"):
        managers[park].append(user)
    return managers


# --- what waits is sent --------------------------------------------------------------------------------------
@dataclass
class Delivery:
    """What became of the mails of one run; `trouble` is the mail server's last word where some did not go out."""

    sent: int = 0
    failed: int = 0
    trouble: str = ""


def waiting(notices: QuerySet | None = None, now: datetime | None = None) -> QuerySet:
    """Rows that are to be sent and that nobody is sending just now."""
    rows = Notice.objects.all() if notices is None else notices
    left = Q(claimed__lt=(now or timezone.now()) - CLAIM_HOLDS)
    return rows.filter(Q(claimed=None) | ~Q(trouble="") | left, sent=None)


@dataclass(frozen=True)
class Unsent:
    """Mails that the mail server did not take, and its last word about one of them."""

    number: int
    trouble: str


def not_sent() -> Unsent | None:
    """What lies in the outbox because the mail server failed; None where nothing does. One query."""
    troubles = list(
        Notice.objects.filter(sent=None).exclude(trouble="").order_by("pk").values_list("trouble", flat=True)
    )
    return Unsent(len(troubles), troubles[-1]) if troubles else None


def still_concerns(notice: Notice, world: "World") -> bool:
    """Whether the mail is still to be sent: the recipient is reached and still in charge, and a reminder still true."""
    person = notice.recipient
    if not (person.is_active and person.email):
        return False
    if notice.kind == NoticeKind.SUBMITTED:
        return person.pk in world.reviewers and not access.had_a_hand_in(person, notice.event.report)
    if person.pk not in world.managers[notice.park_id]:
        return False
    return notice.event_id is not None or reminder_of(world.facts(notice), world.today) == notice.kind


@dataclass
class World:
    """What mails are written and judged by, read when it is first asked for."""

    today: date
    managers: dict[int, list[int]]
    reviewers: set[int]
    contacts: tuple
    _ledgers: dict[int, Ledger] = field(default_factory=dict)

    @classmethod
    def of_today(cls) -> "World":
        reviewers = set(access.reviewers().values_list("pk", flat=True))
        return cls(timezone.localdate(), _managers_by_park(), reviewers, reviewers_to_ask())

    def facts(self, notice: Notice) -> ReportFacts:
        park: Park = notice.park
        if park.pk not in self._ledgers:
            self._ledgers[park.pk] = Ledger.of(self.today, [park.code])
        ledger = self._ledgers[park.pk]
        return ledger.report(ledger.parks[0], notice.quarter)


def deliver(
    notices: QuerySet | None = None,
    *,
    watched: Callable[[list[int]], Iterable[int]] = iter,
    told: Callable[[Notice, str], None] = lambda notice, trouble: None,
) -> Delivery:
    """Send what waits among some rows (default: all), each by whoever claims it first. Raises nothing the mail
    server does; a row that fails keeps its trouble, and no further one waits for a server that does not answer.

    `watched` wraps the list of rows, for a progress bar; `told` hears of each mail, with "" or what went wrong.
    """
    result, world = Delivery(), None
    rows = list(waiting(notices).values_list("pk", flat=True))
    server = _Server()
    try:
        for pk in watched(rows):
            notice = _claimed(pk)
            if notice is None:
                continue
            world = world or World.of_today()
            if not still_concerns(notice, world):
                notice.delete()
                continue
            trouble = server.send(notice, world)
            told(notice, trouble)
            if trouble:
                result.failed, result.trouble = result.failed + 1, trouble
            else:
                result.sent += 1
    finally:
        server.close()
    return result


def _claimed(pk: int) -> Notice | None:
    """Take a row for ourselves; None where somebody else was faster. One conditional update decides."""
    free = waiting(Notice.objects.filter(pk=pk))
    if not free.update(claimed=timezone.now(), trouble="", tries=Least(F("tries") + 1, MOST_TRIES)):
        return None
    people = ("recipient__preference", "event__by__preference", "event__report", "park")
    return Notice.objects.select_related(*people).get(pk=pk)


class _Server:
    """One connection for a run. Once the server fails as a whole it is not asked again."""

    def __init__(self):
        self._connection = None
        self._down = ""

    def send(self, notice: Notice, world: World) -> str:
        """Send a claimed mail. Answers "" or what went wrong, which is kept with the row."""
        row, message = Notice.objects.filter(pk=notice.pk), _message(notice, world)
        trouble = self._down
        if not trouble:
            try:
                self._open()
                self._connection.send_messages([message])
            except (SMTPRecipientsRefused, SMTPDataError, ValueError) as error:
                # This one mail was refused; the server goes on, and so do the others.
                trouble = _in_words(error)
                row.update(claimed=None, trouble=trouble)
                return trouble
            except (SMTPException, OSError) as error:
                trouble = self._down = _in_words(error)
        if trouble:
            row.update(trouble=trouble)
        else:
            row.update(sent=timezone.now())
        return trouble

    def _open(self) -> None:
        if self._connection is None:
            connection = get_connection()
            connection.open()
            self._connection = connection

    def close(self) -> None:
        if self._connection is not None:
            # Every mail has its answer by now; how the call ends changes nothing.
            with suppress(SMTPException, OSError):
                self._connection.close()


def _message(notice: Notice, world: World) -> EmailMessage:
    words = letter(notice, world.facts(notice), world.today, world.contacts)
    host = urlsplit(settings.SITE_URL).hostname
    return EmailMessage(
        words.subject,
        words.body,
        to=[notice.recipient.email],
        headers={
            "Auto-Submitted": "auto-generated",
            "Message-ID": f"<notice-{notice.pk}-{notice.made:%Y%m%d%H%M%S}@{host}>",
        },
    )


def _in_words(error: Exception) -> str:
    """One line of a mail server's refusal, as long as the column; it names the cause, never a password."""
    line = " ".join(str(error).split()) or type(error).__name__
    return line[: Notice._meta.get_field("trouble").max_length]
