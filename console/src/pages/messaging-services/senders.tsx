// The pool of a Messaging Service: numbers, short codes and names.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useGet } from "../../api/hooks";
import type { MessagingServiceDetail, SenderView } from "../../api/types";
import { country } from "../../model/places";
import { Link } from "../../router";
import { useViewer } from "../../session";
import {
  Badge,
  Button,
  type Column,
  Confirm,
  count,
  Dialog,
  EmptyState,
  ErrorNote,
  Field,
  Foreign,
  Form,
  Loading,
  NumberText,
  Panel,
  Table,
  Tabs,
  Time,
  toast,
} from "../../ui";

const KINDS = { phone: "Number", "short-code": "Short code", name: "Name" } as const;
const MMS = 4;

function carries(row: SenderView): string {
  return row.capabilities & MMS ? "text and media" : "text";
}

export function Senders({
  detail,
  changed,
}: {
  detail: MessagingServiceDetail;
  /** How many there are, and whether they are diverted, is looked at anew. */
  changed: () => void;
}): JSX.Element {
  const { sid } = detail.service;
  const { data, error, again, put } = useGet("GET /messaging-services/{sid}/senders", { path: { sid } });
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<SenderView | null>(null);
  const remove = useAction(async (one: SenderView) => {
    await ask("POST /messaging-services/{sid}/senders/{sender}/remove", { path: { sid, sender: one.sid } });
    put((pool) => ({ senders: pool.senders.filter((other) => other.sid !== one.sid) }));
    setRemoving(null);
    changed();
    toast("Removed", one.kind === "name" ? undefined : "The number stays the account’s.");
  });
  const columns: Column<SenderView>[] = [
    {
      title: "Sender",
      cell: (row) =>
        row.kind === "name" ? (
          <span class="strong">
            <Foreign text={row.sender} />
          </span>
        ) : (
          <NumberText text={row.sender} proxy />
        ),
    },
    { title: "Kind", cell: (row) => KINDS[row.kind] },
    {
      title: "Country",
      wide: true,
      cell: (row) => (row.country ? country(row.country) : <span class="quiet">all that take names</span>),
    },
    { title: "Carries", cell: carries },
    {
      title: "Masking",
      cell: (row) =>
        row.diverted ? (
          <Badge tone="bad">diverted</Badge>
        ) : row.proxy_service_sid ? (
          <Link to={`/pools/${row.proxy_service_sid}`}>in a pool</Link>
        ) : (
          <span class="quiet">no</span>
        ),
    },
    {
      title: "Last sent",
      cell: (row) => (row.used_at === null ? <span class="quiet">never</span> : <Time at={row.used_at} relative />),
    },
  ];
  if (detail.may_change)
    columns.push({
      title: "Do",
      end: true,
      cell: (row) => (
        <Button small onClick={() => setRemoving(row)}>
          Remove<span class="unseen"> {row.sender}</span>
        </Button>
      ),
    });
  const add = detail.may_change && (
    <Button small icon="plus" onClick={() => setAdding(true)}>
      Add senders
    </Button>
  );
  return (
    <Panel
      flush
      title={`Senders: ${count(detail.senders)} of ${count(detail.most_senders)}`}
      actions={add}
    >
      {error ? (
        <ErrorNote error={error} again={again} />
      ) : !data ? (
        <Loading />
      ) : data.senders.length === 0 ? (
        <EmptyState icon="message" title="Nobody sends for this service yet">
          Programs that send by it are refused with 21704 until a number, a short code or a name is here.
        </EmptyState>
      ) : (
        <Table
          caption="Senders, those used last at the head"
          columns={columns}
          rows={data.senders}
          keyOf={(row) => row.sid}
        />
      )}
      {adding && (
        <Add
          sid={sid}
          close={() => setAdding(false)}
          added={(senders) => {
            setAdding(false);
            put(() => ({ senders }));
            changed();
            toast("Added");
          }}
        />
      )}
      {removing && (
        <Confirm
          title={`Remove ${KINDS[removing.kind].toLowerCase()} ${removing.sender}?`}
          yes="Remove"
          danger
          busy={remove.busy}
          run={() => void remove.run(removing)}
          close={() => setRemoving(null)}
        >
          <p>
            People who were written to from it get another sender of the pool.
            {removing.kind !== "name" && " The number stays the account’s, and in its Proxy pool."}
          </p>
          {remove.error ? <ErrorNote error={remove.error} /> : null}
        </Confirm>
      )}
    </Panel>
  );
}

function Add({
  sid,
  close,
  added,
}: {
  sid: string;
  close: () => void;
  added: (senders: SenderView[]) => void;
}): JSX.Element {
  const [kind, setKind] = useState<"numbers" | "name">("numbers");
  return (
    <Dialog title="Add senders" close={close}>
      <div class="stack">
        <Tabs
          label="What to add"
          tabs={[
            { id: "numbers", label: "Numbers" },
            { id: "name", label: "A name" },
          ]}
          now={kind}
          choose={setKind}
        />
        {kind === "numbers" ? (
          <AddNumbers sid={sid} close={close} added={added} />
        ) : (
          <AddName sid={sid} close={close} added={added} />
        )}
      </div>
    </Dialog>
  );
}

type AddProps = { sid: string; close: () => void; added: (senders: SenderView[]) => void };

function AddNumbers({ sid, close, added }: AddProps): JSX.Element {
  const { account } = useViewer();
  const { data, error, again } = useGet("GET /free-senders", { query: { account } });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [others, setOthers] = useState("");
  const run = useAction(async () => {
    const typed = others.split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);
    const numbers = [...chosen, ...typed];
    added((await ask("POST /messaging-services/{sid}/senders", { path: { sid }, body: { numbers } })).senders);
  });
  const all = data !== undefined && chosen.size === data.numbers.length;
  const toggle = (one: string): void =>
    setChosen((now) => {
      const next = new Set(now);
      if (!next.delete(one)) next.add(one);
      return next;
    });
  return (
    <Form
      action={run}
      yes={chosen.size > 1 ? `Add ${chosen.size}` : "Add"}
      disabled={chosen.size === 0 && !others.trim()}
      close={close}
    >
      {error ? <ErrorNote error={error} again={again} /> : !data ? <Loading /> : null}
      {data && data.numbers.length > 0 && (
        <fieldset class="choices">
          <legend>In no Messaging Service yet</legend>
          <div class="scroll-box">
            <label class="choice-all">
              <input
                type="checkbox"
                checked={all}
                onChange={() => setChosen(all ? new Set() : new Set(data.numbers.map((one) => one.sid)))}
              />
              <span class="strong">All of these</span>
            </label>
            {data.numbers.map((one) => (
              <label key={one.sid}>
                <input type="checkbox" checked={chosen.has(one.sid)} onChange={() => toggle(one.sid)} />
                <NumberText text={one.number} proxy />
                <span class="small quiet push">{one.in_proxy ? "in a Proxy pool" : one.country}</span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
      {data && (data.more || data.numbers.length === 0) && (
        <Field
          label={data.more ? "Others" : "Numbers"}
          hint={data.more ? "Each on a line of its own." : "The account has none left that could join: all are in a service, or take no messages."}
        >
          {(ids) => (
            <textarea
              {...ids}
              class="input"
              rows={3}
              placeholder="+1 415 555 0100"
              value={others}
              onInput={(event) => setOthers(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
    </Form>
  );
}

function AddName({ sid, close, added }: AddProps): JSX.Element {
  const [name, setName] = useState("");
  const [code, setCode] = useState("");
  const run = useAction(async () => {
    const body = { name: name.trim(), country: code.trim().toUpperCase() };
    added((await ask("POST /messaging-services/{sid}/senders", { path: { sid }, body })).senders);
  });
  return (
    <Form action={run} yes="Add" close={close}>
      <Field label="Name" hint="Up to 11 letters, digits, spaces and + - _ &, as phones show it. Nobody can answer it.">
        {(ids) => (
          <input
            {...ids}
            class="input"
            autofocus
            required
            maxLength={11}
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field
        label="Only for people of"
        hint="Two letters, as DE; empty for all. North America’s networks take no names."
      >
        {(ids) => (
          <input
            {...ids}
            class="input"
            maxLength={2}
            autocomplete="off"
            value={code}
            onInput={(event) => setCode(event.currentTarget.value)}
          />
        )}
      </Field>
    </Form>
  );
}
