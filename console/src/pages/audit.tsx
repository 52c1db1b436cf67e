// Every sign-in, reveal and change that a user made.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useGet } from "../api/hooks";
import type { AuditEntry } from "../api/types";
import {
  Badge,
  type Column,
  EmptyState,
  ErrorNote,
  Foreign,
  Loading,
  PageHead,
  Pager,
  Panel,
  Sid,
  Table,
  Time,
  type Tone,
} from "../ui";

const TONES: Record<string, Tone> = { reveal: "warn", "sign-in-failed": "bad" };

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: "When", cell: (row) => <Time at={row.at} /> },
  { title: "Who", cell: (row) => <Foreign text={row.user_name} /> },
  { title: "What", cell: (row) => <Badge tone={TONES[row.what] ?? "plain"}>{row.what}</Badge> },
  { title: "To", cell: (row) => (row.subject ? <Sid of={row.subject} /> : <span class="quiet">–</span>) },
  { title: "Detail", wide: true, cell: (row) => <Foreign text={row.detail} /> },
  { title: "From", cell: (row) => <span class="mono small">{row.address}</span> },
];

export default function AuditPage(): JSX.Element {
  // The pages that were gone through, so that one can go back: the server names only the next.
  const [trail, setTrail] = useState<string[]>([]);
  const { data, error, again } = useGet("GET /audit", { query: { after: trail.at(-1), size: 50 } });
  return (
    <>
      <PageHead title="Audit log" lead="Every sign-in, every number revealed, every change made in this console." />
      <Panel flush>
        {error ? (
          <ErrorNote error={error} again={again} />
        ) : !data ? (
          <Loading />
        ) : data.entries.length === 0 ? (
          <EmptyState icon="audit" title="Nothing was done yet" />
        ) : (
          <>
            <Table caption="What users did, newest first" columns={COLUMNS} rows={data.entries} keyOf={(row) => row.sid} />
            <Pager
              newer={trail.length > 0 ? () => setTrail(trail.slice(0, -1)) : null}
              older={data.next ? () => setTrail([...trail, data.next ?? ""]) : null}
            />
          </>
        )}
      </Panel>
    </>
  );
}
