// A message to one person, by a Messaging Service or from a number, now or later.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../../api/client";
import { useAction } from "../../api/hooks";
import type { MessageRow, MessagingServiceView, SendText } from "../../api/types";
import { useViewer } from "../../session";
import { Dialog, Field, Form } from "../../ui";

const NUMBER = "number";
const MINUTE = 60_000;

/** A moment as `<input type="datetime-local">` has it, in the viewer's own zone. */
function local(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}

export function Send({
  service,
  services,
  close,
  sent,
}: {
  /** The SID of the service that is chosen at first, "" for none. */
  service: string;
  services: readonly MessagingServiceView[];
  close: () => void;
  sent: (one: MessageRow) => void;
}): JSX.Element {
  const { account } = useViewer();
  const [chosen, setChosen] = useState(service);
  const by = chosen || services[0]?.sid || NUMBER;
  const [to, setTo] = useState("");
  const [from, setFrom] = useState("");
  const [body, setBody] = useState("");
  const [media, setMedia] = useState("");
  const [later, setLater] = useState(false);
  const [at, setAt] = useState(() => local(new Date(Date.now() + 60 * MINUTE)));
  const run = useAction(async () => {
    const text: SendText = { to, body, media: media.split(/\s+/).filter(Boolean) };
    if (by === NUMBER) text.sender = from.trim();
    else {
      text.messaging_service_sid = by;
      if (later) text.send_at = new Date(at).getTime();
    }
    sent(await ask("POST /messages", { query: { account }, body: text }));
  });
  return (
    <Dialog title="Send a message" close={close}>
      <Form action={run} yes={later && by !== NUMBER ? "Schedule" : "Send"} icon="send" close={close}>
        <Field label="To" hint="A person’s number, with + and the country’s code.">
          {(ids) => (
            <input
              {...ids}
              class="input"
              type="tel"
              autofocus
              required
              autocomplete="off"
              value={to}
              onInput={(event) => setTo(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Sent by">
          {(ids) => (
            <select {...ids} class="select" value={by} onChange={(event) => setChosen(event.currentTarget.value)}>
              {services.map((one) => (
                <option key={one.sid} value={one.sid}>
                  {one.name}
                </option>
              ))}
              <option value={NUMBER}>one of your numbers</option>
            </select>
          )}
        </Field>
        {by === NUMBER && (
          <Field label="Number">
            {(ids) => (
              <input
                {...ids}
                class="input"
                type="tel"
                required
                autocomplete="off"
                value={from}
                onInput={(event) => setFrom(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <Field label="Text" hint={body ? `${[...body].length} characters` : undefined}>
          {(ids) => (
            <textarea
              {...ids}
              class="input"
              dir="auto"
              rows={3}
              maxLength={1600}
              required={!media.trim()}
              value={body}
              onInput={(event) => setBody(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Pictures" hint="Addresses of files, one a line; empty for none.">
          {(ids) => (
            <textarea
              {...ids}
              class="input"
              rows={1}
              placeholder="https://"
              value={media}
              onInput={(event) => setMedia(event.currentTarget.value)}
            />
          )}
        </Field>
        {by !== NUMBER && (
          <fieldset class="choices">
            <legend>When</legend>
            <label>
              <input type="radio" name="when" checked={!later} onChange={() => setLater(false)} /> now
            </label>
            <label>
              <input type="radio" name="when" checked={later} onChange={() => setLater(true)} /> later
            </label>
          </fieldset>
        )}
        {by !== NUMBER && later && (
          <Field label="At" hint="15 minutes to 35 days ahead, by your own clock.">
            {(ids) => (
              <input
                {...ids}
                class="input"
                type="datetime-local"
                required
                value={at}
                onInput={(event) => setAt(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <p class="small quiet">
          It goes to a real phone, outside any session, and is written into the audit log.
        </p>
      </Form>
    </Dialog>
  );
}
