// Messaging Services, and whether they take messages that Proxy should mask.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useGet } from "../../api/hooks";
import type { MessagingServiceView } from "../../api/types";
import { go, Link, useQuery } from "../../router";
import { useViewer } from "../../session";
import {
  Badge,
  Button,
  type Column,
  count,
  Dialog,
  EmptyState,
  ErrorNote,
  Field,
  Foreign,
  Form,
  Icon,
  Loading,
  PageHead,
  Pager,
  Panel,
  plural,
  Sid,
  Table,
} from "../../ui";

const COLUMNS: readonly Column<MessagingServiceView>[] = [
  {
    title: "Name",
    cell: (row) => (
      <Link to={`/messaging-services/${row.sid}`} class="strong">
        <Foreign text={row.name} />
      </Link>
    ),
  },
  { title: "SID", cell: (row) => <Sid of={row.sid} /> },
  { title: "Numbers", end: true, cell: (row) => <span class="number">{count(row.numbers)}</span> },
  {
    title: "Inbound messages go to",
    wide: true,
    cell: (row) =>
      row.use_inbound_webhook_on_number ? (
        "each number’s own handling, Proxy included"
      ) : row.inbound_request_url ? (
        <Foreign text={row.inbound_request_url} class="mono" />
      ) : (
        <span class="quiet">nobody: they are only kept</span>
      ),
  },
  {
    title: "Proxy",
    cell: (row) =>
      row.diverted > 0 ? (
        <Badge tone="bad">{plural(row.diverted, "number")} diverted</Badge>
      ) : (
        <Badge tone="good">not in the way</Badge>
      ),
  },
];

export default function MessagingServicesPage(): JSX.Element {
  const { account, may } = useViewer();
  const [query, change] = useQuery();
  const [adding, setAdding] = useState(false);
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const { data, error, again } = useGet("GET /messaging-services", { query: { account, after, before } });
  const bad = data?.services.filter((one) => one.diverted > 0) ?? [];
  const add = may("admin") && (
    <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
      Add a service
    </Button>
  );
  return (
    <>
      <PageHead title="Messaging Services" lead="Senders that programs send from together." actions={add} />
      {bad.length > 0 && (
        <div class="note note-bad" role="alert">
          <Icon name="alert" />
          <div>
            <p class="strong">
              Messages to {plural(bad.reduce((all, one) => all + one.diverted, 0), "proxy number")} are not masked
            </p>
            <p class="small">
              {bad.map((one, at) => (
                <span key={one.sid}>
                  {at > 0 && ", "}
                  <Link to={`/messaging-services/${one.sid}`}>
                    <Foreign text={one.name} />
                  </Link>
                </span>
              ))}
              : the numbers are in a Proxy Service’s pool too, but the Messaging Service keeps what people write to
              them. Have it leave inbound messages to each number.
            </p>
          </div>
        </div>
      )}
      <Panel flush>
        {error ? (
          <ErrorNote error={error} again={again} />
        ) : !data ? (
          <Loading />
        ) : data.services.length === 0 ? (
          <EmptyState icon="message" title="No Messaging Services">
            Masking needs none, but registered traffic in the United States does: the numbers of a campaign stand in
            one. Add it here, or with POST /messaging/v1/Services.
          </EmptyState>
        ) : (
          <Table
            caption="Messaging Services, newest first"
            columns={COLUMNS}
            rows={data.services}
            keyOf={(row) => row.sid}
          />
        )}
        {data && (
          <Pager
            newer={data.previous ? () => change({ before: data.previous ?? "", after: undefined }) : null}
            older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
          />
        )}
      </Panel>
      {adding && <Add close={() => setAdding(false)} />}
    </>
  );
}

function Add({ close }: { close: () => void }): JSX.Element {
  const { account } = useViewer();
  const [name, setName] = useState("");
  const run = useAction(async () => {
    const made = await ask("POST /messaging-services", { query: { account }, body: { name: name.trim() } });
    go(`/messaging-services/${made.service.sid}`);
  });
  return (
    <Dialog title="Add a Messaging Service" close={close}>
      <Form action={run} yes="Add" close={close}>
        <Field label="Name" hint="What people call it, as “Ride updates”.">
          {(ids) => (
            <input
              {...ids}
              class="input"
              autofocus
              required
              maxLength={64}
              autocomplete="off"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <p class="small quiet">
          It leaves inbound messages to each number, so that numbers of a Proxy pool go on masking.
        </p>
      </Form>
    </Dialog>
  );
}
