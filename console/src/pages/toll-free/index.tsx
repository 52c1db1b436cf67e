// Toll-free numbers: which may send, which wait, and which nobody was told of yet.

import type { JSX } from "preact";
import { useEvery, useGet } from "../../api/hooks";
import type { TollFreePage, UnverifiedNumber, VerificationRow } from "../../api/types";
import { Link, useQuery } from "../../router";
import { useViewer } from "../../session";
import {
  Choice,
  type Column,
  count,
  EmptyState,
  ErrorNote,
  Filters,
  Foreign,
  Icon,
  Loading,
  NumberText,
  PageHead,
  Pager,
  Panel,
  plural,
  Table,
  Time,
} from "../../ui";
import { State } from "../a2p/words";
import { Reasons, Until } from "./reasons";

/** Ms between two looks at what became of them. */
const EVERY = 15_000;

const STATES: readonly (readonly [string, string])[] = [
  ["", "Any"],
  ["PENDING_REVIEW", "Pending"],
  ["IN_REVIEW", "In review"],
  ["TWILIO_APPROVED", "Approved"],
  ["TWILIO_REJECTED", "Rejected"],
];

export default function TollFreeListPage(): JSX.Element {
  const { account } = useViewer();
  const [query, change] = useQuery();
  const status = query.get("status") ?? "";
  const after = query.get("after") ?? undefined;
  const before = query.get("before") ?? undefined;
  const { data, error, again } = useGet("GET /toll-free", { query: { account, status, after, before } });
  useEvery(EVERY, again);
  return (
    <>
      <PageHead
        title="Toll-free verification"
        lead="Toll-free numbers need no campaign: each is verified by itself, before carriers in the United States and Canada take its messages."
        actions={
          data?.may_change &&
          data.unverified.length > 0 && (
            <Link to="/toll-free/new" class="button button-primary">
              <Icon name="plus" />
              Verify a number
            </Link>
          )
        }
      />
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data && <Unverified of={data} />}
      {data && (
        <Panel flush title="Verifications">
          {(status || data.verifications.length > 0) && (
            <Filters clear={status ? () => change({ status: undefined, after: undefined, before: undefined }) : undefined}>
              <Choice
                label="State"
                value={status}
                options={STATES}
                change={(value) => change({ status: value, after: undefined, before: undefined })}
              />
            </Filters>
          )}
          <Verifications of={data} narrowed={Boolean(status)} />
          <Pager
            newer={data.before ? () => change({ before: data.before ?? undefined, after: undefined }) : null}
            older={data.after ? () => change({ after: data.after ?? undefined, before: undefined }) : null}
          />
        </Panel>
      )}
    </>
  );
}

function Unverified({ of }: { of: TollFreePage }): JSX.Element | null {
  if (of.unverified.length === 0) return null;
  const masked = of.unverified.filter((one) => one.service_sid !== null).length;
  const columns: Column<UnverifiedNumber>[] = [
    { title: "Number", cell: (row) => <NumberText text={row.number} proxy /> },
    {
      title: "Pool",
      wide: true,
      cell: (row) =>
        row.service_sid ? (
          <Link to={`/pools/${row.service_sid}`}>
            <Foreign text={row.service_name ?? row.service_sid} />
          </Link>
        ) : (
          <span class="quiet">in none</span>
        ),
    },
  ];
  if (of.may_change)
    columns.push({
      title: "Do",
      end: true,
      cell: (row) => (
        <Link to={`/toll-free/new?number=${row.sid}`} class="button button-small">
          Verify it<span class="unseen">: {row.number}</span>
        </Link>
      ),
    });
  return (
    <Panel flush title="Without a verification">
      <div class={`note ${masked ? "note-bad" : "note-warn"}`} role={masked ? "alert" : undefined}>
        <Icon name="alert" />
        <div>
          <p class="strong">
            {masked
              ? `${count(masked)} masked ${masked === 1 ? "number" : "numbers"}: what people write from behind ${masked === 1 ? "it" : "them"} does not arrive`
              : "What these numbers send does not arrive"}
          </p>
          <p class="small">
            Carriers in the United States and Canada refuse messages of a toll-free number with 30032 until it is
            verified. Calls are not concerned. A review often takes one to three weeks.
          </p>
        </div>
      </div>
      <Table
        caption="Toll-free numbers without a verification, those in pools first"
        columns={columns}
        rows={of.unverified}
        keyOf={(row) => row.sid}
        foot={of.more_unverified && <p class="small quiet table-foot">And more: they stand here once these are done.</p>}
      />
    </Panel>
  );
}

function Verifications({ of, narrowed }: { of: TollFreePage; narrowed: boolean }): JSX.Element {
  if (of.verifications.length === 0)
    return narrowed ? (
      <EmptyState icon="search" title="None is in that state">
        Choose another, or any.
      </EmptyState>
    ) : of.unverified.length ? (
      <EmptyState icon="seal" title="None was handed in yet">
        Begin with a number above.
        {of.by_hand && " Here it is done by hand: you hand it in at your provider, and note what was decided."}
      </EmptyState>
    ) : (
      <EmptyState icon="seal" title="No toll-free number">
        Numbers such as +1 800 or +1 888 stand here as soon as you have one. Other numbers of the United States need
        an <Link to="/a2p">A2P campaign</Link>.
      </EmptyState>
    );
  const columns: Column<VerificationRow>[] = [
    {
      title: "Number",
      cell: (row) => (
        <Link to={`/toll-free/${row.sid}`} class="strong">
          <NumberText text={row.number} proxy />
        </Link>
      ),
    },
    { title: "Business", cell: (row) => <Foreign text={row.business_name} /> },
    {
      title: "State",
      wide: true,
      cell: (row) => (
        <span class="stacked">
          <State of={row.status} />
          <Reasons of={row.rejections} short />
          <Until of={row} />
        </span>
      ),
    },
    { title: "Changed", cell: (row) => <Time at={row.date_updated} /> },
  ];
  return (
    <Table
      caption={`Verifications, newest first: ${plural(of.verifications.length, "row")}`}
      columns={columns}
      rows={of.verifications}
      keyOf={(row) => row.sid}
    />
  );
}
