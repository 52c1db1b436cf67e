// A2P 10DLC: what carriers in the United States know of the account, and what it may still send.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useEvery, useGet } from "../../api/hooks";
import type { A2p, BrandView, CampaignView, FindingView } from "../../api/types";
import { Link } from "../../router";
import { useViewer } from "../../session";
import {
  Badge,
  Button,
  type Column,
  count,
  EmptyState,
  ErrorNote,
  Foreign,
  Icon,
  Loading,
  PageHead,
  Panel,
  plural,
  Sid,
  Table,
  Time,
} from "../../ui";
import { BrandDialog, NewBrandDialog } from "./brand";
import { CampaignDialog } from "./campaign";
import { NewCampaignDialog } from "./new-campaign";
import { Errors, State, Used } from "./words";

/** Ms between two looks at what is used. */
const EVERY = 15_000;

export default function A2pPage(): JSX.Element {
  const { account } = useViewer();
  const { data, error, again } = useGet("GET /a2p", { query: { account } });
  const [adding, setAdding] = useState<"brand" | "campaign" | null>(null);
  const [brand, setBrand] = useState<string | null>(null);
  const [campaign, setCampaign] = useState<string | null>(null);
  useEvery(EVERY, again);
  const done = (): void => {
    setAdding(null);
    setBrand(null);
    setCampaign(null);
    again();
  };
  return (
    <>
      <PageHead
        title="A2P registration"
        lead="What carriers in the United States want to know before they take messages from your numbers there."
        actions={
          data?.may_change && (
            <>
              <Button icon="plus" onClick={() => setAdding("brand")}>
                Register a brand
              </Button>
              <Button kind="primary" icon="plus" onClick={() => setAdding("campaign")}>
                Register a campaign
              </Button>
            </>
          )
        }
      />
      {error ? <ErrorNote error={error} again={again} /> : null}
      {!data && !error && <Loading />}
      {data && (
        <>
          <Crowded of={data} />
          <Readiness findings={data.findings} />
          <Campaigns of={data} open={setCampaign} />
          <Brands of={data} open={setBrand} />
          <p class="small quiet">
            Toll-free numbers need no campaign: <Link to="/toll-free">each is verified by itself</Link>.
          </p>
        </>
      )}
      {adding === "brand" && <NewBrandDialog close={() => setAdding(null)} done={done} />}
      {adding === "campaign" && data && (
        <NewCampaignDialog of={data} close={() => setAdding(null)} done={done} />
      )}
      {brand && data && (
        <BrandDialog
          sid={brand}
          mayChange={data.may_change}
          close={() => setBrand(null)}
          changed={again}
          done={done}
        />
      )}
      {campaign && data && (
        <CampaignDialog
          sid={campaign}
          most={data.most_numbers}
          usecases={data.usecases}
          mayChange={data.may_change}
          close={() => setCampaign(null)}
          done={done}
        />
      )}
    </>
  );
}

/** Campaigns with as many numbers as T-Mobile takes unasked. */
function Crowded({ of }: { of: A2p }): JSX.Element | null {
  const full = of.campaigns.filter((one) => one.numbers >= of.most_numbers);
  if (full.length === 0) return null;
  return (
    <div class="note note-warn" role="alert">
      <Icon name="alert" />
      <div>
        {full.map((one) => (
          <p key={one.sid} class="strong">
            <Foreign text={one.service_name ?? one.sid} /> has {plural(one.numbers, "number")}; T-Mobile takes{" "}
            {of.most_numbers} of a campaign unasked
          </p>
        ))}
        <p class="small">{of.advice}</p>
      </div>
    </div>
  );
}

const ICONS = { ok: "check", warn: "info", bad: "alert" } as const;
const INKS = { ok: "ink-good", warn: "ink-warn", bad: "ink-bad" } as const;
const WORDS = { ok: "fine", warn: "worth a look", bad: "to be put right" } as const;

function Readiness({ findings }: { findings: readonly FindingView[] }): JSX.Element {
  const bad = findings.filter((one) => one.state === "bad").length;
  const rank = { bad: 0, warn: 1, ok: 2 };
  const sorted = [...findings].sort((one, other) => rank[one.state] - rank[other.state]);
  return (
    <Panel
      flush
      title="Ready to send masked messages?"
      actions={
        bad > 0 ? <Badge tone="bad">{count(bad)} to be put right</Badge> : <Badge tone="good">nothing is in the way</Badge>
      }
    >
      <ul class="findings">
        {sorted.map((one, at) => (
          <li key={`${one.check}${at}`}>
            <span class={INKS[one.state]}>
              <Icon name={ICONS[one.state]} />
              <span class="unseen">{WORDS[one.state]}: </span>
            </span>
            <div>
              <p class={one.state === "ok" ? "quiet" : "strong"}>
                <Foreign text={one.says} />
              </p>
              {one.details.map((line) => (
                <p key={line} class="small mono quiet">
                  <Foreign text={line} />
                </p>
              ))}
              {one.check === "toll-free" ? (
                <Link to="/toll-free" class="small">
                  See which, and verify them
                </Link>
              ) : (
                one.advice && <p class="small">{one.advice}</p>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Campaigns({ of, open }: { of: A2p; open: (sid: string) => void }): JSX.Element {
  const columns: Column<CampaignView>[] = [
    {
      title: "Campaign",
      cell: (row) => (
        <span class="stacked">
          <button type="button" class="linkish strong" onClick={() => open(row.sid)}>
            {row.usecase || "registered elsewhere"}
          </button>
          <span class="small quiet">{row.campaign_id ?? "no id yet"}</span>
        </span>
      ),
    },
    {
      title: "Messaging Service",
      wide: true,
      cell: (row) => (
        <Link to={`/messaging-services/${row.service_sid}`}>
          <Foreign text={row.service_name ?? row.service_sid} />
        </Link>
      ),
    },
    {
      title: "Status",
      cell: (row) => (
        <span class="stacked">
          <State of={row.status} />
          <Errors of={row.errors} />
        </span>
      ),
    },
    {
      title: "Numbers",
      cell: (row) => (
        <Used used={row.numbers} of={of.most_numbers} words={`${count(row.numbers)} of ${of.most_numbers}`} />
      ),
    },
    {
      title: "AT&T, a minute",
      cell: (row) =>
        row.att_busy === null ? (
          <span class="stacked">
            <span class="number">{count(row.att_tpm)}</span>
            <span class="small quiet">
              {row.att_per_number ? "of each number" : "not counted"}, class {row.att_class}
            </span>
          </span>
        ) : (
          <Used
            used={row.att_busy}
            of={row.att_tpm}
            words={`${count(row.att_busy)} of ${count(row.att_tpm)}, class ${row.att_class}`}
          />
        ),
    },
  ];
  return (
    <Panel flush title="Campaigns">
      {of.campaigns.length === 0 ? (
        <EmptyState icon="seal" title="No campaign yet">
          A campaign says what the numbers of one Messaging Service send. Masked conversations are registered as PROXY.
        </EmptyState>
      ) : (
        <Table caption="Campaigns, newest first" columns={columns} rows={of.campaigns} keyOf={(row) => row.sid} />
      )}
    </Panel>
  );
}

function Brands({ of, open }: { of: A2p; open: (sid: string) => void }): JSX.Element {
  const columns: Column<BrandView>[] = [
    {
      title: "Brand",
      cell: (row) => (
        <span class="stacked">
          <button type="button" class="linkish strong" onClick={() => open(row.sid)}>
            {row.tcr_id ?? "no id yet"}
          </button>
          <Sid of={row.sid} />
        </span>
      ),
    },
    {
      title: "Kind",
      wide: true,
      cell: (row) => (
        <span class="row">
          {row.brand_type === "STANDARD" ? "company" : "sole proprietor"}
          {row.mock && <Badge>a test</Badge>}
        </span>
      ),
    },
    {
      title: "Status",
      cell: (row) => (
        <span class="stacked">
          <State of={row.status} />
          <Errors of={row.errors} />
        </span>
      ),
    },
    {
      title: "Score",
      end: true,
      cell: (row) => (row.brand_score === null ? <span class="quiet">none</span> : <span class="number">{row.brand_score}</span>),
    },
    {
      title: "T-Mobile, today",
      cell: (row) =>
        row.day === null ? (
          <span class="quiet">nothing sent yet</span>
        ) : (
          <span class="stacked">
            <Used used={row.day.used} of={row.day.amount} words={`${count(row.day.used)} of ${count(row.day.amount)}`} />
            <span class="small quiet">
              anew at <Time at={row.day.ends} />
            </span>
          </span>
        ),
    },
  ];
  return (
    <Panel flush title="Brands">
      {of.brands.length === 0 ? (
        <EmptyState icon="seal" title="No brand yet">
          A brand is your company as the Campaign Registry knows it. It is registered once; campaigns come after it.
          {of.registrar === "manual" && " Here it is registered by hand: you say what the registry decided."}
        </EmptyState>
      ) : (
        <Table caption="Brands, newest first" columns={columns} rows={of.brands} keyOf={(row) => row.sid} />
      )}
    </Panel>
  );
}
