"""Who may be asked about a report: the people who review it, by name, with what they gave to be reached by."""

from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser

from parks import access


@dataclass(frozen=True)
class Contact:
    """One person: a name, and how they are reached; both `contact` and `email` may be empty."""

    name: str
    contact: str
    email: str

    @classmethod
    def of(cls, person: AbstractUser) -> "Contact":
        preference = getattr(person, "preference", None)
        return cls(written_name(person), preference.contact if preference else "", person.email)

    @property
    def is_reachable(self) -> bool:
        return bool(self.contact or self.email)


def written_name(person: AbstractUser) -> str:
    """The name as its own language writes it: 王云, Wei Smith; the account's name where none was given."""
    if f"{person.last_name}{person.first_name}".isascii():
        return person.get_full_name() or person.get_username()
    return f"{person.last_name}{person.first_name}"


def reviewers_to_ask() -> tuple[Contact, ...]:
    """Reviewers who can be reached. One query."""
    people = access.reviewers().select_related("preference")
    return tuple(contact for contact in map(Contact.of, people) if contact.is_reachable)
