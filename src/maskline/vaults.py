"""The vault of a server, opened by the key that its settings name."""

from __future__ import annotations

from pathlib import Path

from maskline.settings import Problem, Settings, SettingsError
from maskline.vault import BadKey, Vault, read_key_file, read_keys


def vault_of(settings: Settings) -> Vault | None:
    """The vault that the settings have a key for; null without one. Raises SettingsError."""
    file = settings.credentials_key_file
    try:
        if settings.credentials_key is not None:
            return Vault(read_keys(settings.credentials_key))
        if file is not None:
            return Vault(read_key_file(Path(file).expanduser()))
    except (BadKey, OSError, UnicodeDecodeError) as error:
        key = "credentials_key" if file is None else "credentials_key_file"
        source = settings.sources.get(key, "default")
        what = error if isinstance(error, BadKey) else "the file can't be read"
        advice = "A new key: maskline carriers new-key"
        raise SettingsError(Problem(source, key, f"can't be used: {what}", advice)) from None
    return None
