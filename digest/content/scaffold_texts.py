"""The texts of new files. Every key that a file may have is named in its comments.

What stands in single braces is filled in by `scaffold`; a brace that is meant is doubled.
"""

from __future__ import annotations

ITEM = """\
+++
title = {title}
date = {date}                    # the day it was filed; an issue takes what is new to it
section = "{section}"            # one of: {sections}
hold = true                          # not sent while this is here: delete the line when it is ready

# What may be added. Delete what you do not need. "docs/files.md" of digest says more.
# kind = "opportunity"               # takeaway (default) | opportunity | news | event
# status = "open"                    # of an opportunity: announced | pilot | open | closed
# also_in = ["..."]                  # other sections in which an opportunity stands as well
# for = {{ roles = ["..."], not = {{ topics = ["..."] }} }}
#                                    # who gets it; without it, everyone. Declared are
#                                    # {attributes}
# do = "..."                         # what a reader should do with it, in one sentence
# link = "https://..."               # where the button leads; or a file, as "assets/..."
# source = "..."                     # who said it
# opens = 2030-01-31                 # a date, or a span from the mailing: "14 days", "2 weeks"
# closes = "14 days"                 # likewise; without it, "not dated yet"
# pin = true                         # first in its section
# weight = 0                         # higher stands further up
# expires = 2030-01-31               # not sent after this day
# waive = {{ "poor-alt" = "..." }}     # findings of `digest check` that are meant, with the reason
#
# Tables come last: a key below [[figures]] belongs to that figure.
# [[figures]]
# id = "growth"                      # by which a translation names it
# number = 24
# unit = "%"
# text = "+24 %"                     # the number as it is shown
# label = "what the number counts"
# settled = true                     # without it, the figure is shown with its doubt
# highlight = true                   # one of at most four tiles at the top
+++

Write the item here, in Markdown.
"""

ITEM_TRANSLATION = """\
+++
# This is the {{language}} text. While the title begins with TODO, readers get the default language.
# Only what differs by language stands here; all else is inherited and must not be said again.
title = {title}
# do = "..."
# link = "https://..."
# source = "..."
# [[figures]]
# id = "growth"                      # the figure of the default file
# text = "+24 %"
# label = "..."
+++
"""

QUESTION = """\
+++
question = {question}
field = "{field}"              # who is asked: creators with this field verified; {fields}
quota = 5                            # how many answers are wanted
opens = "0 days"                     # a date, or a span from the mailing
closes = "14 days"
# overinvite = 2.0                   # invite so many times the quota at once (2 by default)
# cap = "1 per 30 days"              # how often one creator is invited at most
# waive = {{ "poor-alt" = "..." }}     # findings of `digest check` that are meant, with the reason
+++

What a creator should know before answering, in Markdown.
"""

QUESTION_TRANSLATION = """\
+++
# This is the {{language}} text. While it begins with TODO, readers get the default language.
question = {question}
+++
"""

NOTE = """\
+++
title = {title}
# subject = "..."                    # of the mail; without it, the pattern of newsletter.toml
# preheader = "..."                  # what a mailbox shows beside the subject
# lead = "..."                       # one sentence under the title
# waive = {{ "poor-alt" = "..." }}     # findings of `digest check` that are meant, with the reason
+++
"""

NOTE_TRANSLATION = """\
+++
# This is the {{language}} text. While the title begins with TODO, readers get the default language.
title = {title}
# subject = "..."
# preheader = "..."
# lead = "..."
+++
"""

SITE = """\
# The site. Every key is also an environment variable: [smtp] host is DIGEST_SMTP__HOST.

# [site]
# Where readers reach `digest web`. Without it, mail is only captured: nothing leaves this machine.
# base_url = "https://news.example.org"

# [smtp]                        # without a host, mail goes to the built-in capture server
# host = "smtp.example.org"
# port = 587
# security = "starttls"         # starttls | tls | none
# username = "news"
# The password comes from the environment (DIGEST_SMTP__PASSWORD) or a secret file, never from here.
"""

GITIGNORE = """\
# The database, captured mail and keys: they hold what is personal or secret.
var/
"""

TEMPLATES_README = """\
Templates in this folder replace the shipped ones of the same name, such as `mail/issue.mjml.j2`.
"""

NEWSLETTER = """\
# The newsletter. Every key is explained in "docs/files.md" of digest.
name = "News"
languages = ["en"]              # the first is the default; add "ja", "zh-Hans", ...
timezone = "UTC"
start = {start}              # items older than this never belong to an issue
# schedule = "0 9 * * 5"        # minute, hour, day, month, weekday in the time zone: Friday at 9
# catch_up = "6 hours"          # how late a missed time may still be sent
postal_address = "1 Example Street, Example Town"

[from]
name = "News"
address = "news@example.org"
# reply_to = "editor@example.org"

[subject]                       # may hold {{name}} {{number}} {{title}} {{date}}
en = "{{name}} {{number}}: {{title}}"

[about]                         # why a reader gets this, at the foot of every mail
en = "You get this because you subscribed to News."

# [source]                      # where the facts come from, at the foot of every mail
# en = "..."

[assembly]
min_items = 1                   # an issue with fewer is not sent
# max_items = 40
# ask_section = "general"       # where invitations to answer questions stand
# max_growth = 2.0              # an issue for more readers than so many times the last is stopped

# [delivery]                    # where it differs from digest.toml
# limits = ["500/h"]            # hold besides those of the site
# give_up_after = "6 hours"     # how long deferred mail is tried

[[sections]]                    # one table for each, in the order of the mail
id = "general"
title = {{ en = "General" }}
# min_items = 0
# max_items = 12
# icon = "assets/general.png"   # beside the section's title

# [pictures]                    # PNG, JPEG or GIF, twice as wide as they are shown
# hero = "assets/hero.png"      # at the top of the mail
# hero_alt = {{ en = "..." }}     # what the hero shows, for who cannot see it
# logo = "assets/logo.png"
# ask = "assets/ask.png"        # beside an invitation to answer a question

# What readers can be told apart by: roles, fields, topics. An item's `for` names these values.
# [attributes.roles]
# member = {{ en = "members" }}

# [waive]                       # findings of `digest check` that are meant, with the reason
# no-postal-address = "..."
"""

WELCOME = """\
+++
title = "Your newsletter is ready"
date = {date}
section = "general"
do = "Change this file, or write another one with `digest new item`."
+++

This item is a file, `items/welcome.md`. **Change it**, look at the result with `digest build`, and
send it with `digest send-now`: without an SMTP server the mail is captured on this machine.
"""

WELCOME_NOTE = """\
+++
subject = "Welcome"
title = "Welcome"
preheader = "The first issue of a new newsletter."
lead = "This is the first issue."
+++
"""
