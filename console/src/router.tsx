// The address bar: patterns like /console/sessions/:sid, links that load no new page, and query
// parameters, in which each page keeps its filters so that an address can be sent to a colleague.

import type { ComponentChildren, HTMLAttributes, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

export const BASE = "/console";

export type Params = Record<string, string>;

/** What the pattern's `:names` stand for in the path, or null where it does not fit. */
export function match(pattern: string, path: string): Params | null {
  const want = pattern.split("/").filter(Boolean);
  const have = path.split("/").filter(Boolean);
  if (want.length !== have.length) return null;
  const params: Params = {};
  for (const [at, part] of want.entries()) {
    const given = have[at] ?? "";
    if (part.startsWith(":")) {
      try {
        params[part.slice(1)] = decodeURIComponent(given);
      } catch {
        return null;
      }
    } else if (part !== given) return null;
  }
  return params;
}

export interface Place {
  /** After /console, beginning with a slash. */
  path: string;
  query: URLSearchParams;
}

/** Whether somebody went from page to page, rather than having come to this one first. */
export let moved = false;

const listeners = new Set<() => void>();

function here(): Place {
  const path = location.pathname.startsWith(BASE)
    ? location.pathname.slice(BASE.length)
    : location.pathname;
  return { path: path.replace(/\/+$/, "") || "/", query: new URLSearchParams(location.search) };
}

function tell(): void {
  for (const listener of listeners) listener();
}

addEventListener("popstate", tell);

/** Goes to a path within the console. */
export function go(to: string, options: { replace?: boolean } = {}): void {
  const url = BASE + to;
  if (url === location.pathname + location.search) return;
  if (options.replace) history.replaceState(null, "", url);
  else {
    history.pushState(null, "", url);
    moved = true;
    scrollTo(0, 0);
  }
  tell();
}

export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const look = (): void => setPlace(here());
    listeners.add(look);
    look();
    return () => void listeners.delete(look);
  }, []);
  return place;
}

/** Query parameters of this page, and how to change some of them; empty ones go. */
export function useQuery(): [URLSearchParams, (change: Record<string, string | undefined>) => void] {
  const { path, query } = usePlace();
  const change = (fields: Record<string, string | undefined>): void => {
    const next = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(fields)) {
      if (value) next.set(name, value);
      else next.delete(name);
    }
    const text = next.toString();
    go(text ? `${path}?${text}` : path, { replace: true });
  };
  return [query, change];
}

type LinkProps = Omit<HTMLAttributes<HTMLAnchorElement>, "href" | "role"> & {
  to: string;
  children?: ComponentChildren;
  class?: string;
  "aria-current"?: "page" | undefined;
};

export function Link({ to, children, onClick, ...rest }: LinkProps): JSX.Element {
  return (
    <a
      {...rest}
      href={BASE + to}
      onClick={(event) => {
        onClick?.(event as never);
        const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
        if (!plain || event.defaultPrevented) return;
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
