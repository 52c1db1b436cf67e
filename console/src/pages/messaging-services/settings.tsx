// How a Messaging Service chooses its senders, and who is told of what.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction } from "../../api/hooks";
import type { MessagingServiceChange, MessagingServiceDetail } from "../../api/types";
import { Button, ErrorNote, Field, Panel, toast, toastError } from "../../ui";
import { Switch } from "../../ui/switch";

type Flag = "sticky_sender" | "area_code_geomatch" | "mms_converter" | "smart_encoding";

const SWITCHES: readonly (readonly [Flag, string, string])[] = [
  ["sticky_sender", "Sticky sender", "A person gets all messages from the same sender."],
  ["area_code_geomatch", "Area code", "In North America, a number with the person’s own area code goes first."],
  [
    "mms_converter",
    "MMS converter",
    "Where pictures can’t be sent, the text leads to them by a short link of this server.",
  ],
  ["smart_encoding", "Smart encoding", "Curly quotes and dashes become plain ones where that makes a text shorter."],
];

const USECASES = ["undeclared", "notifications", "marketing", "verification", "discussion", "poll"] as const;

type Props = { detail: MessagingServiceDetail; changed: (next: MessagingServiceDetail) => void };

export function Settings({ detail, changed }: Props): JSX.Element {
  return (
    <div class="columns columns-even">
      <div class="stack">
        <Switches detail={detail} changed={changed} />
      </div>
      <div class="stack">
        <Inbound detail={detail} changed={changed} />
        <General detail={detail} changed={changed} />
      </div>
    </div>
  );
}

function Switches({ detail, changed }: Props): JSX.Element {
  const [busy, setBusy] = useState<Flag>();
  const state: Record<Flag, boolean> = {
    sticky_sender: detail.service.sticky_sender,
    area_code_geomatch: detail.area_code_geomatch,
    mms_converter: detail.mms_converter,
    smart_encoding: detail.smart_encoding,
  };
  const turn = async (flag: Flag, label: string, on: boolean): Promise<void> => {
    setBusy(flag);
    try {
      changed(await save(detail, { [flag]: on }));
      toast(`${label} is ${on ? "on" : "off"}`);
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(undefined);
    }
  };
  return (
    <Panel title="Choosing and converting" flush>
      <ul class="switches">
        {SWITCHES.map(([flag, label, means]) => (
          <li key={flag}>
            <Switch
              label={label}
              on={state[flag]}
              busy={busy === flag}
              disabled={!detail.may_change}
              turn={(on) => void turn(flag, label, on)}
            >
              {means}
            </Switch>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function save(detail: MessagingServiceDetail, body: MessagingServiceChange): Promise<MessagingServiceDetail> {
  return ask("POST /messaging-services/{sid}", { path: { sid: detail.service.sid }, body });
}

function Inbound({ detail, changed }: Props): JSX.Element {
  const { service } = detail;
  const [defers, setDefers] = useState(service.use_inbound_webhook_on_number);
  const [url, setUrl] = useState(service.inbound_request_url ?? "");
  const [fallback, setFallback] = useState(detail.fallback_url ?? "");
  const run = useAction(async () => {
    const body: MessagingServiceChange = { use_inbound_webhook_on_number: defers };
    // An address is shown without its secrets: unchanged, it must not be written back.
    if (url !== (service.inbound_request_url ?? "")) body.inbound_request_url = url.trim();
    if (fallback !== (detail.fallback_url ?? "")) body.fallback_url = fallback.trim();
    changed(await save(detail, body));
    toast("Saved", "It counts for the next message that comes in.");
  });
  return (
    <Panel title="Inbound messages">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run.run();
        }}
      >
        <fieldset class="choices" disabled={!detail.may_change}>
          <legend>What people write to a number of the pool goes to</legend>
          <label>
            <input type="radio" name="inbound" checked={defers} onChange={() => setDefers(true)} />
            <span>
              the number’s own handling
              <span class="small quiet block">
                Masked numbers go on masking. This is what numbers of a Proxy pool need.
              </span>
            </span>
          </label>
          <label>
            <input type="radio" name="inbound" checked={!defers} onChange={() => setDefers(false)} />
            <span>
              a program of the service
              <span class="small quiet block">Proxy gets none of it.</span>
            </span>
          </label>
        </fieldset>
        {!defers && (
          <>
            <Address label="Address" hint="Empty: messages are only kept." {...{ value: url, set: setUrl, detail }} />
            <Address
              label="Where that fails"
              hint="Told when the first does not answer with success."
              {...{ value: fallback, set: setFallback, detail }}
            />
          </>
        )}
        {run.error ? <ErrorNote error={run.error} /> : null}
        {detail.may_change && (
          <div class="row end">
            <Button kind="primary" type="submit" busy={run.busy}>
              Save
            </Button>
          </div>
        )}
      </form>
    </Panel>
  );
}

function Address({
  label,
  hint,
  value,
  set,
  detail,
}: {
  label: string;
  hint: string;
  value: string;
  set: (value: string) => void;
  detail: MessagingServiceDetail;
}): JSX.Element {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <input
          {...ids}
          class="input"
          type="url"
          autocomplete="off"
          placeholder="https://"
          disabled={!detail.may_change}
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function General({ detail, changed }: Props): JSX.Element {
  const [name, setName] = useState(detail.service.name);
  const [callback, setCallback] = useState(detail.status_callback ?? "");
  const [validity, setValidity] = useState(String(detail.validity_period));
  const [usecase, setUsecase] = useState(detail.usecase);
  const run = useAction(async () => {
    const body: MessagingServiceChange = {};
    if (name.trim() !== detail.service.name) body.name = name.trim();
    if (callback !== (detail.status_callback ?? "")) body.status_callback = callback.trim();
    if (Number(validity) !== detail.validity_period) body.validity_period = Number(validity);
    if (usecase !== detail.usecase) body.usecase = usecase;
    if (Object.keys(body).length === 0) {
      toast("Nothing has changed");
      return;
    }
    changed(await save(detail, body));
    toast("Saved");
  });
  return (
    <Panel title="General">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run.run();
        }}
      >
        <Field label="Name">
          {(ids) => (
            <input
              {...ids}
              class="input"
              required
              maxLength={64}
              autocomplete="off"
              disabled={!detail.may_change}
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <Address
          label="Told what becomes of messages"
          hint="Each message may name its own instead."
          {...{ value: callback, set: setCallback, detail }}
        />
        <Field label="Seconds that a message may wait" hint="After them it fails with 30036 instead of coming late.">
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="number"
              min={1}
              max={36000}
              required
              disabled={!detail.may_change}
              value={validity}
              onInput={(event) => setValidity(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="What it is for">
          {(ids) => (
            <select
              {...ids}
              class="select"
              disabled={!detail.may_change}
              value={usecase}
              onChange={(event) => setUsecase(event.currentTarget.value)}
            >
              {USECASES.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
        </Field>
        {run.error ? <ErrorNote error={run.error} /> : null}
        {detail.may_change && (
          <div class="row end">
            <Button kind="primary" type="submit" busy={run.busy}>
              Save
            </Button>
          </div>
        )}
      </form>
    </Panel>
  );
}
