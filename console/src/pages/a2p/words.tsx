// Statuses of registrations, as people say them.

import type { JSX } from "preact";
import { Badge, type Tone } from "../../ui";

const TONES: Record<string, Tone> = {
  APPROVED: "good",
  VERIFIED: "good",
  SUCCESS: "good",
  registered: "good",
  PENDING: "accent",
  IN_REVIEW: "accent",
  IN_PROGRESS: "accent",
  pending: "accent",
  PENDING_REVIEW: "accent",
  TWILIO_APPROVED: "good",
  TWILIO_REJECTED: "bad",
  FAILED: "bad",
  failed: "bad",
  SUSPENDED: "bad",
};

/** "in review" for IN_REVIEW, "approved" for TWILIO_APPROVED. */
export function said(status: string): string {
  return status.replace("TWILIO_", "").toLowerCase().replaceAll("_", " ");
}

export function State({ of }: { of: string }): JSX.Element {
  return <Badge tone={TONES[of] ?? "plain"}>{said(of)}</Badge>;
}

const STEPS = {
  brand: ["PENDING", "IN_REVIEW", "APPROVED"],
  campaign: ["PENDING", "IN_PROGRESS", "VERIFIED"],
  tollfree: ["PENDING_REVIEW", "IN_REVIEW", "TWILIO_APPROVED"],
} as const;

/** How far a registration is: the way that it goes when all is well, or where it left that. */
export function Steps({ kind, now }: { kind: keyof typeof STEPS; now: string }): JSX.Element {
  const way: readonly string[] = STEPS[kind];
  const at = way.indexOf(now);
  const steps = at < 0 ? [...way.slice(0, -1), now] : way;
  const here = at < 0 ? steps.length - 1 : at;
  return (
    <ol class="steps" aria-label="How far it is">
      {steps.map((one, place) => (
        <li
          key={one}
          class={place < here ? "step-done" : place > here ? "step-ahead" : at < 0 ? "step-bad" : "step-now"}
          aria-current={place === here ? "step" : undefined}
        >
          {said(one)}
        </li>
      ))}
    </ol>
  );
}

export function Errors({ of }: { of: readonly string[] }): JSX.Element | null {
  if (of.length === 0) return null;
  return (
    <ul class="plain-list">
      {of.map((one) => (
        <li key={one} class="small ink-bad">
          {one}
        </li>
      ))}
    </ul>
  );
}

/** Something of a bounded amount, in words and as a bar. */
export function Used({ used, of, words }: { used: number; of: number; words: string }): JSX.Element {
  const part = Math.min(1, of ? used / of : 0);
  const tone = part >= 1 ? "meter-bad" : part >= 0.7 ? "meter-warn" : "";
  return (
    <span class={`meter ${tone}`}>
      <span class="small number">{words}</span>
      <span class="meter-all" aria-hidden="true">
        <span class="meter-part" style={{ width: `${part > 0 ? Math.max(part * 100, 3) : 0}%` }} />
      </span>
    </span>
  );
}
