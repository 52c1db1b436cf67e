// Things to copy: a SID, a command, a request.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Button } from "./basics";
import { shortSid } from "./format";
import { Icon } from "./icon";
import { toastError } from "./toast";

async function copy(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Browsers keep the clipboard from pages that came over plain http from another machine.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("The browser did not let this page copy");
}

function useCopy(text: string): { copied: boolean; run: () => void } {
  const [copied, setCopied] = useState(false);
  const run = (): void => {
    copy(text).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    }, toastError);
  };
  return { copied, run };
}

/** Lines to copy. It scrolls within itself, and the keyboard can scroll it. */
export function CodeBlock({ text, label }: { text: string; label: string }): JSX.Element {
  const { copied, run } = useCopy(text);
  return (
    <div class="code">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
      <Button small kind="ghost" bare icon={copied ? "check" : "copy"} class="code-copy" onClick={run}>
        {copied ? "Copied" : `Copy ${label}`}
      </Button>
    </div>
  );
}

/** A SID, short, whole on hover, copied by a press. */
export function Sid({ of, whole }: { of: string; whole?: boolean }): JSX.Element {
  const { copied, run } = useCopy(of);
  return (
    <button type="button" class={`sid mono ${whole ? "sid-whole" : ""}`} title={`${of}: press to copy`} onClick={run}>
      {whole ? of : shortSid(of)}
      <Icon name={copied ? "check" : "copy"} size={13} />
      <span class="unseen">{copied ? "Copied" : "Copy"}</span>
    </button>
  );
}
