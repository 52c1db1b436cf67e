// Messaging Services, and whether they take messages that Proxy should mask.

import type { JSX } from "preact";
import { useGet } from "../api/hooks";
import type { MessagingServiceView } from "../api/types";
import { useQuery } from "../router";
import { useViewer } from "../session";
import {
  Badge,
  type Column,
  count,
  EmptyState,
  ErrorNote,
  Foreign,
  Icon,
  Loading,
  PageHead,
  Pager,
  Panel,
  plural,
  Sid,
  Table,
} from "../ui";

const COLUMNS: readonly Column<MessagingServiceView>[] = [
  {
    title: "Name",
    cell: (row) => (
      <span class="strong">
        <Foreign text={row.name} />
      </span>
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
  const { account } = useViewer();
  const [query, change] = useQuery();
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const { data, error, again } = useGet("GET /messaging-services", { query: { account, after, before } });
  const bad = data?.services.filter((one) => one.diverted > 0) ?? [];
  return (
    <>
      <PageHead title="Messaging Services" lead="Numbers that programs send from together." />
      {bad.length > 0 && (
        <div class="note note-bad" role="alert">
          <Icon name="alert" />
          <div>
            <p class="strong">Messages to {plural(bad.reduce((all, one) => all + one.diverted, 0), "proxy number")} are not masked</p>
            <p class="small">
              {bad.map((one) => one.name).join(", ")}: the numbers are in a Proxy Service’s pool too, but the Messaging
              Service keeps what people write to them. Update it with UseInboundWebhookOnNumber=true.
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
            Masking needs none. Your program makes them with POST /messaging/v1/Services.
          </EmptyState>
        ) : (
          <Table caption="Messaging Services, newest first" columns={COLUMNS} rows={data.services} keyOf={(row) => row.sid} />
        )}
        {data && (
          <Pager
            newer={data.previous ? () => change({ before: data.previous ?? "", after: undefined }) : null}
            older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
          />
        )}
      </Panel>
    </>
  );
}
