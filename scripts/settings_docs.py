"""Write docs/reference/settings.md from maskline.default.toml and the tree of settings."""

from __future__ import annotations

from pathlib import Path

from maskline.settings import KEYS, Settings, describe, documentation

PAGE = Path(__file__).parent.parent / "docs/reference/settings.md"
HEAD = """\
# Settings

<!-- Written by scripts/settings_docs.py (make docs) from src/maskline/settings: edit that. -->

Settings come from, the weakest first: the default, the file, a variable, the command line.

- **The file** is TOML: the one named with `--config` or `MASKLINE_CONFIG`, else `maskline.toml` in
  the folder the server is started from. A file with every key, its default and why is
  [maskline.default.toml](../../src/maskline/settings/maskline.default.toml).
- **The variable** of a key is `MASKLINE_`, its section and its name, in capitals. The values of a
  list have commas between them. An empty variable counts as unset.
- `maskline doctor` shows what is in force and where it came from.

A key that does not exist, or a value that can't be used, stops the server at its start with the
file and line, or the variable, that has it. In Kubernetes, a Service named `maskline` makes
variables that look like these (`MASKLINE_PORT=tcp://…`): set `enableServiceLinks: false`.
"""


def page() -> str:
    """The whole page."""
    sections = documentation()
    parts = [HEAD]
    section = None
    for row in describe(Settings()):
        key = KEYS[row.key]
        if key.section != section:
            section = key.section
            title = (
                f"## `[{section}]`\n\n{sections[section]}" if section else "## Above all sections"
            )
            parts.append(f"{title}\n")
        default = row.default if row.default == "not set" else f"`{row.default}`"
        parts.append(
            f"### `{key.name}`\n\n{row.why}\n\n"
            f"Takes {row.expected}. Default: {default}. Variable: `{row.variable}`.\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    print(f"wrote {PAGE.name}")
