// Times in the viewer's zone, the exact one on hover and for screen readers.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ago, exact, shortTime } from "./format";

type TimeProps = {
  /** Milliseconds since the epoch. */
  at: number;
  /** "3 minutes ago" instead of the clock. */
  relative?: boolean;
};

export function Time({ at, relative }: TimeProps): JSX.Element {
  const now = useNow(relative ? 10_000 : 60_000);
  const date = new Date(at);
  return (
    <time class="time" dateTime={date.toISOString()} title={exact(date)}>
      {relative ? ago(date, now) : shortTime(date, now)}
    </time>
  );
}

/** The present, told anew every `every` ms. */
export function useNow(every: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}
