// The phone's dial pad.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { grouped, Icon, NumberText, wordsOf } from "../../ui";

const KEYS = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"],
  ["4", "GHI"], ["5", "JKL"], ["6", "MNO"],
  ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"],
  ["*", ""], ["0", "+"], ["#", ""],
] as const;

/** The twelve keys. */
export function Keys({ press }: { press: (key: string) => void }): JSX.Element {
  return (
    <div class="keys" role="group" aria-label="Keys">
      {KEYS.map(([key, letters]) => (
        <button key={key} type="button" onClick={() => press(key)}>
          <b>{key}</b> <small>{letters || "\u00a0"}</small>
        </button>
      ))}
    </div>
  );
}

export function Keypad({
  number,
  change,
  contacts,
  dial,
  readOnly,
}: {
  number: string;
  change: (number: string) => void;
  contacts: readonly string[];
  dial: (to: string) => Promise<void>;
  readOnly: boolean;
}): JSX.Element {
  const [error, setError] = useState<unknown>(null);
  const edit = (next: string): void => {
    setError(null);
    change(next.replace(/[^0-9+*#]/g, ""));
  };
  return (
    <form
      class="keypad"
      onSubmit={(event) => {
        event.preventDefault();
        setError(null);
        dial(number).catch(setError);
      }}
    >
      <div class="keypad-number">
        <input
          type="tel"
          aria-label="Number to call"
          value={grouped(number)}
          placeholder="+1 …"
          onInput={(event) => edit(event.currentTarget.value)}
        />
        <button type="button" class="phone-round" disabled={!number} onClick={() => edit(number.slice(0, -1))}>
          <Icon name="backspace" />
          <span class="unseen">Delete the last digit</span>
        </button>
      </div>
      <p class="keypad-said" role="status">
        {error
          ? wordsOf(error).title
          : contacts.map((one) => (
              <button key={one} type="button" class="keypad-contact" onClick={() => edit(one)}>
                <NumberText text={one} proxy />
              </button>
            ))}
      </p>
      <Keys press={(key) => edit(number + key)} />
      <button type="submit" class="call-button call-go" disabled={readOnly || !number}>
        <Icon name="call" size={26} />
        <span class="unseen">Call</span>
      </button>
    </form>
  );
}
