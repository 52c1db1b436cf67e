// Data in components: what an endpoint answers, and what happens.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { type Answer, ApiError, type Ask, address, ask, checkSignedIn, type Endpoint } from "./client";
import { EventStream, type StreamState } from "./events";
import type { Event, Topic } from "./types";

export interface Got<T> {
  data: T | undefined;
  error: unknown;
  /** True from the first ask until its answer; a later one leaves the old data in place. */
  loading: boolean;
  /** Asks again. */
  again: () => void;
  /** Puts something in place of the answer: what an action gave back, or what an event told. */
  put: (change: (old: T) => T) => void;
}

/** Milliseconds until a server that did not answer is asked again. */
const PATIENCE = 2000;

/** What a GET endpoint answers. `rest` null: not asked yet. Asked anew when `rest` changes. */
export function useGet<E extends Endpoint>(endpoint: E, rest: Ask<E> | null = {}): Got<Answer<E>> {
  const [data, setData] = useState<Answer<E>>();
  const [error, setError] = useState<unknown>();
  const [loading, setLoading] = useState(true);
  const key = rest === null ? null : address(endpoint, rest.path, rest.query);
  const latest = useRef(rest);
  latest.current = rest;
  const fetchAgain = useRef(() => {});
  useEffect(() => {
    if (key === null) return undefined;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = 0;
    let answered = 0;
    setLoading(true);
    setData(undefined);
    setError(undefined);
    // Asked again while the first is under way, both go on: the first answer is soon on the screen,
    // and the one that was asked for last stays.
    const fetch = async (): Promise<void> => {
      clearTimeout(timer);
      const turn = ++asked;
      try {
        const answer = await ask(endpoint, { ...latest.current, signal: stop.signal });
        if (stop.signal.aborted || turn < answered) return;
        answered = turn;
        setData(() => answer);
        setError(undefined);
      } catch (reason) {
        if (stop.signal.aborted || turn < answered) return;
        setError(reason);
        const gone = reason instanceof ApiError && (reason.status === 0 || reason.status === 503);
        if (gone) timer = setTimeout(fetch, PATIENCE);
      }
      setLoading(false);
    };
    fetchAgain.current = () => void fetch();
    void fetch();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [endpoint, key]);
  const again = useCallback(() => fetchAgain.current(), []);
  const put = useCallback(
    (change: (old: Answer<E>) => Answer<E>) =>
      setData((old) => (old === undefined ? old : change(old))),
    [],
  );
  return { data, error, loading, again, put };
}

/** Asks again every `every` ms, as long as somebody looks and `on` holds. */
export function useEvery(every: number, again: () => void, on = true): void {
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => document.visibilityState === "visible" && again(), every);
    return () => clearInterval(timer);
  }, [every, again, on]);
}

export interface EventsWanted {
  topics: readonly Topic[];
  account?: string | undefined;
  session?: string | undefined;
  handsets?: readonly string[];
}

/** Follows what happens. `take` gets every event but beats; `refresh` is called whenever what is on
 * the screen may be old: the stream began anew and what lies between is lost. */
export function useEvents(
  wanted: EventsWanted | null,
  take: (event: Event) => void,
  refresh?: () => void,
): StreamState {
  const [state, setState] = useState<StreamState>("connecting");
  const latest = useRef({ take, refresh });
  latest.current = { take, refresh };
  const url = wanted === null ? null : eventsUrl(wanted);
  useEffect(() => {
    if (url === null) return undefined;
    const stream = new EventStream(url, {
      onState: (next) => {
        setState(next);
        // A page that only listens would else stay as it is after its sign-in has ended.
        if (next === "refused") checkSignedIn();
      },
      onEvent: ({ data }) => {
        const event = JSON.parse(data) as Event;
        if (event.type === "beat") return;
        if (event.type === "hello") {
          // On the first connection too: something may have happened between the page's own fetch
          // and this moment.
          if (!event.resumed) latest.current.refresh?.();
        } else if (event.type === "skipped") latest.current.refresh?.();
        latest.current.take(event);
      },
    });
    return () => stream.close();
  }, [url]);
  return state;
}

function eventsUrl({ topics, account, session, handsets = [] }: EventsWanted): string {
  const url = address("GET /events", {}, { topics: topics.join(","), account, session });
  return url + handsets.map((number) => `&handset=${encodeURIComponent(number)}`).join("");
}

/** Something that a press sets off: whether it is under way, and what went wrong. */
export function useAction<Words extends unknown[]>(
  work: (...words: Words) => Promise<unknown>,
): { run: (...words: Words) => Promise<boolean>; busy: boolean; error: unknown; clear: () => void } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (...words: Words): Promise<boolean> => {
    setBusy(true);
    setError(undefined);
    try {
      await work(...words);
      return true;
    } catch (reason) {
      setError(reason);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, error, clear: () => setError(undefined) };
}
