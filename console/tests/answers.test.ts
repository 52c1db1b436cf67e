import assert from "node:assert/strict";
import { test } from "node:test";
import type { KindAnswers } from "../src/api/types";
import { differences, wordsIn } from "../src/model/answers";

const STOPPED = "You get no more messages.";
const ENDE = "Es kommt nichts mehr.";
const OUT: KindAnswers = {
  kind: "opt-out",
  words: ["STOP", "END"],
  message: STOPPED,
  all: [
    { message: STOPPED, words: ["STOP", "END"] },
    { message: ENDE, words: ["HALT"] },
  ],
};

test("words are typed with blanks, commas or lines between", () => {
  assert.deepEqual(wordsIn(" STOP, END;QUIT\n REVOKE "), ["STOP", "END", "QUIT", "REVOKE"]);
  assert.deepEqual(wordsIn(" , "), []);
});

test("what is sent is no difference, whatever the white space and case", () => {
  const none = { unknown: [], sent: [] };
  assert.deepEqual(differences(OUT, ["STOP", "end"], ` ${STOPPED.replace(" ", "\n")} `), none);
  assert.deepEqual(differences(OUT, ["HALT"], ENDE), none);
  // A message that is left out is none, and so is a word where carriers try one by themselves.
  assert.deepEqual(differences(OUT, ["STOP"], " "), none);
  assert.deepEqual(differences(OUT, [], STOPPED), none);
});

test("words that are not taken and answers that are others are told", () => {
  assert.deepEqual(differences(OUT, ["STOP", "LEAVE"], STOPPED), { unknown: ["LEAVE"], sent: [] });
  assert.deepEqual(differences(OUT, ["STOP", "END", "HALT"], "Bye."), {
    unknown: [],
    sent: [
      { message: STOPPED, words: ["STOP", "END"] },
      { message: ENDE, words: ["HALT"] },
    ],
  });
  assert.deepEqual(differences(OUT, ["STOP", "HALT"], STOPPED).sent, [{ message: ENDE, words: ["HALT"] }]);
});

test("without a word, only what carriers try by themselves is looked at", () => {
  assert.deepEqual(differences({ ...OUT, all: [] }, [], STOPPED).unknown, ["STOP"]);
  assert.deepEqual(differences({ ...OUT, kind: "help", all: [] }, [], STOPPED).unknown, ["HELP"]);
  assert.deepEqual(differences({ ...OUT, kind: "opt-in" }, [], "Welcome."), { unknown: [], sent: [] });
});
