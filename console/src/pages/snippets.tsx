// A request to the API, and the lines of code that send it.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useGet } from "../api/hooks";
import type { RequestRow } from "../api/types";
import { Badge, CodeBlock, ErrorNote, Facts, Foreign, Loading, Pairs, Sid, Tabs, Time, type Tone } from "../ui";

const LANGUAGES: Record<string, string> = { python: "Python", node: "Node.js", curl: "curl" };
const KEPT = "maskline-language";

export function toneOf(status: number): Tone {
  return status < 400 ? "good" : status < 500 ? "warn" : "bad";
}

/** Who sent it: a program, by the account's token or a key, or somebody in this console. */
export function callerOf(row: RequestRow): string {
  if (row.caller.startsWith("console:")) return `${row.caller.slice(8)}, by hand`;
  return row.caller ? "with an API key" : "with the account’s token";
}

export function RequestView({ sid }: { sid: string }): JSX.Element {
  const { data, error, again } = useGet("GET /requests/{sid}", { path: { sid } });
  const [language, setLanguage] = useState(() => localStorage.getItem(KEPT) ?? "python");
  const now = data?.snippets.find((one) => one.language === language) ?? data?.snippets[0];
  if (error) return <ErrorNote error={error} again={again} />;
  if (!data || !now) return <Loading />;
  const { request } = data;
  const byHand = request.caller.startsWith("console:");
  return (
    <div class="stack">
      <section class="stack stack-tight" aria-label="As code">
        <Tabs
          label="Language"
          now={now.language}
          choose={(id) => {
            localStorage.setItem(KEPT, id);
            setLanguage(id);
          }}
          tabs={data.snippets.map((one) => ({ id: one.language, label: LANGUAGES[one.language] ?? one.language }))}
        />
        <CodeBlock text={now.code} label={`${LANGUAGES[now.language] ?? now.language} lines`} />
        {data.redacted && (
          <p class="small quiet">
            Numbers are masked and texts hidden here: put the real ones in their place.
          </p>
        )}
      </section>
      <Facts
        of={[
          ["Request", <Foreign text={`${request.method} ${request.path}`} class="mono" />],
          [
            "Answer",
            byHand ? (
              "done by hand"
            ) : (
              <span class="row">
                <Badge tone={toneOf(request.status)}>{request.status}</Badge>
                {request.code !== null && <span class="mono">{request.code}</span>}
                {request.code_text && <Foreign text={request.code_text} />}
                <span class="quiet number">after {request.ms.toFixed(1)} ms</span>
              </span>
            ),
          ],
          ["When", <Time at={request.at} />],
          ["By", <Foreign text={callerOf(request)} />],
          ["Request ID", <Sid of={request.sid} whole />],
        ]}
      />
      <Pairs title="Parameters" pairs={data.params} />
    </div>
  );
}
