// Lines of counts, as the server gives them, put together as a plot shows them.

import type { Line } from "../api/types";
import type { Series } from "../ui/plot";

/** How something went, in an order and a colour of its own. Words that are none of these come last,
 * in grey. */
export interface Outcome {
  name: string;
  words: readonly string[];
  colour: string;
}

export const MESSAGES: readonly Outcome[] = [
  { name: "delivered", words: ["delivered"], colour: "var(--plot-good)" },
  { name: "undelivered", words: ["undelivered"], colour: "var(--plot-warn)" },
  { name: "failed", words: ["failed"], colour: "var(--plot-bad)" },
];

export const SENDS: readonly Outcome[] = [
  { name: "accepted", words: ["accepted"], colour: "var(--plot-good)" },
  { name: "tried again", words: ["retry"], colour: "var(--plot-warn)" },
  { name: "refused", words: ["failed"], colour: "var(--plot-bad)" },
];

export const INBOUND: readonly Outcome[] = [
  { name: "relayed", words: ["relayed"], colour: "var(--plot-good)" },
  { name: "stayed with us", words: ["refused", "unpooled", "stored"], colour: "var(--plot-warn)" },
  { name: "could not be stored", words: ["unavailable"], colour: "var(--plot-bad)" },
];

export const CALLS: readonly Outcome[] = [
  { name: "connected", words: ["relayed"], colour: "var(--plot-good)" },
  { name: "answered by a program", words: ["answered"], colour: "var(--plot-1)" },
  { name: "refused", words: ["refused"], colour: "var(--plot-warn)" },
  { name: "could not be stored", words: ["unavailable"], colour: "var(--plot-bad)" },
];

export const ANSWERS: readonly Outcome[] = [
  { name: "2xx", words: ["2xx"], colour: "var(--plot-good)" },
  { name: "4xx", words: ["4xx"], colour: "var(--plot-warn)" },
  { name: "5xx", words: ["5xx"], colour: "var(--plot-bad)" },
  { name: "no answer", words: ["failed"], colour: "var(--plot-none)" },
];

/** The lines of one label (or of all, for "") by how it went; an outcome that never came is left
 * out, but for the first, so that a plot of nothing has a key. `known` words alone are shown where
 * `others` is false. */
export function byOutcome(
  lines: readonly Line[],
  outcomes: readonly Outcome[],
  length: number,
  label = "",
  others = true,
): Series[] {
  const mine = lines.filter((line) => !label || line.label === label);
  const series: Series[] = [];
  const taken = new Set<string>();
  for (const [at, { name, words, colour }] of outcomes.entries()) {
    for (const word of words) taken.add(word);
    const values = sum(mine.filter((line) => words.includes(line.outcome)), length);
    if (at === 0 || values.some((value) => value > 0)) series.push({ name, colour, values });
  }
  if (!others) return series;
  for (const word of new Set(mine.map((line) => line.outcome))) {
    if (taken.has(word)) continue;
    const values = sum(mine.filter((line) => line.outcome === word), length);
    series.push({ name: word || "other", colour: "var(--plot-other)", values });
  }
  return series;
}

const PALETTE = ["var(--plot-1)", "var(--plot-2)", "var(--plot-3)", "var(--plot-4)", "var(--plot-5)"];

/** The lines by whose they are, each in a colour of its own. */
export function byLabel(lines: readonly Line[], length: number): Series[] {
  return labels(lines).map((name, at) => ({
    name,
    colour: PALETTE[at % PALETTE.length] ?? "var(--plot-other)",
    values: sum(lines.filter((line) => line.label === name), length),
  }));
}

export function labels(...lines: readonly (readonly Line[])[]): string[] {
  return [...new Set(lines.flat().map((line) => line.label))].sort();
}

export function total(series: readonly Series[]): number {
  return series.reduce((all, one) => all + one.values.reduce((sum_, value) => sum_ + value, 0), 0);
}

function sum(lines: readonly Line[], length: number): number[] {
  return Array.from({ length }, (_, at) => lines.reduce((all, line) => all + (line.values[at] ?? 0), 0));
}
