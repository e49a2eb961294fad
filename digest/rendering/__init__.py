"""The rendering trade: an issue and an edition go in, subject, HTML and text with markers come out.

Once per edition, never per subscriber. Jinja first, then MJML; whatever is personal is a marker
that another trade fills. The same input gives the same bytes.
"""
