// What was just done by hand, as the lines of code that do the same.

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useGet } from "../api/hooks";
import type { RequestRow } from "../api/types";
import { Link, useQuery } from "../router";
import { useViewer } from "../session";
import { EmptyState, ErrorNote, Foreign, Loading, PageHead, Panel, Tabs, Time } from "../ui";
import { RequestView } from "./snippets";

const EVERY = 5000;
const SIZE = 20;

export default function CodePage(): JSX.Element {
  const { account } = useViewer();
  const [query, change] = useQuery();
  const by = query.get("by") === "program" ? "program" : "console";
  const { data, error, again } = useGet("GET /requests", { query: { account, by, size: SIZE } });
  const [chosen, setChosen] = useState<string>();
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && again(), EVERY);
    return () => clearInterval(timer);
  }, [again]);
  const rows = data?.requests ?? [];
  const now = rows.find((one) => one.sid === chosen) ?? rows[0];
  return (
    <>
      <PageHead
        title="As code"
        lead="Do something in the console, then see it here as your program would write it: in Python, in Node.js, and with curl."
        actions={
          <Tabs
            label="Whose actions"
            now={by}
            choose={(id) => {
              setChosen(undefined);
              change({ by: id === "console" ? undefined : id });
            }}
            tabs={[
              { id: "console", label: "By hand" },
              { id: "program", label: "By programs" },
            ]}
          />
        }
      />
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data && !now && (
        <Panel flush>
          <EmptyState icon="code" title={by === "console" ? "Nothing was done by hand yet" : "No requests yet"}>
            {by === "console" ? (
              <>
                Close or extend a <Link to="/sessions">session</Link>, send a message from it, or add an{" "}
                <Link to="/opt-outs">opt-out</Link>.
              </>
            ) : (
              "Each request of your program stands here a moment after it was answered."
            )}
          </EmptyState>
        </Panel>
      )}
      {data && now && (
        <div class="deeds">
          <Panel flush title={by === "console" ? "What was done" : "What was asked"}>
            <ul class="deed-list">
              {rows.map((row) => (
                <li key={row.sid}>
                  <button
                    type="button"
                    class="deed"
                    aria-pressed={row.sid === now.sid}
                    onClick={() => setChosen(row.sid)}
                  >
                    <span class="strong">{words(row)}</span>
                    <span class="small quiet">
                      <Time at={row.at} relative />
                      {row.caller.startsWith("console:") && (
                        <>
                          {" "}
                          by <Foreign text={row.caller.slice(8)} />
                        </>
                      )}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          </Panel>
          <Panel title="The same as code">
            <RequestView key={now.sid} sid={now.sid} />
          </Panel>
        </div>
      )}
    </>
  );
}

const NOUNS: Record<string, string> = {
  MessageInteractions: "message",
  OptOuts: "opt-out",
  ShortCodes: "short code",
  PhoneNumbers: "number",
  IncomingPhoneNumbers: "number",
  Keys: "API key",
  Jobs: "job",
  Services: "Service",
};

/** A request in words: "Create a session", "List interactions". */
function words(row: RequestRow): string {
  const parts = (row.path.split("?")[0] ?? "").replace(/\.json$/, "").split("/");
  const isOne = /^[A-Z]{2}[0-9a-f]{32}$/.test(parts.at(-1) ?? "");
  const list = parts.at(isOne ? -2 : -1) ?? "";
  const noun = NOUNS[list] ?? list.replace(/s$/, "").toLowerCase();
  const article = /^[aeiou]/i.test(noun) ? "an" : "a";
  if (row.method === "DELETE") return `Delete ${article} ${noun}`;
  if (row.method === "GET") return isOne ? `Fetch ${article} ${noun}` : `List ${noun}s`;
  if (list === "Jobs") return "Act on a job";
  return `${isOne ? "Update" : list === "MessageInteractions" ? "Send" : "Create"} ${article} ${noun}`;
}
