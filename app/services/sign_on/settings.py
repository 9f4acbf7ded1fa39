"""What is carried from step to step while no transaction is open: a provider's settings, and what was begun with it."""

from dataclasses import dataclass

from ...models import IdentityProvider, ProviderAudience


@dataclass(frozen=True, slots=True)
class Settings:
    """What is needed of a provider while no transaction is open."""

    id: int
    key: str
    name: str
    issuer: str
    client_id: str
    client_secret: str
    audience: ProviderAudience
    claims: dict[str, str]

    def __repr__(self) -> str:
        return f"<Settings {self.key}>"  # the secret stays out of logs


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the browser keeps while its person is at the provider."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


def settings_of(provider: IdentityProvider) -> Settings:
    """Return what later steps need of a provider."""
    return Settings(
        provider.id, provider.key, provider.name, provider.issuer, provider.client_id, provider.client_secret,
        provider.audience, dict(provider.claims or {}),
    )  # fmt: skip
