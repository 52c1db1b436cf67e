// What an operator notes of a registration that is made by hand.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { useAction } from "../../api/hooks";
import { Field, Form, toast } from "../../ui";
import { said } from "./words";

/** What every report says; an id or a reason that is not given is left out. */
export type Said = { status: string; id?: string; error?: string };

export function ReportForm({
  of,
  title = "What the registry decided",
  first = of.status,
  id: known,
  note,
  done,
  close,
  children,
}: {
  of: { status: string; next: readonly string[] };
  /** Above the form, unless it is "". */
  title?: string;
  /** The status that is chosen at first. */
  first?: string;
  /** Its id at the registry, as far as it is known; what has none there fails without a reason. */
  id?: string | null;
  note: (what: Said) => Promise<unknown>;
  done?: () => void;
  /** Leaves without it, where the form is not always there. */
  close?: () => void;
  /** What else there is to say, perhaps of a status alone. */
  children?: ComponentChildren | ((status: string) => ComponentChildren);
}): JSX.Element {
  const [status, setStatus] = useState(first);
  const [id, setId] = useState(known ?? "");
  const [error, setError] = useState("");
  const registered = known !== undefined;
  const asksWhy = status === "TWILIO_REJECTED" || (registered && status === "FAILED");
  const run = useAction(async () => {
    const what: Said = { status };
    if (id.trim()) what.id = id.trim();
    if (asksWhy && error.trim()) what.error = error.trim();
    await note(what);
    toast("Noted");
    done?.();
  });
  return (
    <Form action={run} yes="Note it" close={close} part={!close && title !== ""}>
      {title && <h3>{title}</h3>}
      <Field label="Status">
        {(ids) => (
          <select {...ids} class="select" value={status} onChange={(event) => setStatus(event.currentTarget.value)}>
            {[of.status, ...of.next].map((one) => (
              <option key={one} value={one}>
                {said(one)}
              </option>
            ))}
          </select>
        )}
      </Field>
      {registered && (
        <Field label="Its id there">
          {(ids) => (
            <input
              {...ids}
              class="input mono"
              maxLength={64}
              autocomplete="off"
              value={id}
              onInput={(event) => setId(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
      {typeof children === "function" ? children(status) : children}
      {asksWhy && (
        <Field label="Why">
          {(ids) => (
            <textarea
              {...ids}
              class="input"
              rows={2}
              maxLength={500}
              value={error}
              onInput={(event) => setError(event.currentTarget.value)}
            />
          )}
        </Field>
      )}
    </Form>
  );
}
