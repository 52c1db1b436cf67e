// Parameters and headers of a request.

import type { JSX } from "preact";
import type { Pair } from "../api/types";
import { Foreign } from "./basics";

export function Pairs({ title, pairs }: { title: string; pairs: readonly Pair[] }): JSX.Element | null {
  if (pairs.length === 0) return null;
  return (
    <section class="stack stack-tight">
      <h3>{title}</h3>
      <dl class="pairs">
        {pairs.map((pair, at) => (
          <div key={at}>
            <dt class="mono">
              <Foreign text={pair.name} />
            </dt>
            <dd class="mono">
              <Foreign text={pair.value} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
