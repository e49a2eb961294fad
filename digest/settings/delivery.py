"""[delivery]: how fast mail leaves, when it is tried again, and who gets it first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from digest.model.limits import Limit, WarmUp, parse_limit
from digest.settings.tables import Share, Span, Table


def _parse_limits(value: object) -> object:
    """Read "14/s", or a list of such; leave anything else to pydantic."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ValueError('write a list such as ["14/s", "500/h"]')
    return tuple(map(parse_limit, texts))


def _is_positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("it must be longer than nothing")
    return value


Limits = Annotated[tuple[Limit, ...], BeforeValidator(_parse_limits)]
Wait = Annotated[Span, AfterValidator(_is_positive)]
Day = Annotated[int, Field(ge=1, le=1_000_000_000)]


class DomainSettings(Table):
    """[delivery.domains."gmail.com"]: what holds for mail to one recipient domain."""

    limits: Limits = ()
    connections: int = Field(default=0, ge=0, le=1000)
    """0: as many as there are."""


class RolloutSettings(Table):
    """[delivery.rollout]: who gets an issue first, and what stops the rest."""

    seeds: tuple[str, ...] = ()
    """Addresses that get every issue first, as marked test mails."""
    share: Share = 0.0
    """The part of the readers who get it before the others; 0: all at once."""
    wait: Span = timedelta(minutes=10)
    """How long to wait after the first ones."""
    stop_above: Share = 0.05
    """The part of refusals above which the mailing pauses."""

    @field_validator("seeds")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            local, _, domain = address.rpartition("@")
            if not (local and domain) or address != address.strip():
                raise ValueError(f'"{address}" is no address: write "name@example.org"')
        return value


class DeliverySettings(Table):
    """[delivery]: speed, waits, doubt and rollout."""

    in_doubt: Literal["resend", "hold"] = "resend"
    connections: int = Field(default=10, ge=1, le=1000)
    limits: Limits = ()
    warm_up: tuple[Day, ...] = ()
    """How many may leave on each day of a new sender."""
    warm_up_from: date | None = None
    domains: dict[str, DomainSettings] = Field(default_factory=dict)
    first_wait: Wait = timedelta(minutes=1)
    longest_wait: Wait = timedelta(hours=1)
    give_up_after: Span = timedelta(hours=6)
    domain_wait: Wait = timedelta(seconds=30)
    longest_domain_wait: Wait = timedelta(hours=1)
    probe_wait: Wait = timedelta(minutes=5)
    longest_probe_wait: Wait = timedelta(hours=4)
    rollout: RolloutSettings = RolloutSettings()

    @field_validator("domains")
    @classmethod
    def _are_domains(cls, value: dict[str, DomainSettings]) -> dict[str, DomainSettings]:
        for domain in value:
            if not domain.isascii() or "." not in domain or "@" in domain:
                raise ValueError(f'"{domain}" is no domain: write it as "gmail.com", in ASCII')
        return {domain.lower().rstrip("."): rules for domain, rules in value.items()}

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        if bool(self.warm_up) != (self.warm_up_from is not None):
            raise ValueError("warm_up and warm_up_from go together: the allowances, the first day")
        for first, longest in (
            ("first_wait", "longest_wait"),
            ("domain_wait", "longest_domain_wait"),
            ("probe_wait", "longest_probe_wait"),
        ):
            if getattr(self, longest) < getattr(self, first):
                raise ValueError(f"{longest} is shorter than {first}")
        return self

    @property
    def ramp(self) -> WarmUp | None:
        """Return the warm-up of a new sender, if there is one."""
        if self.warm_up_from is None:
            return None
        return WarmUp(first_day=self.warm_up_from, allowances=self.warm_up)
