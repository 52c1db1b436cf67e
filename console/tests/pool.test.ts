import assert from "node:assert/strict";
import { test } from "node:test";
import { abilities, cellOf, layout, ordered, shadeOf, shades, step } from "../src/model/pool";
import { byLabel, byOutcome, labels, MESSAGES, total } from "../src/model/traffic";

test("shades tell few sessions apart, and widen towards many", () => {
  assert.deepEqual(shades(0), [
    [0, 0],
    [1, 1],
  ]);
  assert.deepEqual(shades(3), [
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
  for (const highest of [6, 7, 20, 76, 5000, 1_000_000]) {
    const ranges = shades(highest);
    assert.equal(ranges.length, 6);
    assert.equal(ranges.at(-1)?.[1], highest);
    ranges.forEach(([from, to], at) => {
      assert.ok(from <= to);
      if (at > 0) assert.equal(from, (ranges[at - 1]?.[1] ?? 0) + 1);
    });
    assert.equal(shadeOf(0, ranges), 0);
    assert.equal(shadeOf(1, ranges), 1);
    assert.equal(shadeOf(highest, ranges), 5);
    // More has come meanwhile than when the scale was made.
    assert.equal(shadeOf(highest + 9, ranges), 5);
  }
});

test("thousands of squares fit on a screen, and one at least in a row", () => {
  const { size, across } = layout(5500, 1100);
  assert.ok((Math.ceil(5500 / across) * size) < 800);
  assert.equal(layout(3, 0).across, 1);
});

test("keys walk through rows and stop at the ends", () => {
  assert.equal(step("ArrowRight", 4, 10, 4), 5);
  assert.equal(step("ArrowDown", 4, 10, 4), 8);
  assert.equal(step("ArrowDown", 8, 10, 4), 9);
  assert.equal(step("ArrowUp", 2, 10, 4), 0);
  assert.equal(step("End", 0, 10, 4), 9);
  assert.equal(step("Home", 7, 10, 4), 0);
  assert.equal(step("x", 7, 10, 4), null);
});

test("numbers are put in order", () => {
  const cells = [
    cellOf(["PN1", "+2", 5, 3, 0, "US 212"]),
    cellOf(["PN2", "+1", 0, 8, 1, "US 415"]),
    cellOf(["PN3", "+3", 9, 0, 0, "US 212"]),
  ];
  const sids = (order: "number" | "use" | "area"): string[] => ordered(cells, order).map((one) => one.sid);
  assert.deepEqual(sids("number"), ["PN2", "PN1", "PN3"]);
  assert.deepEqual(sids("use"), ["PN3", "PN1", "PN2"]);
  assert.deepEqual(sids("area"), ["PN1", "PN3", "PN2"]);
  assert.deepEqual(
    cells.map((one) => abilities(one.capabilities)),
    ["voice, SMS", "fax", "nothing"],
  );
  assert.equal(cells[1]?.reserved, true);
});

test("lines are put together by how it went, and by whose they are", () => {
  const lines = [
    { label: "a", outcome: "delivered", values: [1, 2] },
    { label: "b", outcome: "delivered", values: [10, 0] },
    { label: "b", outcome: "failed", values: [0, 3] },
    { label: "b", outcome: "odd", values: [0, 1] },
  ];
  const all = byOutcome(lines, MESSAGES, 2);
  assert.deepEqual(
    all.map((one) => [one.name, one.values]),
    [
      ["delivered", [11, 2]],
      ["failed", [0, 3]],
      ["odd", [0, 1]],
    ],
  );
  assert.equal(total(all), 17);
  assert.deepEqual(byOutcome(lines, MESSAGES, 2, "a", false).map((one) => one.values), [[1, 2]]);
  assert.deepEqual(byOutcome([], MESSAGES, 2).map((one) => one.values), [[0, 0]]);
  assert.deepEqual(byLabel(lines, 2).map((one) => one.values), [
    [1, 2],
    [10, 4],
  ]);
  assert.deepEqual(labels(lines, []), ["a", "b"]);
});
