"""The part of the gate that looks at a rendered edition: its HTML, text, subject and preheader.

`gate.lint_edition` is the door, `rules.RULES` what it looks for. Each family of rules is a file of
its own and says what it noticed; nothing here changes a mail, reads a file of the site or asks the
network. A mail may hold anything: no byte of it makes the linter crash, or take more than time in
proportion to its length.
"""
