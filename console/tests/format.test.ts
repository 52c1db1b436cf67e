import assert from "node:assert/strict";
import { test } from "node:test";
import { ago, callLength, grouped, shortSid, span } from "../src/ui/format";
import { niceTop } from "../src/ui/scale";

test("numbers stand in groups, and what is masked or short stays as it is", () => {
  const cases: [string, string][] = [
    ["+14155550142", "+1 415 555 0142"],
    ["+1415555", "+1 415 555"],
    ["+1", "+1"],
    ["+447700900123", "+447 700 900 123"],
    ["+1415555XXXX", "+1 415 555 XXXX"],
    ["12345", "12345"],
    ["", ""],
  ];
  for (const [given, wanted] of cases) assert.equal(grouped(given), wanted);
});

test("a call's length is as a phone shows it", () => {
  assert.deepEqual([0, 7, 59.9, 760, 3723, -1].map(callLength), ["0:00", "0:07", "0:59", "12:40", "1:02:03", "0:00"]);
});

test("spans are in the unit that tells most", () => {
  const cases: [number, string][] = [
    [0, "0 ms"],
    [3.6, "4 ms"],
    [1300, "1.3 s"],
    [42_000, "42 s"],
    [60_000, "1 min"],
    [125_000, "2 min 5 s"],
    [12_000_000, "3 h 20 min"],
    [9 * 86_400_000, "9 d"],
  ];
  for (const [ms, words] of cases) assert.equal(span(ms), words);
});

test("how long ago, and how soon", () => {
  const now = new Date(1_800_000_000_000);
  const at = (ms: number): string => ago(new Date(now.getTime() + ms), now);
  assert.equal(at(-3000), "just now");
  assert.equal(at(-180_000), "3 minutes ago");
  assert.equal(at(7_200_000), "in 2 hours");
});

test("a SID is told by its ends", () => {
  assert.equal(shortSid("KC01a1fe364f940001739bf9a76bc772c2"), "KC01…72c2");
  assert.equal(shortSid("short"), "short");
});

test("a scale ends at a round number", () => {
  assert.deepEqual([1, 3, 5, 7, 11, 99, 200, 201].map(niceTop), [1, 5, 5, 10, 20, 100, 200, 500]);
});
