// Server-sent events that go on over lost connections and restarts of the server.
//
// Why not EventSource: it gives up for good on any answer but 200 (a proxy's 502 while the server
// restarts), tells nobody why, and forgets the last id with it. This reads the same stream with
// fetch, sends the same Last-Event-ID, and backs off.

export interface ServerEvent {
  id: string;
  event: string;
  data: string;
}

/** live: open. waiting: lost, and tried again soon. refused: signed out, or no right. closed: ended. */
export type StreamState = "connecting" | "live" | "waiting" | "refused" | "closed";

/** Takes a stream's text in pieces of any size, and gives whole events. */
export class EventParser {
  /** The id that a reader names when it comes back. */
  lastId = "";
  /** How long the server asks to wait before coming back, in ms. */
  retry: number | undefined;
  private rest = "";
  private data: string[] = [];
  private event = "";

  push(piece: string): ServerEvent[] {
    const text = this.rest + piece;
    // A CR at the very end may be the first half of CRLF.
    const end = text.endsWith("\r") ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + text.slice(end);
    return lines.flatMap((line) => this.take(line));
  }

  /** A connection that broke within an event leaves no half of it behind. */
  reset(): void {
    this.rest = "";
    this.data = [];
    this.event = "";
  }

  private take(line: string): ServerEvent[] {
    if (line === "") {
      const { data, event } = this;
      this.data = [];
      this.event = "";
      if (data.length === 0) return [];
      return [{ id: this.lastId, event: event || "message", data: data.join("\n") }];
    }
    const colon = line.indexOf(":");
    if (colon === 0) return [];
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.event = value;
    else if (field === "id" && !value.includes("\0")) this.lastId = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return [];
  }
}

export interface StreamOptions {
  onEvent: (event: ServerEvent) => void;
  onState?: (state: StreamState) => void;
  /** The id to begin after; without one, what happens from now on. */
  after?: string;
  fetch?: typeof fetch;
  /** Seams for tests: the page, how to wait, in ms, and how to draw a number from 0 to 1. */
  page?: Page;
  wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  random?: () => number;
}

/** What is needed of the document: whether somebody sees it. */
export type Page = Pick<Document, "hidden" | "addEventListener" | "removeEventListener">;

/** A page that nobody has seen for so long gives its connection back: over HTTP/1.1 a browser has
 * six of them for one server, in all its tabs. What it missed follows when it is seen again. */
const UNSEEN = 10_000;
const SHORTEST = 500;
const LONGEST = 15_000;
/** The server says something every 15 s. A line that is silent for three times that is dead. */
const SILENCE = 45_000;

/** Reads `url` until `close`. */
export class EventStream {
  private readonly closing = new AbortController();
  private readonly parser = new EventParser();
  private readonly page: Page | undefined;
  private nudge: (() => void) | undefined;
  /** Ends the connection that is open. */
  private hangUp: (() => void) | undefined;
  /** Ends the time that a page may be unseen. */
  private seen: (() => void) | undefined;
  private attempt = 0;

  constructor(
    private readonly url: string,
    private readonly options: StreamOptions,
  ) {
    this.parser.lastId = options.after ?? "";
    this.page = options.page ?? globalThis.document;
    globalThis.addEventListener?.("online", this.hurry);
    this.page?.addEventListener("visibilitychange", this.look);
    void this.run();
  }

  close(): void {
    globalThis.removeEventListener?.("online", this.hurry);
    this.page?.removeEventListener("visibilitychange", this.look);
    this.seen?.();
    this.closing.abort();
    this.options.onState?.("closed");
  }

  /** Tries again now instead of when the wait is over. */
  readonly hurry = (): void => this.nudge?.();

  private readonly look = (): void => {
    if (!this.page?.hidden) {
      this.seen?.();
      this.hurry();
    } else if (!this.seen) void this.leave();
  };

  private async leave(): Promise<void> {
    const back = new AbortController();
    this.seen = () => back.abort();
    await (this.options.wait ?? sleep)(UNSEEN, back.signal);
    this.seen = undefined;
    if (!back.signal.aborted) this.hangUp?.();
  }

  /** Until somebody sees the page. */
  private visible(signal: AbortSignal): Promise<void> {
    const { page } = this;
    if (!page?.hidden) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (page.hidden && !signal.aborted) return;
        page.removeEventListener("visibilitychange", look);
        signal.removeEventListener("abort", look);
        resolve();
      };
      page.addEventListener("visibilitychange", look);
      signal.addEventListener("abort", look);
    });
  }

  private async run(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.visible(signal);
      if (signal.aborted) return;
      this.say(this.attempt === 0 ? "connecting" : "waiting");
      const status = await this.listen(signal);
      if (signal.aborted) return;
      if (status === 401 || status === 403 || status === 404) {
        this.say("refused");
        return;
      }
      this.say("waiting");
      await this.pause(signal);
      this.attempt += 1;
    }
  }

  /** One connection. Returns the status it was refused with, or 0 when it was open and ended. */
  private async listen(signal: AbortSignal): Promise<number> {
    const connection = new AbortController();
    const end = (): void => connection.abort();
    this.hangUp = end;
    signal.addEventListener("abort", end);
    let watch = setTimeout(end, SILENCE);
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (this.parser.lastId) headers["Last-Event-ID"] = this.parser.lastId;
      const ask = this.options.fetch ?? fetch;
      const answer = await ask(this.url, {
        headers,
        cache: "no-store",
        credentials: "same-origin",
        signal: connection.signal,
      });
      if (!answer.ok || !answer.body) return answer.status;
      this.say("live");
      this.parser.reset();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) return 0;
        clearTimeout(watch);
        watch = setTimeout(end, SILENCE);
        this.attempt = 0;
        for (const event of this.parser.push(value)) this.options.onEvent(event);
      }
    } catch {
      return 0;
    } finally {
      clearTimeout(watch);
      signal.removeEventListener("abort", end);
      connection.abort();
    }
  }

  private async pause(signal: AbortSignal): Promise<void> {
    const least = Math.max(SHORTEST, Math.min(this.parser.retry ?? 0, LONGEST));
    const most = Math.min(LONGEST, least * 2 ** Math.min(this.attempt, 8));
    // Everybody was thrown off at the same moment: they must not all come back at one.
    const ms = most * (0.5 + (this.options.random ?? Math.random)() / 2);
    const wait = this.options.wait ?? sleep;
    const hurried = new AbortController();
    const stop = (): void => hurried.abort();
    this.nudge = stop;
    signal.addEventListener("abort", stop);
    await wait(ms, hurried.signal);
    signal.removeEventListener("abort", stop);
    this.nudge = undefined;
  }

  private say(state: StreamState): void {
    if (!this.closing.signal.aborted) this.options.onState?.(state);
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
