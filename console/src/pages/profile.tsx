// One's own name, role and password.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { useAction } from "../api/hooks";
import { useViewer } from "../session";
import { Button, ErrorNote, Facts, Field, PageHead, Panel, Time, toast } from "../ui";

const MEANING = {
  viewer: "You may look at sessions and figures.",
  support: "You may also read texts, reveal numbers, replay webhooks, and change sessions.",
  admin: "You may do everything, users and the audit log too.",
} as const;

export default function ProfilePage(): JSX.Element {
  const { me } = useViewer();
  return (
    <>
      <PageHead title="Your profile" />
      <div class="columns columns-even">
        <Panel title="You">
          <Facts
            of={[
              ["Name", <bdi>{me.name}</bdi>],
              ["Role", `${me.role}. ${MEANING[me.role]}`],
              ["Accounts", me.account_sid === null ? "all" : (me.accounts[0]?.name ?? me.account_sid)],
              ["Signed in until", <Time at={me.expires_at} />],
            ]}
          />
        </Panel>
        <Password />
      </div>
    </>
  );
}

/** As long as the server asks for. */
const LEAST = 10;

function Password(): JSX.Element {
  const { me, become } = useViewer();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const run = useAction(async () => {
    await ask("POST /password", { body: { current, new: next } });
    setCurrent("");
    setNext("");
    become({ ...me, has_password: true });
    toast("Your password is set", "All your other sign-ins have ended.");
  });
  return (
    <Panel title={me.has_password ? "Change your password" : "Set a password"}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run.run();
        }}
      >
        {!me.has_password && (
          <p class="quiet">You came by a one-time link. With a password you can come again without one.</p>
        )}
        <input class="unseen" type="text" autocomplete="username" value={me.name} readOnly tabIndex={-1} aria-hidden="true" />
        {me.has_password && (
          <Field label="Current password">
            {(ids) => (
              <input
                {...ids}
                class="input"
                type="password"
                autocomplete="current-password"
                required
                value={current}
                onInput={(event) => setCurrent(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <Field label="New password" hint={`At least ${LEAST} characters. A few words in a row are easy to keep in mind.`}>
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="password"
              autocomplete="new-password"
              required
              minLength={LEAST}
              value={next}
              onInput={(event) => setNext(event.currentTarget.value)}
            />
          )}
        </Field>
        {run.error ? <ErrorNote error={run.error} /> : null}
        <div>
          <Button kind="primary" type="submit" busy={run.busy}>
            Set the password
          </Button>
        </div>
      </form>
    </Panel>
  );
}
