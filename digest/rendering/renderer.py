"""The one door to rendering: an edition into its two parts, and a web page from its values.

One MJML compilation per edition, never per subscriber. Nothing is remembered between renders but
what was read from the template folders, so the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from digest.errors import DigestError, TemplateError
from digest.model.edition import Edition, Placeholder, Rendered
from digest.model.issue import Issue
from digest.rendering.arranging import Arranger, language_names
from digest.rendering.compiling import compile_mjml
from digest.rendering.environment import TemplateEnvironment
from digest.rendering.footnotes import with_footnotes
from digest.rendering.inventory import SPECIMENS, Component, list_components
from digest.rendering.local import FALLBACK, Dictionary, direction
from digest.rendering.markers import Markers, Reader, canonical_text
from digest.rendering.markup import unmarked
from digest.rendering.pictures import Shown
from digest.rendering.signing import SigningArranger
from digest.rendering.signs import Signs, Traced, read_signs
from digest.rendering.specimens import everything_in, specimen_issue, values_for
from digest.rendering.theme import Theme, read_theme
from digest.rendering.view import IssueView
from digest.rendering.wrapping import wrap

ISSUE_HTML = "mail/issue.mjml.j2"
ISSUE_TEXT = "mail/issue.txt.j2"
SPECIMEN = "mail/specimen.mjml.j2"


@dataclass(frozen=True, kw_only=True, slots=True)
class Specimen:
    """A component drawn alone."""

    rendered: Rendered
    real: bool
    """Whether its words are those of the issue; else they are a specimen's."""


class Renderer:
    """Renders editions and pages from template folders."""

    def __init__(self, template_dirs: Sequence[Path]) -> None:
        """Look for templates in the folders: the site's own first, the shipped one last."""
        self._folders = tuple(Path(folder).resolve() for folder in template_dirs)
        self._environment = TemplateEnvironment(self._folders)
        self._mail_words = Dictionary(self._folders, "mail")
        self._web_words = Dictionary(self._folders, "web")
        self._specimen_words = Dictionary(self._folders, SPECIMENS)
        self.compilations = 0
        """How many times the MJML compiler was called."""

    @cached_property
    def _theme(self) -> Theme:
        return read_theme(self._folders)

    def render(
        self,
        issue: Issue,
        edition: Edition,
        *,
        links: frozenset[Placeholder],
        assets_url: str = "",
    ) -> Rendered:
        """Return an edition as it leaves, with markers where something personal goes.

        `links` are the personal links that this mailing can offer; the others draw no button.
        Pictures are addressed below `assets_url`, and travel inside the message without one.

        Raises:
            TemplateError: a template is wrong.
            ContentError: a text cannot be mailed.
            DigestError: the subject pattern is wrong, or a template alters a personal value.
        """
        view = self.arrange(issue, edition)
        words = self._mail_words.words(edition.language)
        markers = Markers(_content(view, issue, edition, links, assets_url))
        pictures = Shown(assets_url)
        html, in_html = self._html(view, markers, links, pictures)
        text, in_text = self._text(view, markers, links)
        return Rendered(
            subject=view.subject,
            preheader=view.preheader,
            html=html,
            text=text,
            markers=dict(sorted((in_html | in_text).items())),
            greeting_named=words.greeting_named,
            greeting_plain=words.greeting_plain,
            pictures=pictures.within(html),
        )

    def mjml(
        self, issue: Issue, edition: Edition, *, links: frozenset[Placeholder], assets_url: str = ""
    ) -> str:
        """Return an edition's MJML as the compiler gets it, to look at (TemplateError)."""
        view = self.arrange(issue, edition)
        reader = Reader(Markers(canonical_text((view, edition.key))), links)
        return unmarked(self._marked(view, reader, Shown(assets_url)))

    def traced(
        self, issue: Issue, edition: Edition, *, links: frozenset[Placeholder], assets_url: str = ""
    ) -> Traced:
        """Return an edition's HTML with its blocks marked, each with where it is written.

        It is for looking only and is never sent. Without the marks it is, to the byte, the HTML of
        `render`, unless a template does more with a text than print it: `plain` says.

        Raises:
            TemplateError, ContentError, DigestError: as `render`.
        """
        view = self.arrange(issue, edition)
        markers = Markers(_content(view, issue, edition, links, assets_url))
        signs = Signs(markers.nonce)
        signed = SigningArranger(
            issue=issue,
            edition=edition,
            words=self._mail_words.words(edition.language),
            names=self._names(issue),
            signs=signs,
        ).arrange()
        html, _ = self._html(signed, markers, links, Shown(assets_url))
        return read_signs(html, signs)

    def components(self) -> list[Component]:
        """Return what mails are made of, as the template folders have it now."""
        return list_components(self._folders)

    def own_words(
        self, components: Sequence[Component], issue: Issue, language: str
    ) -> frozenset[str]:
        """Return the ids of the components that are shown with words of the issue itself."""
        view = self.arrange(issue, everything_in(issue, language))
        return frozenset(each.id for each in components if values_for(each, view) is not None)

    def component(
        self,
        component: Component,
        issue: Issue,
        language: str,
        *,
        links: frozenset[Placeholder],
        assets_url: str = "",
    ) -> Specimen:
        """Return one component alone, as it stands in a mail: with words of the issue if it can.

        Raises:
            TemplateError, ContentError, DigestError: as `render`.
        """
        view = self.arrange(issue, everything_in(issue, language))
        own = values_for(component, view)
        made_up = specimen_issue(issue.newsletter, issue.cutoff_at, self._specimen_words)
        specimen = self.arrange(made_up, everything_in(made_up, language))
        lent = values_for(component, specimen) or {}
        view = specimen if own is None else view
        # A site's own component may ask for anything: what the issue lacks is lent as well.
        values = {name: (own or {}).get(name) or each for name, each in lent.items()}
        markers = Markers(canonical_text((view, component.id)))
        pictures, reader = Shown(assets_url), Reader(markers, links)
        drawn = {**values, "shown": component.shown, "level": component.level}
        marked = self._marked(view, reader, pictures, template=SPECIMEN, more=drawn)
        html = self._compiled(marked)
        words = self._mail_words.words(language)
        return Specimen(
            real=own is not None,
            rendered=Rendered(
                subject=component.id,
                preheader="",
                html=html,
                text="",
                markers=_verified(markers, html, reader, SPECIMEN),
                greeting_named=words.greeting_named,
                greeting_plain=words.greeting_plain,
                pictures=pictures.within(html),
            ),
        )

    def doubt(self, language: str) -> str:
        """Return the word that marks an unsettled figure in a language."""
        return self._mail_words.words(language).doubt

    def arrange(self, issue: Issue, edition: Edition) -> IssueView:
        """Return what the templates of an edition see."""
        words = self._mail_words.words(edition.language)
        return Arranger(issue, edition, words, self._names(issue)).arrange()

    def _names(self, issue: Issue) -> dict[str, str]:
        """Return what each language of a newsletter calls itself."""
        languages = issue.newsletter.languages
        known = {tag: self._mail_words.words(tag) for tag in (*languages, FALLBACK)}
        return language_names(languages, known)

    def page(self, name: str, **values: object) -> str:
        """Return a web page, such as `leave.html`, in `values["language"]` (English without one).

        `leave.html`, `left.html` need `newsletter` (its name); `invitation.html` also `question`,
        `field`, `deadline` (a date, or None) and `choice` ("accept", "decline" or "", from the
        link), and takes `body` (Markdown) and `question_lang`; its form posts `answer`.
        `answered.html` needs `newsletter`, `question` and `choice`, `too_late.html` `newsletter`,
        `unknown_link.html` and `test_link.html` nothing.

        Raises:
            TemplateError: the page is missing or wrong, or needs a value that was not given.
        """
        language = str(values.get("language") or FALLBACK)
        words = self._web_words.words(language)
        known = {**values, "language": language, "direction": direction(language), "t": words}
        return self._environment.render(f"web/{name}", known)

    def _html(
        self,
        view: IssueView,
        markers: Markers,
        links: frozenset[Placeholder],
        pictures: Shown,
    ) -> tuple[str, dict[str, Placeholder]]:
        reader = Reader(markers, links)
        html = self._compiled(self._marked(view, reader, pictures))
        return html, _verified(markers, html, reader, ISSUE_HTML)

    def _compiled(self, marked: str) -> str:
        self.compilations += 1
        return compile_mjml(marked, self._environment.sources)

    def _marked(
        self,
        view: IssueView,
        reader: Reader,
        pictures: Shown,
        *,
        template: str = ISSUE_HTML,
        more: Mapping[str, object] | None = None,
    ) -> str:
        """Return an edition's MJML, or another template's, whose tags carry line marks."""
        theme = self._theme
        values = {"c": theme, "font": theme.font(view.language), "pictures": pictures}
        known = self._values(view, reader) | values | dict(more or {})
        return self._environment.render(template, known)

    def _text(
        self, view: IssueView, markers: Markers, links: frozenset[Placeholder]
    ) -> tuple[str, dict[str, Placeholder]]:
        reader = Reader(markers, links)
        written = self._environment.render(ISSUE_TEXT, self._values(view, reader))
        text = wrap(with_footnotes(written))
        return text, _verified(markers, text, reader, ISSUE_TEXT)

    def _values(self, view: IssueView, reader: Reader) -> dict[str, object]:
        words = self._mail_words.words(view.language)
        return {"issue": view, "reader": reader, "t": words}


def _content(
    view: IssueView,
    issue: Issue,
    edition: Edition,
    links: frozenset[Placeholder],
    assets_url: str,
) -> str:
    """Return everything that an edition says, from which its signs are derived."""
    return canonical_text((view, issue.number, issue.content_hash, edition, links, assets_url))


def _verified(markers: Markers, part: str, reader: Reader, template: str) -> dict[str, Placeholder]:
    """Return the markers that stand in a part, or say which template spoilt one."""
    try:
        return markers.used(part, frozenset(reader.read))
    except TemplateError:
        raise
    except DigestError as error:
        raise TemplateError(f"templates/{template}", 0, error.what, error.hint) from error
