// What reviewers look for, beside the form.

import type { JSX } from "preact";
import { Icon, Panel } from "../../ui";

const TIPS: readonly (readonly [string, string])[] = [
  ["One business", "Name, website, e-mail and address are those of the business that people deal with, not of whoever runs the software."],
  ["A yes that can be seen", "The picture shows the box, not ticked beforehand, and that it is about text messages."],
  ["One story", "What it is for, the sample and the place where people agree tell of the same messages."],
  ["Ways out", "The sample says how to stop. STOP is answered by the network on toll-free numbers, HELP by Maskline."],
  ["Open doors", "Pages and pictures open without a sign-in."],
];

export function Tips(): JSX.Element {
  return (
    <aside class="tips">
      <Panel title="What reviewers look for">
        <ul class="stack">
          {TIPS.map(([title, words]) => (
            <li key={title} class="tip">
              <span class="ink-good">
                <Icon name="check" size={16} />
              </span>
              <div>
                <p class="strong">{title}</p>
                <p class="small quiet">{words}</p>
              </div>
            </li>
          ))}
        </ul>
      </Panel>
    </aside>
  );
}
