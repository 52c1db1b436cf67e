// What is said of a pool, and how its map is laid out and coloured.

import type { CellView, PoolForecast } from "../api/types";

/** A number in a map. */
export interface Cell {
  sid: string;
  number: string;
  inUse: number;
  capabilities: number;
  reserved: boolean;
  area: string;
}

export function cellOf([sid, number, inUse, capabilities, reserved, area]: CellView): Cell {
  return { sid, number, inUse, capabilities, reserved: reserved === 1, area };
}

const CAN = ["voice", "SMS", "MMS", "fax"];

/** What a number can do, in words: "voice, SMS". */
export function abilities(capabilities: number): string {
  return CAN.filter((_, bit) => capabilities & (1 << bit)).join(", ") || "nothing";
}

export type Order = "number" | "use" | "area";

export function ordered(cells: readonly Cell[], order: Order): Cell[] {
  const by: Record<Order, (a: Cell, b: Cell) => number> = {
    number: () => 0,
    use: (a, b) => b.inUse - a.inUse,
    area: (a, b) => a.area.localeCompare(b.area),
  };
  return [...cells].sort((a, b) => by[order](a, b) || (a.number < b.number ? -1 : 1));
}

/** Ranges of sessions on one number, of which each has a shade: none, one, and four that widen by the
 * same factor, as many numbers are in few sessions and few in many. `[from, to]`, both within. */
export function shades(highest: number): [number, number][] {
  if (highest <= 5) return Array.from({ length: Math.max(2, highest + 1) }, (_, i) => [i, i]);
  const ranges: [number, number][] = [
    [0, 0],
    [1, 1],
  ];
  const parts = 4;
  let from = 2;
  for (let part = 1; part <= parts; part++) {
    const to = Math.max(from, Math.round(highest ** (part / parts)));
    ranges.push([from, to]);
    from = to + 1;
  }
  return ranges;
}

export function shadeOf(inUse: number, ranges: readonly (readonly [number, number])[]): number {
  const found = ranges.findIndex(([, to]) => inUse <= to);
  return found < 0 ? ranges.length - 1 : found;
}

/** How wide a square is, and how many stand in a row, so that thousands stay on one screen. */
export function layout(count: number, width: number): { size: number; across: number } {
  const wanted = count <= 400 ? 22 : count <= 1500 ? 16 : count <= 3000 ? 13 : 11;
  const across = Math.max(1, Math.floor(width / wanted));
  return { size: wanted, across };
}

/** Where a step from one square leads, by the keys of the arrows and their like. */
export function step(key: string, at: number, count: number, across: number): number | null {
  const to: Record<string, number> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + across,
    ArrowUp: at - across,
    PageDown: at + across * 10,
    PageUp: at - across * 10,
    Home: 0,
    End: count - 1,
  };
  const next = to[key];
  return next === undefined ? null : Math.min(Math.max(next, 0), count - 1);
}

export type Tone = "plain" | "good" | "warn" | "bad";

export const OUTLOOKS: Record<PoolForecast["outlook"], { word: string; tone: Tone }> = {
  empty: { word: "no numbers", tone: "bad" },
  out: { word: "used up", tone: "bad" },
  soon: { word: "runs out soon", tone: "warn" },
  growing: { word: "growing", tone: "warn" },
  steady: { word: "enough", tone: "good" },
  unknown: { word: "not looked at yet", tone: "plain" },
};

/** "+1" for a dialling class, and words for numbers that have none. */
export function className(dialClass: string): string {
  return dialClass ? `+${dialClass}` : "short codes";
}
