// What an operator notes of a registration that is made by hand.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { useAction } from "../../api/hooks";
import { Field, Form, toast } from "../../ui";
import { said } from "./words";

/** What every report says; an id or a reason that is not given is left out. */
export type Said = { status: string; id?: string; error?: string };

/** Statuses of which one asks why. */
const WHY: ReadonlySet<string> = new Set(["FAILED", "TWILIO_REJECTED"]);

export function ReportForm({
  of,
  id: known,
  note,
  done,
  children,
}: {
  of: { status: string; next: readonly string[] };
  /** Its id at the registry, as far as it is known; what has none there is not asked for it. */
  id?: string | null;
  note: (what: Said) => Promise<unknown>;
  done: () => void;
  /** What else there is to say; of a status, by what is chosen. */
  children?: ComponentChildren | ((status: string) => ComponentChildren);
}): JSX.Element {
  const [status, setStatus] = useState(of.status);
  const [id, setId] = useState(known ?? "");
  const [error, setError] = useState("");
  const run = useAction(async () => {
    const what: Said = { status };
    if (id.trim()) what.id = id.trim();
    if (WHY.has(status) && error.trim()) what.error = error.trim();
    await note(what);
    toast("Noted");
    done();
  });
  return (
    <Form action={run} yes="Note it" part={known !== undefined}>
      {known !== undefined && <h3>What the registry decided</h3>}
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
      {known !== undefined && (
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
      {WHY.has(status) && (
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
