// Phone numbers. A proxy number is shown as it is, in the mask's colour. A person's is masked, until
// somebody with the right asks to see it, which the server writes into its audit log.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../api/client";
import type { Number as Shown } from "../api/types";
import { useViewer } from "../session";
import { grouped } from "./format";
import { Icon } from "./icon";
import { toastError } from "./toast";

/** A number as text, in groups; `proxy` gives it the mask's colour. */
export function NumberText({ text, proxy }: { text: string; proxy?: boolean }): JSX.Element {
  return <bdi class={`phone-number ${proxy ? "phone-number-proxy" : ""}`}>{grouped(text)}</bdi>;
}

/** `what` names it to screen readers; it may be all that leads to a person, such as an address. */
export function Masked({ of, what = "number" }: { of: Shown; what?: string }): JSX.Element {
  const { may } = useViewer();
  const [full, setFull] = useState<string>();
  const [busy, setBusy] = useState(false);
  if (of.kind === "proxy") return <NumberText text={of.text} proxy />;
  const reveal = async (): Promise<void> => {
    if (of.ref === null) return;
    setBusy(true);
    try {
      setFull((await ask("POST /reveal", { body: { ref: of.ref } })).number);
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <span class="masked">
      <NumberText text={full ?? of.text} />
      {full === undefined && of.ref !== null && may("support") && (
        <button
          type="button"
          class="reveal"
          disabled={busy}
          onClick={() => void reveal()}
          title="Show it whole. This is written into the audit log."
        >
          <Icon name="eye" size={15} />
          <span class="unseen">{what === "number" ? `Reveal the number ${of.text}` : `Reveal: ${what}`}</span>
        </button>
      )}
      {full !== undefined && (
        <button type="button" class="reveal" onClick={() => setFull(undefined)}>
          <Icon name="mask" size={15} />
          <span class="unseen">{what === "number" ? "Mask the number again" : `Mask again: ${what}`}</span>
        </button>
      )}
    </span>
  );
}
