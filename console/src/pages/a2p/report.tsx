// What an operator notes of a brand or a campaign that was registered by hand.

import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { useAction } from "../../api/hooks";
import { Field, Form, toast } from "../../ui";
import { said } from "./words";

/** What every report says; an id or a reason that is not given is left out. */
export type Said = { status: string; id?: string; error?: string };

export function ReportForm({
  of,
  id: known,
  note,
  done,
  children,
}: {
  of: { status: string; next: readonly string[] };
  /** Its id at the registry, as far as it is known. */
  id: string | null;
  note: (what: Said) => Promise<unknown>;
  done: () => void;
  /** What else there is to say. */
  children?: ComponentChildren;
}): JSX.Element {
  const [status, setStatus] = useState(of.status);
  const [id, setId] = useState(known ?? "");
  const [error, setError] = useState("");
  const run = useAction(async () => {
    const what: Said = { status };
    if (id.trim()) what.id = id.trim();
    if (status === "FAILED" && error.trim()) what.error = error.trim();
    await note(what);
    toast("Noted");
    done();
  });
  return (
    <Form action={run} yes="Note it" part>
      <h3>What the registry decided</h3>
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
      {children}
      {status === "FAILED" && (
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
