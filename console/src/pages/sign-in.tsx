// Signing in: with a password, with another system's button, or with a one-time link.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { API, ask } from "../api/client";
import { useAction, useGet } from "../api/hooks";
import type { Me } from "../api/types";
import { BASE, go, usePlace } from "../router";
import { Button, EmptyState, ErrorNote, Field, Icon, Loading } from "../ui";

/** What the other system, or we, said no to. The words are the server's. */
const REFUSED: Record<string, string> = {
  refused: "The other system did not confirm who you are.",
  expired: "That took too long. Please sign in again.",
  "no-role": "You are known there, but no role here was given to you. Ask an administrator for one.",
  unavailable: "The other system does not answer. Try again in a moment.",
};

export function SignInPage({
  me,
  become,
}: {
  /** Who is signed in already, and has come by a link once more. */
  me: Me | null;
  become: (me: Me | null) => void;
}): JSX.Element {
  const { path, query } = usePlace();
  const [token, setToken] = useState(takeToken);
  const link = useAction(async (secret: string) => {
    enter(
      await ask("POST /sign-in/link", { body: { token: secret } }).catch((reason: unknown) => {
        if (me) return me;
        throw reason;
      }),
    );
  });
  // Where somebody wanted to go before they had to sign in.
  const next = path === "/sign-in" ? (query.get("next") ?? "/") : path + location.search;
  function enter(me: Me): void {
    go(next.startsWith("/") && !next.startsWith("//") ? next : "/", { replace: true });
    become(me);
  }
  useEffect(() => {
    document.title = "Sign in · Maskline";
    // A link that is pasted while this page is open changes no more than the fragment.
    const look = (): void => setToken(takeToken() ?? token);
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, [token]);
  useEffect(() => {
    if (token) void link.run(token);
    else if (me) enter(me);
  }, [token]);
  const problem = query.get("error");
  return (
    <div class="alone">
      <main class="sign-in">
        <div class="sign-in-brand">
          <span class="brand-mark brand-mark-large">
            <Icon name="mask" size={30} />
          </span>
          <h1>Maskline</h1>
        </div>
        {problem && (
          <div class="note note-bad" role="alert">
            <Icon name="alert" />
            <p>{REFUSED[problem] ?? "The other system did not let you in."}</p>
          </div>
        )}
        {link.error ? (
          <div class="note note-bad" role="alert">
            <Icon name="alert" />
            <div>
              <p class="strong">This link does not work any more</p>
              <p class="small">It may have been used already, or be too old. Ask for a new one, or sign in below.</p>
            </div>
          </div>
        ) : null}
        {me || (token && link.busy) ? <Loading what="Signing in" /> : <Ways next={next} enter={enter} />}
      </main>
    </div>
  );
}

function Ways({ next, enter }: { next: string; enter: (me: Me) => void }): JSX.Element {
  const { data: ways, error, again } = useGet("GET /sign-in");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useAction(async () => enter(await ask("POST /sign-in", { body: { name, password } })));
  if (error) return <ErrorNote error={error} again={again} />;
  if (!ways) return <Loading />;
  return (
    <>
      {ways.password && (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void signIn.run();
          }}
        >
          {signIn.error ? <ErrorNote error={signIn.error} /> : null}
          <Field label="Name">
            {(ids) => (
              <input
                {...ids}
                class="input"
                autocomplete="username"
                autocapitalize="none"
                required
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Password">
            {(ids) => (
              <input
                {...ids}
                class="input"
                type="password"
                autocomplete="current-password"
                required
                value={password}
                onInput={(event) => setPassword(event.currentTarget.value)}
              />
            )}
          </Field>
          <Button kind="primary" type="submit" busy={signIn.busy}>
            Sign in
          </Button>
        </form>
      )}
      {ways.oidc_label && (
        <>
          {ways.password && <p class="or">or</p>}
          <a class="button button-plain" href={`${API}/oidc/start?next=${encodeURIComponent(BASE + next)}`}>
            <Icon name="key" />
            {ways.oidc_label}
          </a>
        </>
      )}
      {!ways.password && !ways.oidc_label && (
        <EmptyState icon="key" title="There is no way to sign in yet">
          Make the first user with <code>maskline accounts create-user</code>.
        </EmptyState>
      )}
    </>
  );
}

/** The one-time link's token, taken out of the address so that no history keeps it. */
function takeToken(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token !== null) history.replaceState(null, "", location.pathname + location.search);
  return token;
}
