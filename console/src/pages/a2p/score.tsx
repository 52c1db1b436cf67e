// A brand's score: what it is worth to it, and where it is written.

import type { JSX } from "preact";
import type { ScoreStep } from "../../api/types";
import { count, Field } from "../../ui";
import { said } from "./words";

/** The steps, with the one that a score is on; `then` is what it may become. */
export function Ladder({
  steps,
  score,
  then,
}: {
  steps: readonly ScoreStep[];
  score: number | null;
  then?: number | null;
}): JSX.Element {
  const on = (of: number): ScoreStep | undefined => steps.find((one) => of >= one.least);
  const now = on(score ?? 0);
  const next = then === undefined || then === null ? undefined : on(then);
  return (
    <table class="ladder">
      <caption class="unseen">What a score is worth</caption>
      <thead>
        <tr>
          <th scope="col">Score</th>
          <th scope="col" class="end">
            T-Mobile, a day
          </th>
          <th scope="col" class="end">
            AT&amp;T, a minute
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map((one, at) => (
          <tr key={one.least} class={one === next && one !== now ? "ladder-next" : one === now ? "ladder-now" : ""}>
            <th scope="row">
              <span class="ladder-score">
                <span class="number">{range(one.least, steps[at - 1]?.least)}</span>
                {one === now && <span class="small">{score === null ? "now, without" : `now: ${score}`}</span>}
                {one === next && <span class="small ink-good">then: {then}</span>}
              </span>
            </th>
            <td class="end">
              <span class="small quiet ladder-more">{said(one.tmobile_tier)}</span>{" "}
              <span class="number">{count(one.tmobile_daily_cap)}</span>
            </td>
            <td class="end">
              <span class="small quiet ladder-more">class {one.att_class}</span>{" "}
              <span class="number">{count(one.att_tpm)}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Where a score is written. */
export function ScoreField({
  label,
  hint,
  value,
  set,
}: {
  label: string;
  hint: string;
  value: string;
  set: (text: string) => void;
}): JSX.Element {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <input
          {...ids}
          class="input"
          type="number"
          min={0}
          max={100}
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function range(least: number, above: number | undefined): string {
  return `${least}–${above === undefined ? 100 : above - 1}`;
}
