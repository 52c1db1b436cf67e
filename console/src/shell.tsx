// What stands around every page: the menu, the search box, who is signed in.

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "./api/client";
import { allowed } from "./app";
import { go, Link, usePlace } from "./router";
import { GROUPS, ROUTES, type Route } from "./routes";
import { useViewer } from "./session";
import { setTheme, type Theme, theme } from "./theme";
import { Button, Icon, type IconName, toastError } from "./ui";

export function Shell({
  route,
  children,
}: {
  route: Route | undefined;
  children: ComponentChildren;
}): JSX.Element {
  const { path } = usePlace();
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const typing = event.target instanceof Element && event.target.closest("input, textarea, select");
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        document.getElementById("find")?.focus();
      }
      if (event.key === "Escape") setOpen(false);
    };
    addEventListener("keydown", key);
    return () => removeEventListener("keydown", key);
  }, []);
  return (
    <div class={`shell ${open ? "shell-open" : ""}`}>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="top">
        <button
          ref={opener}
          type="button"
          class="button button-ghost button-bare"
          aria-expanded={open}
          aria-controls="menu"
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? "close" : "menu"} size={20} />
          <span class="unseen">Menu</span>
        </button>
        <Brand />
        <Link to="/search" class="button button-ghost button-bare push">
          <Icon name="search" size={20} />
          <span class="unseen">Search</span>
        </Link>
      </header>
      <div class="side" id="menu">
        <Brand />
        <Find />
        <Accounts />
        <Menu route={route} open={open} />
        <Foot />
      </div>
      <main id="main" class="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function Brand(): JSX.Element {
  return (
    <Link to="/" class="brand">
      <span class="brand-mark">
        <Icon name="mask" size={20} />
      </span>
      Maskline
    </Link>
  );
}

function Find(): JSX.Element {
  return (
    <form
      class="find"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const words = String(new FormData(event.currentTarget).get("q") ?? "").trim();
        go(words ? `/search?q=${encodeURIComponent(words)}` : "/search");
      }}
    >
      <Icon name="search" size={16} />
      <input
        id="find"
        name="q"
        type="search"
        aria-label="Search numbers, SIDs and names"
        placeholder="Number, SID, name"
        autocomplete="off"
        spellcheck={false}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function Accounts(): JSX.Element | null {
  const { me, account, setAccount } = useViewer();
  if (me.accounts.length < 2) return null;
  return (
    <label class="account">
      <span class="tiny quiet">Account</span>
      <select value={account} onChange={(event) => setAccount(event.currentTarget.value)}>
        {me.accounts.map((one) => (
          <option key={one.sid} value={one.sid}>
            {one.name || one.sid}
            {one.status === "active" ? "" : ` (${one.status})`}
          </option>
        ))}
      </select>
    </label>
  );
}

function Menu({ route, open }: { route: Route | undefined; open: boolean }): JSX.Element {
  const { me } = useViewer();
  const { path } = usePlace();
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    // Where the menu is longer than the screen, the entry of the page may be out of sight.
    // (scrollIntoView would have the next Tab begin there.)
    const entry = list.current?.querySelector("[aria-current]")?.getBoundingClientRect();
    const room = list.current?.getBoundingClientRect();
    if (!list.current || !entry || !room) return;
    list.current.scrollTop += Math.max(0, entry.bottom - room.bottom) + Math.min(0, entry.top - room.top);
  }, [route, open]);
  const here = (one: Route): boolean =>
    one === route || (one.path !== "/" && path.startsWith(`${one.path}/`));
  return (
    <nav ref={list} class="menu" aria-label="Main">
      {GROUPS.map((group) => {
        const pages = ROUTES.filter((one) => one.menu?.group === group && allowed(one, me));
        return (
          pages.length > 0 && (
            <div key={group}>
              <h2 class="menu-group">{group}</h2>
              <ul>
                {pages.map((one) => (
                  <li key={one.path}>
                    <Link to={one.path} class="menu-link" aria-current={here(one) ? "page" : undefined}>
                      <Icon name={one.menu?.icon ?? "info"} />
                      {one.title}
                    </Link>
                  </li>
                ))}
              </ul>
            </div>
          )
        );
      })}
    </nav>
  );
}

const THEMES: readonly (readonly [Theme, IconName, string])[] = [
  ["auto", "auto", "Light or dark as the system says"],
  ["light", "sun", "Light"],
  ["dark", "moon", "Dark"],
];

function Foot(): JSX.Element {
  const { me, become } = useViewer();
  const [now, setNow] = useState(theme);
  const signOut = (): void => {
    ask("POST /sign-out").then(() => become(null), toastError);
  };
  return (
    <div class="foot">
      <div class="themes" role="radiogroup" aria-label="Colours">
        {THEMES.map(([one, icon, label]) => (
          <label key={one} class="theme" title={label}>
            <input
              type="radio"
              name="theme"
              class="unseen"
              checked={now === one}
              onChange={() => {
                setTheme(one);
                setNow(one);
              }}
            />
            <Icon name={icon} size={16} />
            <span class="unseen">{label}</span>
          </label>
        ))}
      </div>
      <div class="who">
        <Link to="/profile" class="who-link">
          <span class="who-name">
            <bdi>{me.name}</bdi>
          </span>
          <span class="tiny quiet">{me.role}</span>
        </Link>
        <Button kind="ghost" bare icon="out" onClick={signOut}>
          Sign out
        </Button>
      </div>
    </div>
  );
}
