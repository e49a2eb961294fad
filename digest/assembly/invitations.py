"""Which creator is invited to which question.

At most one invitation per creator and issue, only to verified fields, while outstanding and
accepted invitations leave room (quota x overinvite), least recently invited first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from digest.model.invitation import Creator, QuestionStanding
from digest.model.issue import Question, calendar_day
from digest.model.newsletter import Newsletter

_NEVER = datetime.min.replace(tzinfo=UTC)


def open_questions(questions: Iterable[Question], day: date) -> tuple[Question, ...]:
    """Return the questions that may be put to creators on a day, by id."""
    return tuple(
        question
        for question in sorted(questions, key=lambda question: question.id)
        if not (isinstance(question.opens, date) and question.opens > day)
        and not (isinstance(question.closes, date) and question.closes < day)
    )


def deadline_of(question: Question, newsletter: Newsletter, day: date) -> datetime | None:
    """Return the end of the last day on which an answer counts, in UTC; None: no deadline."""
    last = calendar_day(question.closes, day)
    if last is None:
        return None
    midnight = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(newsletter.timezone))
    return midnight.astimezone(UTC)


def choose_invitations(
    questions: Sequence[Question],
    creators: Iterable[Creator],
    standings: Mapping[str, QuestionStanding],
    at: datetime,
) -> dict[int, Question]:
    """Return subscription id -> the question that is put to its creator in this issue."""
    places = {question.id: _places_left(question, standings) for question in questions}
    chosen: dict[int, Question] = {}
    for creator in sorted(creators, key=_longest_unasked_first):
        fitting = [
            question
            for question in questions
            if places[question.id] > 0 and _may_be_asked(creator, question, at)
        ]
        if fitting:
            # The question with most room first: answers spread over the questions of a field.
            question = max(fitting, key=lambda question: (places[question.id], question.id))
            places[question.id] -= 1
            chosen[creator.subscription_id] = question
    return chosen


def _longest_unasked_first(creator: Creator) -> tuple[datetime, int]:
    return (creator.last_invited_at or _NEVER, creator.subscription_id)


def _places_left(question: Question, standings: Mapping[str, QuestionStanding]) -> int:
    standing = standings.get(question.id)
    taken = standing.outstanding + standing.accepted if standing else 0
    return question.places - taken


def _may_be_asked(creator: Creator, question: Question, at: datetime) -> bool:
    if question.field not in creator.verified or question.id in creator.asked:
        return False
    if question.cap is None:
        return True
    asked_lately = sum(asked_at > at - question.cap.period for asked_at in creator.recent)
    return asked_lately < question.cap.count
