// Search by any number, SID or unique name.

import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useGet } from "../api/hooks";
import type { Hit, HitKind } from "../api/types";
import { go, Link, useQuery } from "../router";
import { useViewer } from "../session";
import {
  Button,
  EmptyState,
  ErrorNote,
  Foreign,
  Icon,
  type IconName,
  Loading,
  PageHead,
  Panel,
  Sid,
  Status,
  Time,
} from "../ui";

const ICONS: Record<HitKind, IconName> = {
  session: "sessions",
  participant: "users",
  interaction: "message",
  message: "message",
  call: "call",
  webhook: "webhook",
  alert: "alert",
  number: "pool",
  service: "switch",
};

const TAKEN = { number: "a phone number", sid: "a SID", name: "a unique name" } as const;

export default function SearchPage(): JSX.Element {
  const { account } = useViewer();
  const [query] = useQuery();
  const words = query.get("q") ?? "";
  const { data, error, again } = useGet("GET /search", words ? { query: { account, q: words } } : null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!words) field.current?.focus();
  }, []);
  return (
    <>
      <PageHead title="Search" lead="By any number, SID or unique name." />
      <form
        class="search-form"
        role="search"
        aria-label="Everything"
        onSubmit={(event) => {
          event.preventDefault();
          const next = field.current?.value.trim() ?? "";
          go(next ? `/search?q=${encodeURIComponent(next)}` : "/search");
        }}
      >
        <input
          key={words}
          ref={field}
          class="input"
          type="search"
          aria-label="What to search for"
          defaultValue={words}
          placeholder="+14155550142, KC…, SM…, parcel-1"
          autocomplete="off"
          spellcheck={false}
        />
        <Button kind="primary" type="submit" icon="search">
          Search
        </Button>
      </form>
      {!words ? (
        <EmptyState icon="search" title="“My text never arrived”">
          Ask for the customer’s number, or take the SID from your program’s log. The session’s timeline then
          shows where the text went.
        </EmptyState>
      ) : error ? (
        <ErrorNote error={error} again={again} />
      ) : !data ? (
        <Loading what="Searching" />
      ) : data.hits.length === 0 ? (
        <EmptyState icon="search" title="Nothing was found">
          It was taken for {TAKEN[data.understood]}. A number is best written with its country code, such as
          +14155550142; names must be written whole.
        </EmptyState>
      ) : (
        <Panel title={`Taken for ${TAKEN[data.understood]}`} flush>
          <ul class="hits">
            {data.hits.map((hit) => (
              <li key={`${hit.kind} ${hit.sid}`}>
                <HitRow hit={hit} />
              </li>
            ))}
          </ul>
          {data.more && <p class="pager quiet small">There is more than is shown here.</p>}
        </Panel>
      )}
    </>
  );
}

function HitRow({ hit }: { hit: Hit }): JSX.Element {
  return (
    <div class="hit">
      <span class="hit-icon">
        <Icon name={ICONS[hit.kind]} />
      </span>
      <div class="hit-words">
        <p class="row">
          {hit.session_sid ? (
            <Link to={`/sessions/${hit.session_sid}`} class="strong">
              <Foreign text={hit.title} />
            </Link>
          ) : (
            <span class="strong">
              <Foreign text={hit.title} />
            </span>
          )}
          {hit.status && <Status of={hit.status} />}
        </p>
        <p class="small quiet">
          {hit.kind}
          {hit.detail && (
            <>
              {" · "}
              <Foreign text={hit.detail} />
            </>
          )}
        </p>
      </div>
      <span class="hit-end small quiet">
        {hit.at !== null && <Time at={hit.at} />}
        <Sid of={hit.sid} />
      </span>
    </div>
  );
}
