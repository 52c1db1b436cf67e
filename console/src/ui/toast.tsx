// Short words about what was just done, at the foot of the page, read out by screen readers.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { wordsOf } from "./errors";
import { Icon } from "./icon";

interface Said {
  id: number;
  text: string;
  more: string;
  bad: boolean;
}

let say: (said: Omit<Said, "id">) => void = () => {};
let last = 0;

/** Tells that something was done. */
export function toast(text: string, more = ""): void {
  say({ text, more, bad: false });
}

/** Tells that something failed, and why. */
export function toastError(error: unknown): void {
  const { title, more } = wordsOf(error);
  say({ text: title, more, bad: true });
}

/** Where they appear; the shell has one. */
export function Toasts(): JSX.Element {
  const [all, setAll] = useState<Said[]>([]);
  const drop = (id: number): void => setAll((now) => now.filter((one) => one.id !== id));
  useEffect(() => {
    say = (said) => {
      const id = ++last;
      setAll((now) => [...now.slice(-2), { ...said, id }]);
      // What failed stays longer: it has more to read.
      setTimeout(() => drop(id), said.bad ? 10_000 : 5_000);
    };
    return () => {
      say = () => {};
    };
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {all.map((one) => (
        <div key={one.id} class={`toast ${one.bad ? "toast-bad" : ""}`}>
          <Icon name={one.bad ? "alert" : "check"} />
          <div>
            <p class="strong">{one.text}</p>
            {one.more && <p class="small">{one.more}</p>}
          </div>
          <button type="button" class="button button-ghost button-bare button-small" onClick={() => drop(one.id)}>
            <Icon name="close" size={14} />
            <span class="unseen">Dismiss</span>
          </button>
        </div>
      ))}
    </div>
  );
}
