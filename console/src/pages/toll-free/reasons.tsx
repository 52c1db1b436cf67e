// Why a verification was turned down, and until when that can be mended.

import type { JSX } from "preact";
import type { RejectionView, VerificationRow } from "../../api/types";
import { Foreign, Time } from "../../ui";
import { FIELDS } from "./fields";

export function Reasons({ of, short }: { of: readonly RejectionView[]; short?: boolean }): JSX.Element | null {
  if (of.length === 0) return null;
  // Where an operator notes several codes, one sentence says why.
  const reasons = new Map<string, RejectionView[]>();
  for (const one of of) reasons.set(one.reason, [...(reasons.get(one.reason) ?? []), one]);
  return (
    <ul class="plain-list">
      {[...reasons].map(([reason, all]) => (
        <li key={reason} class="small ink-bad">
          {all.map((one, at) => (
            <span key={one.code}>
              {at > 0 && ", "}
              {short ? <span class="mono">{one.code}</span> : <Code of={one} />}
            </span>
          ))}{" "}
          <Foreign text={reason || "without a word of why"} />
        </li>
      ))}
    </ul>
  );
}

/** A code, with the field that it is about. */
function Code({ of }: { of: RejectionView }): JSX.Element {
  const about = of.field && FIELDS.get(of.field)?.label;
  return (
    <>
      <a class="mono" href={of.more_info} target="_blank" rel="noreferrer noopener">
        {of.code}
        <span class="unseen"> in Twilio’s dictionary</span>
      </a>
      {about && <span class="quiet"> ({about})</span>}
    </>
  );
}

export function Until({ of }: { of: VerificationRow }): JSX.Element | null {
  if (of.status !== "TWILIO_REJECTED") return null;
  if (!of.may_correct) return <span class="small quiet">can’t be corrected any more</span>;
  if (of.correct_until === null) return <span class="small quiet">can be corrected</span>;
  return (
    <span class="small quiet">
      can be corrected until <Time at={of.correct_until} />
    </span>
  );
}
