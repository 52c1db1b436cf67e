// The addresses of programs, and trying them.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import { useAction, useGet } from "../api/hooks";
import type { Hook, HookTested } from "../api/types";
import { useQuery } from "../router";
import { useViewer } from "../session";
import {
  Badge,
  Button,
  CodeBlock,
  type Column,
  Dialog,
  EmptyState,
  ErrorNote,
  Facts,
  Foreign,
  Icon,
  Loading,
  PageHead,
  Pager,
  Pairs,
  Panel,
  shortSid,
  span,
  Table,
} from "../ui";

const KINDS: Record<Hook["kind"], string> = {
  callback: "Callback",
  intercept: "Intercept callback",
  "out-of-session": "Out-of-session callback",
  debugger: "Debugger webhook",
};

export default function WebhooksPage(): JSX.Element {
  const { account, may } = useViewer();
  const [query, change] = useQuery();
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const { data, error, again } = useGet("GET /hooks", { query: { account, after, before } });
  const [tested, setTested] = useState<{ hook: Hook; result: HookTested } | null>(null);
  const [busy, setBusy] = useState("");
  const test = useAction(async (hook: Hook) => {
    setBusy(keyOf(hook));
    try {
      const result = await ask("POST /hooks/test", { body: { kind: hook.kind, owner_sid: hook.owner_sid } });
      setTested({ hook, result });
    } finally {
      setBusy("");
    }
  });
  const columns: Column<Hook>[] = [
    { title: "Of", cell: (row) => <Foreign text={row.owner_name || shortSid(row.owner_sid)} class="strong" /> },
    { title: "What", cell: (row) => <span class="nowrap">{KINDS[row.kind]}</span> },
    { title: "Address", wide: true, cell: (row) => <Foreign text={row.url} class="mono" /> },
  ];
  if (may("support"))
    columns.push({
      title: "Try",
      end: true,
      cell: (row) => (
        <Button small icon="send" busy={busy === keyOf(row)} onClick={() => void test.run(row)}>
          Test<span class="unseen"> the {KINDS[row.kind]} of {row.owner_name}</span>
        </Button>
      ),
    });
  return (
    <>
      <PageHead
        title="Webhooks"
        lead="Where your programs are told and asked. A test sends a signed sample, all of whose SIDs are zeros, and shows what comes back."
      />
      {test.error ? <ErrorNote error={test.error} /> : null}
      <Panel flush>
        {error ? (
          <ErrorNote error={error} again={again} />
        ) : !data ? (
          <Loading />
        ) : data.hooks.length === 0 ? (
          <EmptyState icon="webhook" title="No address is set">
            Give a Service a CallbackUrl, an InterceptCallbackUrl or an OutOfSessionCallbackUrl, and your program is told
            of all that happens.
          </EmptyState>
        ) : (
          <Table caption="Addresses of programs" columns={columns} rows={data.hooks} keyOf={keyOf} />
        )}
        {data && (
          <Pager
            newer={data.previous ? () => change({ before: data.previous ?? "", after: undefined }) : null}
            older={data.next ? () => change({ after: data.next ?? "", before: undefined }) : null}
          />
        )}
      </Panel>
      {tested && <Result {...tested} close={() => setTested(null)} />}
    </>
  );
}

function keyOf(hook: Hook): string {
  return `${hook.owner_sid} ${hook.kind}`;
}

function Result({ hook, result, close }: { hook: Hook; result: HookTested; close: () => void }): JSX.Element {
  return (
    <Dialog wide title={`${KINDS[hook.kind]} of ${hook.owner_name}`} close={close}>
      <div class="stack">
        <div class={`note ${result.ok ? "note-good" : "note-bad"}`} role="status">
          <Icon name={result.ok ? "check" : "alert"} />
          <div>
            <p class="strong">
              {result.status === null ? "No answer came" : `Answered with HTTP ${result.status}`} after{" "}
              {span(result.latency_ms)}
            </p>
            {result.error && (
              <p class="small">
                <Foreign text={result.error} />
              </p>
            )}
            {result.advice && <p class="small">{result.advice}</p>}
          </div>
        </div>
        <Facts
          of={[
            ["Request", <Foreign text={`POST ${result.url}`} class="mono" />],
            [
              "Answer",
              result.status === null ? (
                <Badge tone="bad">none</Badge>
              ) : (
                <Badge tone={result.ok ? "good" : "bad"}>{result.status}</Badge>
              ),
            ],
          ]}
        />
        {result.response_body !== null && result.response_body !== "" && (
          <section class="stack stack-tight">
            <h3>Response body</h3>
            <CodeBlock text={result.response_body} label="Response body" />
          </section>
        )}
        <Pairs title="Response headers" pairs={result.response_headers} />
        <Pairs title="What was sent" pairs={result.params} />
        <Pairs title="Request headers" pairs={result.request_headers} />
      </div>
    </Dialog>
  );
}
