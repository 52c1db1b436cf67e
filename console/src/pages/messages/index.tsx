// Messages of programs and people, those that wait for their hour, and sending one.

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useEvents, useGet } from "../../api/hooks";
import type { MessageRow } from "../../api/types";
import { Link, useQuery } from "../../router";
import { useViewer } from "../../session";
import {
  Button,
  Choice,
  type Column,
  Confirm,
  EmptyState,
  ErrorNote,
  Filters,
  Foreign,
  Icon,
  Live,
  Loading,
  Masked,
  PageHead,
  Pager,
  Panel,
  Status,
  Table,
  Time,
  toast,
} from "../../ui";
import { Send } from "./send";

const STATES: readonly (readonly [string, string])[] = [
  ["", "Any"],
  ["scheduled", "Scheduled"],
  ["queued", "Queued"],
  ["sending", "Sending"],
  ["sent", "Sent"],
  ["delivered", "Delivered"],
  ["undelivered", "Undelivered"],
  ["failed", "Failed"],
  ["canceled", "Canceled"],
  ["received", "Received"],
];
/** Ms for which changes are gathered before the list is asked for anew. */
const GATHER = 1000;

export default function MessagesPage(): JSX.Element {
  const { account, may } = useViewer();
  const [query, change] = useQuery();
  const status = query.get("status") ?? "";
  const service = query.get("service") ?? "";
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const sending = query.get("send");
  const services = useGet("GET /messaging-services", { query: { account, size: 100 } });
  const { data, error, again, put } = useGet("GET /messages", {
    query: { account, status, service, after, before },
  });
  const [cancelling, setCancelling] = useState<MessageRow | null>(null);
  const cancel = useAction(async (one: MessageRow) => {
    const done = await ask("POST /messages/{sid}/cancel", { path: { sid: one.sid } });
    put((page) => ({
      ...page,
      messages: status
        ? page.messages.filter((other) => other.sid !== one.sid)
        : page.messages.map((other) => (other.sid === one.sid ? done : other)),
    }));
    setCancelling(null);
    toast("Cancelled", "It will not be sent.");
  });
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(waiting.current), []);
  // What is on the screen stays where somebody reads it: only the newest page follows.
  const follows = !after && !before;
  const live = useEvents(
    follows ? { topics: ["messages"], account } : null,
    (event) => {
      if (event.type !== "message" || waiting.current) return;
      waiting.current = setTimeout(() => {
        waiting.current = undefined;
        again();
      }, GATHER);
    },
    again,
  );
  const filter = (fields: Record<string, string | undefined>): void =>
    change({ ...fields, after: undefined, before: undefined });
  const columns: Column<MessageRow>[] = [
    { title: "To", cell: (row) => <Masked of={row.recipient} /> },
    {
      title: "From",
      cell: (row) => (row.sender ? <Masked of={row.sender} /> : <span class="quiet">not chosen yet</span>),
    },
    { title: "Message", wide: true, cell: (row) => <Words of={row} /> },
    {
      title: "Service",
      cell: (row) =>
        row.messaging_service_sid ? (
          <Link to={`/messaging-services/${row.messaging_service_sid}`} class="named">
            <Foreign text={row.messaging_service_name ?? "deleted"} />
          </Link>
        ) : (
          <span class="quiet">none</span>
        ),
    },
    { title: "Status", cell: (row) => <What of={row} /> },
    {
      title: status === "scheduled" ? "Goes out" : "When",
      cell: (row) =>
        row.send_at === null ? (
          <Time at={row.date_created} />
        ) : (
          <span class="stacked">
            {status !== "scheduled" && <span class="small quiet">goes out</span>}
            <Time at={row.send_at} />
          </span>
        ),
    },
  ];
  if (may("support") && (data?.messages.some((one) => one.status === "scheduled") ?? false))
    columns.push({
      title: "Do",
      end: true,
      cell: (row) =>
        row.status === "scheduled" && (
          <Button small onClick={() => setCancelling(row)}>
            Cancel<span class="unseen"> the message to {row.recipient.text}</span>
          </Button>
        ),
    });
  const narrowed = Boolean(status || service);
  return (
    <>
      <PageHead
        title="Messages"
        lead="What programs and people sent, and what waits for its hour."
        actions={
          <>
            {follows && <Live state={live} />}
            {may("support") && (
              <Button kind="primary" icon="send" onClick={() => change({ send: "new" })}>
                Send a message
              </Button>
            )}
          </>
        }
      />
      <Panel flush>
        <Filters clear={narrowed ? () => filter({ status: undefined, service: undefined }) : undefined}>
          <Choice label="Status" value={status} options={STATES} change={(value) => filter({ status: value })} />
          <Choice
            label="Messaging Service"
            value={service}
            options={[
              ["", "Any"],
              ...(services.data?.services ?? []).map((one) => [one.sid, one.name] as const),
            ]}
            change={(value) => filter({ service: value })}
          />
        </Filters>
        {error ? (
          <ErrorNote error={error} again={again} />
        ) : !data ? (
          <Loading />
        ) : data.messages.length === 0 ? (
          <EmptyState icon="send" title={narrowed ? "No message fits these filters" : "No messages yet"}>
            {narrowed && data.next
              ? "None among those looked through: go on to older ones."
              : status === "scheduled"
                ? "Programs schedule with ScheduleType=fixed and SendAt; you can too, with Send a message."
                : narrowed
                  ? "Clear them to see all."
                  : "Programs send with POST Messages; what people write to your numbers stands here too."}
          </EmptyState>
        ) : (
          <Table
            caption={status === "scheduled" ? "Messages, the next to go at the head" : "Messages, newest first"}
            columns={columns}
            rows={data.messages}
            keyOf={(row) => row.sid}
          />
        )}
        {data && (
          <Pager
            words={status === "scheduled" ? ["To the first", "Later"] : ["Newer", "Older"]}
            newer={
              data.previous
                ? () => change({ before: data.previous ?? "", after: undefined })
                : status === "scheduled" && after
                  ? () => change({ after: undefined })
                  : null
            }
            older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
          />
        )}
      </Panel>
      {sending && may("support") && (
        <Send
          service={sending === "new" ? "" : sending}
          services={services.data?.services ?? []}
          close={() => change({ send: undefined })}
          sent={(one) => {
            change({ send: undefined });
            toast(one.send_at ? "Scheduled" : "Sent", "It stands in the list with what becomes of it.");
            again();
          }}
        />
      )}
      {cancelling && (
        <Confirm
          title="Cancel this message?"
          yes="Cancel it"
          danger
          busy={cancel.busy}
          run={() => void cancel.run(cancelling)}
          close={() => setCancelling(null)}
        >
          <p>
            The message to <bdi>{cancelling.recipient.text}</bdi> will not be sent. This can’t be taken back.
          </p>
          {cancel.error ? <ErrorNote error={cancel.error} /> : null}
        </Confirm>
      )}
    </>
  );
}

/** Its text, for those who may read it, and what goes with it. */
function Words({ of }: { of: MessageRow }): JSX.Element {
  return (
    <span class="message-words">
      {of.body === null ? (
        <span class="quiet">hidden from viewers</span>
      ) : of.body ? (
        <Foreign text={of.body} class="clipped" />
      ) : (
        <span class="quiet">no text</span>
      )}
      {of.num_media > 0 && (
        <span class="small quiet nowrap">
          <Icon name="clip" size={14} />
          <span class="unseen">pictures: </span>
          {of.num_media}
        </span>
      )}
    </span>
  );
}

function What({ of }: { of: MessageRow }): JSX.Element {
  return (
    <span class="message-state">
      <Status of={of.status} />
      {of.error_code !== null && (
        <Link to={`/debugger?code=${of.error_code}`} class="small">
          {of.error_code}
          <span class="unseen">: {of.error_text ?? "an error of the carrier"}</span>
        </Link>
      )}
      {of.feedback && <span class="small quiet">{of.feedback} by the program</span>}
    </span>
  );
}
