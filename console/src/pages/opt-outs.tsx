// Who wants no more messages, and from which number or service.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { useAction, useGet } from "../api/hooks";
import type { OptOutView } from "../api/types";
import { useQuery } from "../router";
import { useViewer } from "../session";
import {
  Button,
  Choice,
  type Column,
  Confirm,
  Dialog,
  EmptyState,
  ErrorNote,
  Field,
  Filters,
  Foreign,
  Form,
  Loading,
  Masked,
  NumberText,
  PageHead,
  Pager,
  Panel,
  Sid,
  Table,
  TextFilter,
  Time,
  toast,
} from "../ui";

const SOURCES: Record<string, string> = {
  keyword: "wrote a word",
  api: "told your program",
  cli: "command line",
  console: "told support",
};

export default function OptOutsPage(): JSX.Element {
  const { account, may } = useViewer();
  const [query, change] = useQuery();
  const source = query.get("source") ?? "";
  const sender = query.get("sender") ?? "";
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  // A person's number stays out of the address, which browsers and proxies keep.
  const [person, setPerson] = useState("");
  const { data, error, again, put } = useGet("GET /opt-outs", {
    query: { account, person, source, sender, after, before },
  });
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<OptOutView | null>(null);
  const remove = useAction(async (one: OptOutView) => {
    await ask("POST /opt-outs/{sid}/remove", { path: { sid: one.sid } });
    put((page) => ({ ...page, opt_outs: page.opt_outs.filter((other) => other.sid !== one.sid) }));
    setRemoving(null);
    toast("Removed", "They can be written to again.");
  });
  const filter = (fields: Record<string, string | undefined>): void =>
    change({ ...fields, after: undefined, before: undefined });
  const narrowed = Boolean(person || source || sender);
  const columns: Column<OptOutView>[] = [
    { title: "Person", wide: true, cell: (row) => <Masked of={row.person} /> },
    {
      title: "Wants nothing from",
      cell: (row) => (row.sender.startsWith("+") ? <NumberText text={row.sender} proxy /> : <Sid of={row.sender} />),
    },
    {
      title: "How we know",
      cell: (row) => (
        <>
          {SOURCES[row.source] ?? row.source}
          {row.detail && row.source !== "console" && (
            <span class="quiet">
              {" "}
              (<Foreign text={row.detail} />)
            </span>
          )}
        </>
      ),
    },
    { title: "Since", cell: (row) => <Time at={row.date_of_consent} /> },
  ];
  if (may("support"))
    columns.push({
      title: "Do",
      end: true,
      cell: (row) => (
        <Button small onClick={() => setRemoving(row)}>
          Remove<span class="unseen"> the opt-out of {row.person.text}</span>
        </Button>
      ),
    });
  return (
    <>
      <PageHead
        title="Opt-outs"
        lead="People who want no more messages. Nothing is sent to them from that number or service, whatever a program asks for."
        actions={
          may("support") && (
            <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
              Add an opt-out
            </Button>
          )
        }
      />
      <Panel flush>
        <Filters
          clear={
            narrowed
              ? () => {
                  setPerson("");
                  filter({ source: undefined, sender: undefined });
                }
              : undefined
          }
        >
          <TextFilter key={`p${person}`} label="Person" value={person} placeholder="+1 415 555 0100" change={setPerson} />
          <TextFilter
            key={`s${sender}`}
            label="Sender"
            value={sender}
            placeholder="Number or SID"
            change={(value) => filter({ sender: value })}
          />
          <Choice
            label="How we know"
            value={source}
            options={[["", "Any"], ...Object.entries(SOURCES)]}
            change={(value) => filter({ source: value })}
          />
        </Filters>
        {error ? (
          <ErrorNote error={error} again={again} />
        ) : !data ? (
          <Loading />
        ) : data.opt_outs.length === 0 ? (
          <EmptyState icon="stop" title={narrowed ? "No opt-out fits these filters" : "Nobody has opted out"}>
            {narrowed && data.next
              ? "None among those looked through: go on to older ones."
              : narrowed
                ? "Clear them to see all."
                : "When somebody writes STOP to one of your numbers, they stand here."}
          </EmptyState>
        ) : (
          <Table caption="Opt-outs, newest first" columns={columns} rows={data.opt_outs} keyOf={(row) => row.sid} />
        )}
        {data && (
          <Pager
            newer={data.previous ? () => change({ before: data.previous ?? "", after: undefined }) : null}
            older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
          />
        )}
      </Panel>
      {adding && (
        <Add
          close={() => setAdding(false)}
          added={(one, isNew) => {
            setAdding(false);
            if (isNew) put((page) => ({ ...page, opt_outs: [one, ...page.opt_outs] }));
            toast(isNew ? "Added" : "They had opted out already");
          }}
        />
      )}
      {removing && (
        <Confirm
          title="Remove this opt-out?"
          yes="Remove"
          danger
          busy={remove.busy}
          run={() => void remove.run(removing)}
          close={() => setRemoving(null)}
        >
          <p>
            Only do so when <bdi>{removing.person.text}</bdi> asked for messages again: in many countries the law
            leaves that to them alone. It is written into the audit log.
          </p>
          {remove.error ? <ErrorNote error={remove.error} /> : null}
        </Confirm>
      )}
    </>
  );
}

function Add({
  close,
  added,
}: {
  close: () => void;
  added: (one: OptOutView, isNew: boolean) => void;
}): JSX.Element {
  const { account } = useViewer();
  const [person, setPerson] = useState("");
  const [sender, setSender] = useState("");
  const services = useGet("GET /services", { query: { account } });
  const run = useAction(async () => {
    const made = await ask("POST /opt-outs", { query: { account }, body: { person, sender: sender.trim() } });
    added(made.opt_out, made.added);
  });
  return (
    <Dialog title="Add an opt-out" close={close}>
      <Form action={run} yes="Add" close={close}>
        <Field label="Person" hint="Their own number, with + and the country’s code.">
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="tel"
              required
              autocomplete="off"
              value={person}
              onInput={(event) => setPerson(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Wants nothing from" hint="One of your numbers, or a whole Service.">
          {(ids) => (
            <>
              <input
                {...ids}
                class="input"
                required
                autocomplete="off"
                list="senders"
                value={sender}
                onInput={(event) => setSender(event.currentTarget.value)}
              />
              <datalist id="senders">
                {(services.data?.services ?? []).map((one) => (
                  <option key={one.sid} value={one.sid}>
                    {one.name}
                  </option>
                ))}
              </datalist>
            </>
          )}
        </Field>
      </Form>
    </Dialog>
  );
}
