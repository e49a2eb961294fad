"""The preview: a page that an editor leaves open all day. Loopback, read only, hostile content.

`application.preview_application(bench)` joins it. A `workbench.Workbench` is what every page stands
on: `bench.app` (the site's parts), `bench.studio` (what readers get), `bench.page(name, **values)`
(a template of templates/web/preview/ as a response), `bench.hub.publish("changed")` (tells every
open page to look again), `bench.token` (stands in every form that changes something).

To add pages: write a function `(Workbench) -> list[Route]` and name it in `application._routes`.
To add a tab: a template `tabs/<id>.html` and a line in `tabs.TABS`; its function gets a `View`.
Templates extend `frame.html`; `parts.html` has the macros (stage, inbox rows, code, tables).

What must stay true: a GET changes nothing; a POST passes `guard.Guard` (own Host, own Origin, the
token); no page holds an inline script or style; a mail is only ever shown by an address of its own,
in a frame without scripts, under a policy that loads nothing but its own pictures.
"""
