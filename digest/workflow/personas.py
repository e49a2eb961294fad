"""Standing readers: made-up people whose values are hard on a mail, for looking at it.

Real readers come and go, and an editor's machine may know none. What must stay true: a persona is
in no database, its address is in a domain that nobody can own (RFC 2606), and each of its values
can stand in a message, as hard as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from digest.model.audience import Profile
from digest.model.issue import Question
from digest.model.newsletter import Newsletter

#: Who stands for all readers where nobody is named.
EXAMPLE = "example"
NO_PROFILE = Profile()


@dataclass(frozen=True, kw_only=True, slots=True)
class Persona:
    """Somebody who might read a newsletter."""

    id: str
    """Short and stable: it stands in the preview's address."""
    label: str
    name: str
    address: str
    profile: Profile = NO_PROFILE
    invited_to: str = ""
    """The field whose open question is put to this persona; "" where none is."""


def personas(newsletter: Newsletter) -> tuple[Persona, ...]:
    """Return the personas of a newsletter: hard names, each of its roles, a creator a field."""
    return (*_NAMES, *_of_roles(newsletter), *_creators(newsletter))


def question_for(field: str, questions: tuple[Question, ...]) -> Question | None:
    """Return the open question that a creator of a field is invited to answer, or None."""
    return next((one for one in questions if one.field == field), None)


def _persona(key: str, label: str, name: str, language: str = "") -> Persona:
    address = f"{key}@reader.example"
    profile = Profile(language=language)
    return Persona(id=key, label=label, name=name, address=address, profile=profile)


_NAMES = (
    _persona(EXAMPLE, "Robin Example", "Robin Example"),
    _persona(
        "long-name",
        "Very long name",
        "Maria del Carmen Alejandra Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh y Ruiz",
    ),
    _persona("markup", 'Signs in the name: <"&">', "Rob <b>&\"'amp;</b> <O'Brien>"),
    _persona("no-name", "No name at all", ""),
    _persona("emoji", "Emoji in the name", "Zoë 👩🏽‍💻🎉"),
    _persona("japanese", "Japanese reader", "渡邊 美咲", "ja"),
    _persona("chinese", "Chinese reader", "欧阳 晓雯", "zh-Hans"),
)


def _of_roles(newsletter: Newsletter) -> Iterator[Persona]:
    for role in newsletter.attributes.get("roles", {}):
        yield Persona(
            id=f"role-{role}",
            label=f"Role: {newsletter.label('roles', role, newsletter.default_language)}",
            name="Robin Example",
            address=f"role-{role}@reader.example",
            profile=Profile(roles=(role,)),
        )


def _creators(newsletter: Newsletter) -> Iterator[Persona]:
    roles = ("creator",) if "creator" in newsletter.attributes.get("roles", {}) else ()
    for value in newsletter.attributes.get("fields", {}):
        yield Persona(
            id=f"creator-{value}",
            label=f"Creator: {newsletter.label('fields', value, newsletter.default_language)}",
            name="Kit Creator",
            address=f"creator-{value}@reader.example",
            profile=Profile(roles=roles, fields=(value,), verified=(value,)),
            invited_to=value,
        )
