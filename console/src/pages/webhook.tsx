// The request that a program was sent, what it answered, and sending it again.

import type { JSX } from "preact";
import { ask } from "../api/client";
import { useAction, useGet } from "../api/hooks";
import type { Pair } from "../api/types";
import { useViewer } from "../session";
import { Button, CodeBlock, Dialog, ErrorNote, Facts, Foreign, Loading, Sid, span, Time, toast, toastError } from "../ui";
import { hookName, HookState } from "./timeline";

export function WebhookDialog({
  sid,
  close,
  replayed,
}: {
  sid: string;
  close: () => void;
  replayed?: (() => void) | undefined;
}): JSX.Element {
  const { may } = useViewer();
  const { data, error, again } = useGet("GET /webhooks/{sid}", { path: { sid } });
  const replay = useAction(async () => {
    await ask("POST /webhooks/{sid}/replay", { path: { sid } }).catch((reason: unknown) => {
      toastError(reason);
      throw reason;
    });
    toast("Sent again", "Its answer appears as another attempt.");
    replayed?.();
    close();
  });
  return (
    <Dialog
      wide
      title={data ? `${hookName(data.attempt.kind)}, attempt ${data.attempt.attempt}` : "Webhook"}
      close={close}
      foot={
        data && (
          <>
            {data.replay_hint && <span class="quiet small">{data.replay_hint}</span>}
            <Button
              kind="primary"
              icon="replay"
              busy={replay.busy}
              disabled={!data.replayable || !may("support")}
              onClick={() => void replay.run()}
            >
              Replay
            </Button>
          </>
        )
      }
    >
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data && (
        <div class="stack">
          <Facts
            of={[
              ["Request", <Foreign text={`${data.attempt.method} ${data.attempt.url}`} class="mono" />],
              ["When", <Time at={data.attempt.at} />],
              [
                "Answer",
                <span class="row">
                  <HookState hook={data.attempt} />
                  {data.attempt.error && <Foreign text={data.attempt.error} class="ink-bad" />}
                  <span class="quiet">after {span(data.attempt.latency_ms)}</span>
                </span>,
              ],
              ["Attempt", <Sid of={data.attempt.sid} whole />],
              ["Job", <Sid of={data.attempt.job_sid} whole />],
            ]}
          />
          <Pairs title="What was sent" pairs={data.params} />
          <Pairs title="Request headers" pairs={data.request_headers} />
          <Pairs title="Response headers" pairs={data.response_headers} />
          {data.response_body !== null && data.response_body !== "" && (
            <section class="stack stack-tight">
              <h3>Response body</h3>
              <CodeBlock text={data.response_body} label="Response body" />
            </section>
          )}
        </div>
      )}
    </Dialog>
  );
}

function Pairs({ title, pairs }: { title: string; pairs: readonly Pair[] }): JSX.Element | null {
  if (pairs.length === 0) return null;
  return (
    <section class="stack stack-tight">
      <h3>{title}</h3>
      <dl class="pairs">
        {pairs.map((pair, at) => (
          <div key={at}>
            <dt class="mono">
              <Foreign text={pair.name} />
            </dt>
            <dd class="mono">
              <Foreign text={pair.value} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
