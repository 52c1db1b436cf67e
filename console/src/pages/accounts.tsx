// Accounts, their switches, and API keys.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { useAction, useGet } from "../api/hooks";
import type { AccountView, CreatedAccount, CreatedKey, KeyView } from "../api/types";
import { useViewer } from "../session";
import {
  Badge,
  Button,
  CodeBlock,
  Confirm,
  Dialog,
  EmptyState,
  ErrorNote,
  Facts,
  Field,
  Foreign,
  Form,
  Icon,
  Loading,
  PageHead,
  Pager,
  Panel,
  Sid,
  Status,
  Table,
  Time,
  toast,
  toastError,
} from "../ui";
import { Switch } from "../ui/switch";

export default function AccountsPage(): JSX.Element {
  const { account, setAccount, become, me } = useViewer();
  const { data, error, again, put } = useGet("GET /accounts");
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<CreatedAccount | null>(null);
  const now = data?.accounts.find((one) => one.sid === account) ?? data?.accounts[0];
  const changed = (next: AccountView): void =>
    put((page) => ({ ...page, accounts: page.accounts.map((one) => (one.sid === next.sid ? next : one)) }));
  return (
    <>
      <PageHead
        title="Accounts and keys"
        lead="Each account has its own Services, numbers and people; none sees another’s."
        actions={
          data?.may_create && (
            <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
              Add an account
            </Button>
          )
        }
      />
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data && data.accounts.length > 1 && (
        <Panel flush>
          <Table
            caption="Accounts, the oldest first"
            rows={data.accounts}
            keyOf={(row) => row.sid}
            columns={[
              {
                title: "Name",
                wide: true,
                cell: (row) => (
                  <span class="row">
                    <span class="strong">
                      <Foreign text={row.name} />
                    </span>
                    {row.sid === now?.sid && <Badge tone="accent">shown below</Badge>}
                  </span>
                ),
              },
              { title: "SID", cell: (row) => <Sid of={row.sid} /> },
              { title: "Status", cell: (row) => <Status of={row.status} /> },
              { title: "Created", cell: (row) => <Time at={row.date_created} /> },
              {
                title: "Look",
                end: true,
                cell: (row) => (
                  <Button small disabled={row.sid === now?.sid} onClick={() => setAccount(row.sid)}>
                    Show<span class="unseen"> {row.name}</span>
                  </Button>
                ),
              },
            ]}
          />
        </Panel>
      )}
      {now && (
        <div class="columns">
          <div class="stack">
            <Keys key={now.sid} account={now} />
            <Switches account={now} changed={changed} />
          </div>
          <About account={now} whole={data?.may_create ?? false} changed={changed} />
        </div>
      )}
      {adding && (
        <NameDialog
          title="Add an account"
          label="Name"
          hint="What people call it."
          yes="Add"
          close={() => setAdding(false)}
          run={async (name) => {
            const created = await ask("POST /accounts", { body: { name } });
            put((page) => ({ ...page, accounts: [...page.accounts, created.account] }));
            const { sid, status } = created.account;
            become({ ...me, accounts: [...me.accounts, { sid, name: created.account.name, status }] });
            setAdding(false);
            setMade(created);
          }}
        />
      )}
      {made && (
        <Secret title={`The account ${made.account.name}`} close={() => setMade(null)}>
          <CodeBlock text={made.account.sid} label="Account SID" />
          <CodeBlock text={made.auth_token} label="Auth token" />
        </Secret>
      )}
    </>
  );
}

/** What is shown this once. */
function Secret({
  title,
  close,
  children,
}: {
  title: string;
  close: () => void;
  children: ComponentChildren;
}): JSX.Element {
  return (
    <Dialog
      title={title}
      close={close}
      foot={
        <Button kind="primary" onClick={close}>
          I have kept it
        </Button>
      }
    >
      <div class="stack">
        <div class="note note-warn">
          <Icon name="key" />
          <p>This is shown once, and nobody can look it up afterwards. Keep it now.</p>
        </div>
        {children}
      </div>
    </Dialog>
  );
}

function NameDialog({
  title,
  label,
  hint,
  yes,
  start = "",
  close,
  run,
}: {
  title: string;
  label: string;
  hint: string;
  yes: string;
  start?: string;
  close: () => void;
  run: (name: string) => Promise<void>;
}): JSX.Element {
  const [name, setName] = useState(start);
  const action = useAction(() => run(name.trim()));
  return (
    <Dialog title={title} close={close}>
      <Form action={action} yes={yes} close={close}>
        <Field label={label} hint={hint}>
          {(ids) => (
            <input
              {...ids}
              class="input"
              required
              maxLength={64}
              autocomplete="off"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
      </Form>
    </Dialog>
  );
}

function Keys({ account }: { account: AccountView }): JSX.Element {
  const [trail, setTrail] = useState<string[]>([]);
  const { data, error, again, put } = useGet("GET /keys", {
    query: { account: account.sid, after: trail.at(-1), size: 25 },
  });
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<CreatedKey | null>(null);
  const [revoking, setRevoking] = useState<KeyView | null>(null);
  const revoke = useAction(async (key: KeyView) => {
    await ask("POST /keys/{sid}/revoke", { path: { sid: key.sid } });
    put((page) => ({ ...page, keys: page.keys.filter((one) => one.sid !== key.sid) }));
    setRevoking(null);
    toast("Revoked", "It opens nothing within five seconds.");
  });
  return (
    <Panel
      flush
      title="API keys"
      actions={
        <Button small icon="plus" onClick={() => setAdding(true)}>
          Add a key
        </Button>
      }
    >
      {error ? (
        <ErrorNote error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : data.keys.length === 0 ? (
        <EmptyState icon="key" title="No API keys">
          Give each program a key of its own: it can be revoked without touching the others.
        </EmptyState>
      ) : (
        <>
          <Table
            caption="API keys, newest first"
            rows={data.keys}
            keyOf={(row) => row.sid}
            columns={[
              {
                title: "Name",
                wide: true,
                cell: (row) => (row.name ? <Foreign text={row.name} class="strong" /> : <span class="quiet">no name</span>),
              },
              { title: "SID", cell: (row) => <Sid of={row.sid} /> },
              { title: "Created", cell: (row) => <Time at={row.date_created} /> },
              {
                title: "Do",
                end: true,
                cell: (row) => (
                  <Button small kind="danger" onClick={() => setRevoking(row)}>
                    Revoke<span class="unseen"> {row.name || row.sid}</span>
                  </Button>
                ),
              },
            ]}
          />
          <Pager
            newer={trail.length > 0 ? () => setTrail(trail.slice(0, -1)) : null}
            older={data.next ? () => setTrail([...trail, data.next ?? ""]) : null}
          />
        </>
      )}
      {adding && (
        <NameDialog
          title="Add an API key"
          label="Name"
          hint="The program that uses it."
          yes="Add"
          close={() => setAdding(false)}
          run={async (name) => {
            const created = await ask("POST /keys", { query: { account: account.sid }, body: { name } });
            put((page) => ({ ...page, keys: [created.key, ...page.keys] }));
            setAdding(false);
            setMade(created);
          }}
        />
      )}
      {made && (
        <Secret title="The new API key" close={() => setMade(null)}>
          <CodeBlock text={made.key.sid} label="Key SID (the user name)" />
          <CodeBlock text={made.secret} label="Secret (the password)" />
        </Secret>
      )}
      {revoking && (
        <Confirm
          title="Revoke this API key?"
          yes="Revoke"
          danger
          busy={revoke.busy}
          run={() => void revoke.run(revoking)}
          close={() => setRevoking(null)}
        >
          <p>
            The program that uses <Foreign text={revoking.name || revoking.sid} class="strong" /> is refused within five
            seconds. This can’t be taken back.
          </p>
          {revoke.error ? <ErrorNote error={revoke.error} /> : null}
        </Confirm>
      )}
    </Panel>
  );
}

function Switches({
  account,
  changed,
}: {
  account: AccountView;
  changed: (next: AccountView) => void;
}): JSX.Element {
  const [busy, setBusy] = useState("");
  const turn = async (name: string, on: boolean): Promise<void> => {
    setBusy(name);
    try {
      changed(await ask("POST /accounts/{sid}", { path: { sid: account.sid }, body: { switch: name, on } }));
      toast(`${name} is ${on ? "on" : "off"}`, "Servers follow within five seconds.");
    } catch (error) {
      toastError(error);
    } finally {
      setBusy("");
    }
  };
  return (
    <Panel title="Switches" flush>
      <ul class="switches">
        {account.switches.map((one) => (
          <li key={one.name}>
            <Switch
              mono
              label={one.name}
              on={one.on}
              busy={busy === one.name}
              turn={(on) => void turn(one.name, on)}
            >
              {one.meaning}
            </Switch>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function About({
  account,
  whole,
  changed,
}: {
  account: AccountView;
  whole: boolean;
  changed: (next: AccountView) => void;
}): JSX.Element {
  const [renaming, setRenaming] = useState(false);
  const [shutting, setShutting] = useState(false);
  const active = account.status === "active";
  const path = { sid: account.sid };
  const set = useAction(async () => {
    changed(await ask("POST /accounts/{sid}", { path, body: { status: active ? "suspended" : "active" } }));
    setShutting(false);
    toast(active ? "Suspended" : "Active again");
  });
  return (
    <Panel title="This account">
      <div class="stack">
        <Facts
          of={[
            ["Name", <Foreign text={account.name} />],
            ["SID", <Sid of={account.sid} whole />],
            ["Status", <Status of={account.status} />],
            ["Created", <Time at={account.date_created} />],
            ["Debugger webhook", account.debugger_url && <Foreign text={account.debugger_url} class="mono" />],
          ]}
        />
        <div class="row">
          <Button onClick={() => setRenaming(true)}>Rename</Button>
          {whole && (
            <Button kind={active ? "danger" : "plain"} onClick={() => setShutting(true)}>
              {active ? "Suspend" : "Make active"}
            </Button>
          )}
        </div>
        <p class="small quiet">
          The account’s token is shown when the account is made and never again; the command line gives it a new one:
          maskline accounts set --rotate-token.
        </p>
      </div>
      {renaming && (
        <NameDialog
          title="Rename the account"
          label="Name"
          hint="What people call it."
          yes="Rename"
          start={account.name}
          close={() => setRenaming(false)}
          run={async (name) => {
            changed(await ask("POST /accounts/{sid}", { path, body: { name } }));
            setRenaming(false);
            toast("Renamed");
          }}
        />
      )}
      {shutting && (
        <Confirm
          title={active ? "Suspend this account?" : "Make this account active?"}
          yes={active ? "Suspend" : "Make active"}
          danger={active}
          busy={set.busy}
          run={() => void set.run()}
          close={() => setShutting(false)}
        >
          <p>
            {active
              ? "Its programs are refused by the API, and nothing of its people is relayed, until it is active again."
              : "Its programs may use the API again, and its people reach each other."}
          </p>
          {set.error ? <ErrorNote error={set.error} /> : null}
        </Confirm>
      )}
    </Panel>
  );
}
