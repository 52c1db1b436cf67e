// One Messaging Service: who sends for it, how, and what it answers to opt-out words.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction, useGet } from "../../api/hooks";
import type { MessagingServiceDetail } from "../../api/types";
import { go, Link, useQuery } from "../../router";
import { useViewer } from "../../session";
import {
  Button,
  Confirm,
  ErrorNote,
  Foreign,
  Icon,
  Loading,
  PageHead,
  plural,
  Sid,
  Tabs,
  toast,
} from "../../ui";
import { OptOutLists } from "./opt-out-lists";
import { Senders } from "./senders";
import { Settings } from "./settings";

type View = "senders" | "settings" | "opt-outs";

const BACK = { to: "/messaging-services", label: "Messaging Services" };

export default function MessagingServicePage({ params }: { params: Record<string, string> }): JSX.Element {
  const sid = params["sid"] ?? "";
  const { may } = useViewer();
  const [query, change] = useQuery();
  const view = (query.get("view") ?? "senders") as View;
  const { data, error, again, put } = useGet("GET /messaging-services/{sid}", { path: { sid } });
  const [deleting, setDeleting] = useState(false);
  const remove = useAction(async () => {
    await ask("POST /messaging-services/{sid}/delete", { path: { sid } });
    toast("Deleted", "Its numbers are free for another service.");
    go("/messaging-services");
  });
  if (error)
    return (
      <>
        <PageHead title="Messaging Service" back={BACK} />
        <ErrorNote error={error} again={again} />
      </>
    );
  if (!data)
    return (
      <>
        <PageHead title="Messaging Service" back={BACK} />
        <Loading />
      </>
    );
  const { service } = data;
  const changed = (next: MessagingServiceDetail): void => put(() => next);
  return (
    <>
      <PageHead
        back={BACK}
        title={<Foreign text={service.name} />}
        lead={<Sid of={service.sid} />}
        actions={
          <>
            {may("support") && (
              <Link to={`/messages?send=${service.sid}`} class="button button-primary">
                <Icon name="send" />
                Send a message
              </Link>
            )}
            {data.may_change && <Button onClick={() => setDeleting(true)}>Delete</Button>}
          </>
        }
      />
      {service.diverted > 0 && <Diverted detail={data} changed={changed} />}
      <Tabs
        label="Parts of the service"
        tabs={[
          { id: "senders", label: `Senders (${data.senders})` },
          { id: "settings", label: "Settings" },
          { id: "opt-outs", label: "Opt-out words" },
        ]}
        now={view}
        choose={(next) => change({ view: next === "senders" ? undefined : next })}
      />
      {view === "settings" ? (
        <Settings key={sid} detail={data} changed={changed} />
      ) : view === "opt-outs" ? (
        <OptOutLists sid={sid} mayChange={data.may_change} />
      ) : (
        <Senders detail={data} changed={again} />
      )}
      {deleting && (
        <Confirm
          title="Delete this service?"
          yes="Delete"
          danger
          busy={remove.busy}
          run={() => void remove.run()}
          close={() => setDeleting(false)}
        >
          <p>
            Its {plural(data.senders, "sender")} stay the account’s. Messages that wait for their hour with it will
            fail, and programs that name it are refused with 21701.
          </p>
          {remove.error ? <ErrorNote error={remove.error} /> : null}
        </Confirm>
      )}
    </>
  );
}

/** The most dangerous setting, with the way out of it. */
function Diverted({
  detail,
  changed,
}: {
  detail: MessagingServiceDetail;
  changed: (next: MessagingServiceDetail) => void;
}): JSX.Element {
  const { service } = detail;
  const mend = useAction(async () => {
    changed(
      await ask("POST /messaging-services/{sid}", {
        path: { sid: service.sid },
        body: { use_inbound_webhook_on_number: true },
      }),
    );
    toast("Masked again", "What people write to these numbers goes to Proxy.");
  });
  return (
    <div class="note note-bad" role="alert">
      <Icon name="alert" />
      <div>
        <p class="strong">Messages to {plural(service.diverted, "proxy number")} are not masked</p>
        <p class="small">
          {service.inbound_request_url
            ? "The service’s own program gets what people write to them, and nobody else does."
            : "The service keeps what people write to them, and nobody gets it."}
        </p>
        {mend.error ? <ErrorNote error={mend.error} /> : null}
      </div>
      {detail.may_change && (
        <Button small class="push" busy={mend.busy} onClick={() => void mend.run()}>
          Leave them to Proxy
        </Button>
      )}
    </div>
  );
}
