// Who may use the console, and what each may do.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { useAction, useGet } from "../api/hooks";
import type { Role, UserChange, UserLink, UserView } from "../api/types";
import { useViewer } from "../session";
import {
  Badge,
  Button,
  CodeBlock,
  type Column,
  Dialog,
  ErrorNote,
  Field,
  Foreign,
  Form,
  Loading,
  PageHead,
  Panel,
  Table,
  Time,
  toast,
} from "../ui";

const ROLES: readonly (readonly [Role, string])[] = [
  ["viewer", "Viewer: sees sessions and figures, no texts, no whole numbers"],
  ["support", "Support: also reads texts, reveals numbers, replays, closes, uses the handsets"],
  ["admin", "Admin: also users and the audit log"],
];

export default function UsersPage(): JSX.Element {
  const { me } = useViewer();
  const { data, error, again, put } = useGet("GET /users");
  const [adding, setAdding] = useState(false);
  const [changing, setChanging] = useState<UserView | null>(null);
  const [link, setLink] = useState<UserLink | null>(null);
  const keep = (user: UserView): void =>
    put(({ users }) => ({
      users: users.some((one) => one.sid === user.sid)
        ? users.map((one) => (one.sid === user.sid ? user : one))
        : [...users, user],
    }));
  const columns: readonly Column<UserView>[] = [
    {
      title: "Name",
      wide: true,
      cell: (user) => (
        <span class="row">
          <span class="strong">
            <Foreign text={user.name} />
          </span>
          {user.sid === me.sid && <Badge tone="accent">you</Badge>}
          {user.disabled && <Badge tone="bad">disabled</Badge>}
        </span>
      ),
    },
    { title: "Role", cell: (user) => user.role },
    {
      title: "Account",
      cell: (user) =>
        user.account_sid === null
          ? "all"
          : (me.accounts.find((one) => one.sid === user.account_sid)?.name ?? user.account_sid),
    },
    {
      title: "Signs in with",
      cell: (user) =>
        [user.has_password && "password", user.oidc && "single sign-on"].filter(Boolean).join(", ") || (
          <span class="quiet">nothing yet</span>
        ),
    },
    {
      title: "Last sign-in",
      cell: (user) =>
        user.last_sign_in === null ? <span class="quiet">never</span> : <Time at={user.last_sign_in} relative />,
    },
    {
      title: "Change",
      end: true,
      cell: (user) => (
        <Button small onClick={() => setChanging(user)}>
          Change<span class="unseen"> {user.name}</span>
        </Button>
      ),
    },
  ];
  return (
    <>
      <PageHead
        title="Users"
        lead="Who may use this console. Programs use API keys instead."
        actions={
          <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
            Add a user
          </Button>
        }
      />
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data && (
        <Panel flush>
          <Table caption="Users, by name" columns={columns} rows={data.users} keyOf={(user) => user.sid} />
        </Panel>
      )}
      {adding && (
        <AddUser
          close={() => setAdding(false)}
          added={(made) => {
            keep(made.user);
            setAdding(false);
            setLink(made);
          }}
        />
      )}
      {changing && (
        <ChangeUser
          user={changing}
          close={() => setChanging(null)}
          changed={(user) => {
            keep(user);
            setChanging(null);
            toast("Changed");
          }}
          reset={(made) => {
            keep(made.user);
            setChanging(null);
            setLink(made);
          }}
        />
      )}
      {link && (
        <Dialog
          title="A one-time sign-in link"
          close={() => setLink(null)}
          foot={
            <Button kind="primary" onClick={() => setLink(null)}>
              Done
            </Button>
          }
        >
          <div class="stack">
            <p>
              Give this to <bdi class="strong">{link.user.name}</bdi>. It is shown this once, works once, and holds
              until <Time at={link.expires_at} />.
            </p>
            <CodeBlock text={new URL(link.link, location.href).href} label="Sign-in link" />
          </div>
        </Dialog>
      )}
    </>
  );
}

function RoleField({ value, change }: { value: Role; change: (role: Role) => void }): JSX.Element {
  return (
    <fieldset class="choices">
      <legend>Role</legend>
      {ROLES.map(([role, words]) => (
        <label key={role}>
          <input type="radio" name="role" checked={value === role} onChange={() => change(role)} />
          <span>{words}</span>
        </label>
      ))}
    </fieldset>
  );
}

function AddUser({ close, added }: { close: () => void; added: (made: UserLink) => void }): JSX.Element {
  const { me } = useViewer();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("support");
  const [account, setAccount] = useState(me.account_sid ?? "");
  const run = useAction(async () =>
    added(await ask("POST /users", { body: { name: name.trim(), role, account_sid: account || null } })),
  );
  return (
    <Dialog title="Add a user" close={close}>
      <Form action={run} yes="Add" close={close}>
        <Field label="Name" hint="What they sign in with, such as an e-mail address.">
          {(ids) => (
            <input
              {...ids}
              class="input"
              required
              autocomplete="off"
              autocapitalize="none"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <RoleField value={role} change={setRole} />
        <Field label="Account">
          {(ids) => (
            <select {...ids} class="select" value={account} onChange={(event) => setAccount(event.currentTarget.value)}>
              {me.account_sid === null && <option value="">All accounts</option>}
              {me.accounts.map((one) => (
                <option key={one.sid} value={one.sid}>
                  {one.name || one.sid}
                </option>
              ))}
            </select>
          )}
        </Field>
      </Form>
    </Dialog>
  );
}

function ChangeUser({
  user,
  close,
  changed,
  reset,
}: {
  user: UserView;
  close: () => void;
  changed: (user: UserView) => void;
  reset: (made: UserLink) => void;
}): JSX.Element {
  const [role, setRole] = useState<Role>(user.role);
  const path = { sid: user.sid };
  const save = useAction(async (body: UserChange) => changed(await ask("POST /users/{sid}", { path, body })));
  const link = useAction(async () => reset(await ask("POST /users/{sid}/reset", { path })));
  const error = save.error ?? link.error;
  return (
    <Dialog
      title={`Change ${user.name}`}
      close={close}
      foot={
        <>
          <Button
            kind={user.disabled ? "plain" : "danger"}
            busy={save.busy}
            onClick={() => void save.run({ disabled: !user.disabled })}
          >
            {user.disabled ? "Enable" : "Disable"}
          </Button>
          <Button class="push" icon="key" busy={link.busy} onClick={() => void link.run()}>
            New sign-in link
          </Button>
          <Button kind="primary" busy={save.busy} disabled={role === user.role} onClick={() => void save.run({ role })}>
            Save
          </Button>
        </>
      }
    >
      <div class="stack">
        <RoleField value={role} change={setRole} />
        <p class="small quiet">
          A new sign-in link takes the old password away. Disabling ends all their sign-ins at once.
        </p>
        {error ? <ErrorNote error={error} /> : null}
      </div>
    </Dialog>
  );
}
