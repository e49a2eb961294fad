"""What we are told: digest.toml, then the environment, then secret files; the later one counts.

The only reader of the environment. A wrong key or value is refused with its place and the fix,
also an unknown `DIGEST_` variable: a setting that is silently ignored is worse than none.
"""

from digest.settings.delivery import DeliverySettings, DomainSettings, RolloutSettings
from digest.settings.loading import find_site, load_settings
from digest.settings.site import PREFIX, Settings, WebSettings

__all__ = [
    "PREFIX",
    "DeliverySettings",
    "DomainSettings",
    "RolloutSettings",
    "Settings",
    "WebSettings",
    "find_site",
    "load_settings",
]
