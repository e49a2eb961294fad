"""Renders one hostile template in a process of its own: `python hostile_templates.py NAME`.

The process has little memory, so a template that got through would end it and nothing else. It says
`refused: ...` for a TemplateError; anything else is a failure.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

MEMORY = 1 << 30

TEXT = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>{}</mj-text></mj-column></mj-section>"
    "</mj-body></mjml>"
)
BIG = '{% set x = "x" * 400000 %}'
#: A list that holds itself twice, forty times over: 2 ** 40 parts when it is printed.
NESTED = '{% set x = ["a"] %}' + "{% set x = [x, x] %}" * 40
TWICE = '{% set x = "a" %}'


def _looped(inside: str) -> str:
    return f"{{% for i in range(99999) %}}{inside}{{% endfor %}}"


HOSTILE = {
    # values without end
    "a long text": '{{ "a" * 10 ** 9 }}',
    "a long list": "{% set x = [0] * 10 ** 9 %}",
    "a long number": "{{ 9 ** 99999 }}",
    "a text twice, forty times": TWICE + "{% set x = x ~ x %}" * 40,
    "a sum twice, forty times": TWICE + "{% set x = x + x %}" * 40,
    "a block twice, forty times": TWICE + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40,
    "a width": '{{ "%1000000000d" % 1 }}',
    "a width as a value": '{{ "%*d" % (1000000000, 1) }}',
    "a width in format": '{{ "{:>1000000000}".format(1) }}',
    "a width in format as a value": '{{ "{:{}}".format(1, "1000000000") }}',
    "a width in the filter": '{{ "%1000000000d"|format(1) }}',
    "a filled text": '{{ "a".ljust(10 ** 9) }}',
    "bytes": '{{ (5).to_bytes(10 ** 9, "big") }}',
    "replaced": BIG + '{{ x|replace("x", x) }}',
    "replaced by a method": BIG + '{{ x.replace("", x) }}',
    "joined": BIG + "{{ range(99999)|join(x) }}",
    "joined by a method": BIG + '{{ x.join(range(99999)|map("string")) }}',
    "made large and joined": BIG + '{{ ([x] * 100000)|map("upper")|join }}',
    "indented": '{% set x = "\\n" * 400000 %}{{ x|indent(400000) }}',
    "wrapped": BIG + "{{ x|wordwrap(1, wrapstring=x) }}",
    "filled up": "{{ [1]|batch(10 ** 9, 0)|list }}",
    "added up": "{{ ([[1] * 99999] * 99999)|sum(start=[]) }}",
    "collected": "{% set n = namespace(l=[]) %}" + BIG + _looped("{% set n.l = n.l + [x ~ i] %}"),
    "sliced": "{% set n = namespace(l=[]) %}" + BIG + _looped("{% set n.l = n.l + [x[1:]] %}"),
    "printed in a macro": BIG + "{% macro f() %}" + _looped("{{ x }}") + "{% endmacro %}{{ f() }}",
    "written in a macro": "{% macro f() %}" + _looped("x" * 100_000) + "{% endmacro %}{{ f() }}",
    "a nested list": NESTED + "{{ x }}",
    "a nested list as a text": NESTED + "{{ x|string }}",
    "a nested list and a text": NESTED + '{{ x ~ "" }}',
    "a nested list, joined": NESTED + "{{ x|join }}",
    "a nested list, formatted": NESTED + '{{ "%s" % x }}',
    "nested lists, compared": NESTED + NESTED.replace("x", "y") + "{{ x == y }}",
    # time without end
    "a long loop": "{% for i in range(10 ** 9) %}{% endfor %}",
    "loops in loops": _looped(_looped("")),
    "slow steps": _looped("{% set y = range(99999)|sort %}"),
    "calls in calls": "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}"
    "{{ f(40) }}",
    "a call of itself": "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
    "an include of itself": '{% include "mail/x.mjml.j2" %}',
    "an include of itself, twice": "{% if n is not defined %}{% set n = 40 %}{% endif %}{% if n %}"
    + "{% set n = n - 1 %}"
    + '{% include "mail/x.mjml.j2" %}' * 2
    + "{% endif %}",
    "a page that extends itself": '{% extends "mail/x.mjml.j2" %}',
    "an import of itself": '{% import "mail/x.mjml.j2" as y %}',
    "a loop that recurses": "{% for a in [1] recursive %}{{ loop(range(99999)) }}{% endfor %}",
    # templates without end
    "five megabytes": "x" * 5_000_000,
    "deep brackets": "{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}",
    "deep conditions": "{% if 1 %}" * 3_000 + "{% endif %}" * 3_000,
    "deep loops": "{% for a in [1] %}" * 50 + "{% endfor %}" * 50,
    "a long sum": "{{ " + "+".join(["1"] * 20_000) + " }}",
    "a long chain": "{{ x" + ".a" * 20_000 + " }}",
    # mails without end
    "20,000 nested elements": TEXT.format("{% for i in range(20000) %}<div>{% endfor %}"),
    "20,000 nested components": "<mjml><mj-body>" + "<mj-section>" * 12_000,
    "90,000 elements": TEXT.format("{% for i in range(90000) %}<b></b>{% endfor %}"),
    "20,000 components": "<mjml><mj-body>{% for i in range(20000) %}<mj-section></mj-section>"
    "{% endfor %}</mj-body></mjml>",
    "a long attribute": TEXT.format('<p title="{{ "a" * 400000 }}">x</p>'),
    "open comments": "<mjml>" + "<!--[if mso]>" * 10_000,
    "a deep condition": TEXT.format("<!--[if " + "(" * 5_000 + "mso]>x<![endif]-->"),
    "open quotes": TEXT.format("<a b='" * 10_000),
    # the machine
    "the class of a text": '{{ "".__class__.__mro__[1].__subclasses__() }}',
    "the class by a filter": '{{ ""|attr("__class__") }}',
    "the class in a format": '{{ "{0.__class__}".format(1) }}',
    "the globals of the page": "{{ self.__init__.__globals__ }}",
    "the globals of a helper": "{{ cycler.__init__.__globals__ }}",
    "chance": "{{ [1, 2]|random }}",
    "filler": "{{ lipsum(10) }}",
    "an address in memory": '{{ "a".upper }}',
}


def main(name: str) -> None:
    """Render the template, and say how that went."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from digest.errors import TemplateError
    from digest.rendering.compiling import compile_mjml
    from digest.rendering.environment import TemplateEnvironment

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mail" / "x.mjml.j2"
        file.parent.mkdir()
        file.write_text(HOSTILE[name], encoding="utf-8")
        environment = TemplateEnvironment([Path(folder)])
        try:
            html = compile_mjml(environment.render("mail/x.mjml.j2", {}), environment.sources)
        except TemplateError as error:
            print(f"refused: {error.what}")
        else:
            print(f"rendered {len(html)} characters")


if __name__ == "__main__":
    for each in sys.argv[1:]:
        main(each)
