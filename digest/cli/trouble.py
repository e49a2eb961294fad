"""What keeps a mailing's sender from using the database, in words for `digest status`."""

from __future__ import annotations

from digest.bootstrap import App
from digest.model.mailing import Mailing, MailingState, Tally


def trouble_of(app: App, mailing: Mailing, tally: Tally) -> list[str]:
    """Return why nothing of a mailing leaves although somebody sends, or sent last; [] or a line.

    The database cannot say it: it is read where the sender keeps it.
    """
    if mailing.state is not MailingState.SENDING or tally.settled:
        return []
    trouble = app.ledger.find_trouble()
    if trouble is None:
        return []
    if trouble.lasts:
        return [f"nothing leaves {trouble.said} The send goes on by itself when that is over."]
    return [f"the last send ended because it could not use the database, {trouble.said}"]
