import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser, EventStream, type ServerEvent, type StreamState } from "../src/api/events";

test("a stream cut anywhere gives the same events", () => {
  const text =
    ": hello\nretry: 700\n\nid: 1\ndata: {\"a\":1}\n\nid: 2\r\nevent: other\r\ndata: one\r\ndata: two\r\n\r\nid: 3\rdata:x\r\r";
  const whole = new EventParser().push(text + "\n");
  assert.deepEqual(whole, [
    { id: "1", event: "message", data: '{"a":1}' },
    { id: "2", event: "other", data: "one\ntwo" },
    { id: "3", event: "message", data: "x" },
  ]);
  for (let size = 1; size < text.length; size++) {
    const parser = new EventParser();
    const events: ServerEvent[] = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
    events.push(...parser.push("\n"));
    assert.deepEqual(events, whole, `in pieces of ${size}`);
    assert.equal(parser.retry, 700);
  }
});

test("an event that a lost connection cut in two is dropped, and its id does not count twice", () => {
  const parser = new EventParser();
  assert.equal(parser.push("id: 7\ndata: whole\n\ndata: ha").length, 1);
  parser.reset();
  assert.deepEqual(parser.push("data: next\n\n"), [{ id: "7", event: "message", data: "next" }]);
});

/** A server that gives each connection the next answer of a list. */
class Script {
  readonly asked: (string | null)[] = [];
  readonly events: string[] = [];
  readonly states: StreamState[] = [];
  readonly waits: number[] = [];

  constructor(private readonly answers: (() => Response)[]) {}

  run(): Promise<void> {
    return new Promise((done) => {
      const stream = new EventStream("/events", {
        onEvent: (event) => this.events.push(event.data),
        onState: (state) => {
          this.states.push(state);
          if (state === "refused") done();
        },
        fetch: async (_, init) => {
          this.asked.push(new Headers(init?.headers).get("Last-Event-ID"));
          const next = this.answers.shift();
          if (next) return next();
          stream.close();
          done();
          return new Response(null, { status: 204 });
        },
        wait: async (ms) => void this.waits.push(ms),
        random: () => 1,
      });
    });
  }
}

const open = (text: string): (() => Response) => () => new Response(text);
const status = (code: number): (() => Response) => () => new Response("", { status: code });
const unreachable = (): Response => {
  throw new TypeError("fetch failed");
};

test("it comes back after the last id, through a restart and a proxy's 502", async () => {
  const script = new Script([
    open("id: 5\ndata: a\n\n"),
    unreachable,
    status(502),
    open("data: b\n\nid: 9\ndata: c\n\n"),
    open(""),
  ]);
  await script.run();
  assert.deepEqual(script.asked, [null, "5", "5", "5", "9", "9"]);
  assert.deepEqual(script.events, ["a", "b", "c"]);
});

test("it waits longer each time, and as short as at first once something came", async () => {
  const script = new Script([
    ...Array.from({ length: 8 }, () => unreachable),
    open("retry: 100\ndata: a\n\n"),
    unreachable,
  ]);
  await script.run();
  assert.deepEqual(script.waits, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000, 500, 1000]);
});

test("a page that nobody sees gives its connection back, and catches up when it is seen", async () => {
  const page = Object.assign(new EventTarget(), { hidden: false });
  const show = (seen: boolean): void => {
    page.hidden = !seen;
    page.dispatchEvent(new Event("visibilitychange"));
  };
  const asked: (string | null)[] = [];
  const waits: number[] = [];
  let connected = (): void => {};
  const next = (): Promise<void> => new Promise((resolve) => (connected = resolve));
  const first = next();
  const stream = new EventStream("/events", {
    page: page as unknown as Document,
    onEvent: () => {},
    fetch: async (_, init) => {
      asked.push(new Headers(init?.headers).get("Last-Event-ID"));
      const body = new ReadableStream<Uint8Array>({
        start(control) {
          control.enqueue(new TextEncoder().encode(`id: ${asked.length}\ndata: x\n\n`));
          init?.signal?.addEventListener("abort", () => control.error(new Error("ended")));
          setTimeout(connected);
        },
      });
      return new Response(body);
    },
    wait: async (ms) => void waits.push(ms),
  });
  await first;
  show(false);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(asked, [null]);
  assert.equal(waits[0], 10_000);
  const second = next();
  show(true);
  await second;
  assert.deepEqual(asked, [null, "1"]);
  stream.close();
});

test("it gives up, and says so, where it is not let in", async () => {
  const script = new Script([open("data: a\n\n"), status(401)]);
  await script.run();
  assert.equal(script.states.at(-1), "refused");
  assert.equal(script.asked.length, 2);
});
