// What a campaign says of opting in, opting out and asking for help, beside what its Messaging Service
// answers: as the server compares them.

import type { KindAnswers, SaidAnswer } from "../api/types";

/** Words as people type them, with blanks, commas or lines between. */
export function wordsIn(text: string): string[] {
  return text.split(/[\s,;]+/).filter(Boolean);
}

/** What carriers try where a campaign names no word. */
const TRIED: Readonly<Record<KindAnswers["kind"], readonly string[]>> = {
  "opt-out": ["STOP"],
  "opt-in": [],
  help: ["HELP"],
};

export interface Difference {
  /** Words that are not taken for this kind. */
  unknown: string[];
  /** Answers to the others that are not the one that is registered. */
  sent: SaidAnswer[];
}

/** How what is sent differs from what would be registered; an empty message registers none. */
export function differences(of: KindAnswers, words: readonly string[], message: string): Difference {
  const found: Difference = { unknown: [], sent: [] };
  for (const word of words.length ? words : TRIED[of.kind]) {
    const plain = word.normalize("NFKC").toUpperCase();
    const said = of.all.find((one) => one.words.includes(plain));
    if (!said) found.unknown.push(word);
    else if (message.trim() && tidy(said.message) !== tidy(message)) {
      const before = found.sent.find((one) => one.message === said.message);
      if (before) before.words.push(word);
      else found.sent.push({ message: said.message, words: [word] });
    }
  }
  return found;
}

function tidy(text: string): string {
  return text.split(/\s+/).filter(Boolean).join(" ");
}
