// What carriers want to know of a toll-free number: every field, in the words of whoever fills it in.

import type {
  Authority,
  BusinessType,
  Category,
  HandedIn,
  OptInType,
  TollfreeVetting,
  VerificationDetail,
  VerificationRow,
} from "../../api/types";

export type Name = keyof HandedIn;

/** What stands in the fields: lists have a line for each, yes and no are words. */
export type Draft = Record<Name, string>;

export interface FieldSpec {
  name: Name;
  label: string;
  hint?: string;
  /** Without one, a line of text. */
  kind?: "long" | "lines" | "url" | "email" | "tel" | "country" | "choice" | "choices" | "yes-no";
  choices?: Readonly<Record<string, string>>;
  needed?: boolean;
  example?: string;
}

export interface Part {
  title: string;
  lead: string;
  fields: readonly FieldSpec[];
}

const CATEGORIES: Record<Category, string> = {
  CUSTOMER_CARE: "Customer care: people and a business, or each other, about an order or a ride",
  DELIVERY_NOTIFICATIONS: "Deliveries: where something is, and when it comes",
  ACCOUNT_NOTIFICATIONS: "Accounts: what changed, what is due",
  TWO_FACTOR_AUTHENTICATION: "Sign-in codes",
  SECURITY_ALERT: "Security alerts",
  FRAUD_ALERT_MESSAGING: "Fraud alerts",
  EVENTS: "Events",
  MARKETING: "Marketing",
  CHARITY_NONPROFIT: "Charity",
  HIGHER_EDUCATION: "Colleges and universities",
  K12: "Schools",
  PUBLIC_SERVICE_ANNOUNCEMENT: "Public announcements",
  POLLING_AND_VOTING_NON_POLITICAL: "Polls that are not political",
  POLITICAL_ELECTION_CAMPAIGNS: "Election campaigns",
};

const OPT_IN: Record<OptInType, string> = {
  WEB_FORM: "on a web page or in an app",
  VIA_TEXT: "by a text message",
  VERBAL: "by word of mouth",
  PAPER_FORM: "on paper",
  MOBILE_QR_CODE: "by a QR code",
  IMPORT: "elsewhere, and was brought here",
  IMPORT_PLEASE_REPLACE: "elsewhere, and will be said anew",
};

const BUSINESSES: Record<BusinessType, string> = {
  PRIVATE_PROFIT: "a private company",
  PUBLIC_PROFIT: "a listed company",
  SOLE_PROPRIETOR: "a person, the sole proprietor",
  NON_PROFIT: "a non-profit",
  GOVERNMENT: "a public body",
};

const AUTHORITIES: Record<Authority, string> = {
  EIN: "EIN, United States",
  CBN: "CBN, Canada",
  NEQ: "NEQ, Quebec",
  PROVINCIAL_NUMBER: "a province’s number, Canada",
  CRN: "CRN, United Kingdom",
  VAT: "VAT number",
  ACN: "ACN, Australia",
  ABN: "ABN, Australia",
  BRN: "BRN, Hong Kong",
  NZBN: "NZBN, New Zealand",
  SIREN: "SIREN, France",
  SIRET: "SIRET, France",
  "USt-IdNr": "USt-IdNr, Germany",
  CIF: "CIF, Spain",
  NIF: "NIF, Spain",
  CNPJ: "CNPJ, Brazil",
  UID: "UID, Switzerland",
  OTHER: "another",
};

const VETTERS: Record<TollfreeVetting, string> = { CAMPAIGN_VERIFY: "Campaign Verify" };

/** The steps in which providers count. */
const VOLUMES: Record<string, string> = Object.fromEntries(
  [
    "10",
    "100",
    "1,000",
    "10,000",
    "100,000",
    "250,000",
    "500,000",
    "750,000",
    "1,000,000",
    "5,000,000",
    "10,000,000+",
  ].map((one) => [one, one]),
);

const YES_NO = { yes: "yes", no: "no" };

export const PARTS: readonly Part[] = [
  {
    title: "The business",
    lead: "As public records have it: a name or an address that differs there is a reason for a no.",
    fields: [
      { name: "business_name", label: "Name", hint: "The legal name, with Inc. or LLC.", needed: true },
      { name: "doing_business_as", label: "Trades as", hint: "The name that people know, where it is another." },
      {
        name: "business_website",
        label: "Website",
        hint: "Reviewers open it. It has to show the business and what it does.",
        kind: "url",
        needed: true,
      },
      {
        name: "business_type",
        label: "Who it is",
        kind: "choice",
        choices: BUSINESSES,
        hint: "All but a sole proprietor are in a register: the next three say where.",
      },
      {
        name: "business_registration_number",
        label: "Registration number",
        hint: "In the United States the EIN.",
        example: "12-3456789",
      },
      { name: "business_registration_authority", label: "Kind of number", kind: "choice", choices: AUTHORITIES },
      { name: "business_registration_country", label: "Country of registration", kind: "country" },
      {
        name: "business_registration_phone_number",
        label: "Phone number in the register",
        kind: "tel",
      },
      { name: "business_street_address", label: "Street and house number" },
      { name: "business_street_address2", label: "Suite or floor" },
      { name: "business_city", label: "City" },
      { name: "business_state_province_region", label: "State or province", example: "CA" },
      { name: "business_postal_code", label: "Postal code" },
      { name: "business_country", label: "Country", kind: "country" },
    ],
  },
  {
    title: "Who answers for it",
    lead: "Reviewers may call or write. They expect somebody of the business, at its own domain.",
    fields: [
      {
        name: "notification_email",
        label: "E-mail for the outcome",
        hint: "Your provider writes there what was decided.",
        kind: "email",
        needed: true,
      },
      { name: "business_contact_email", label: "E-mail of the contact", kind: "email" },
      { name: "business_contact_first_name", label: "First name" },
      { name: "business_contact_last_name", label: "Last name" },
      { name: "business_contact_phone", label: "Phone number of the contact", kind: "tel" },
    ],
  },
  {
    title: "What is sent",
    lead: "Say that people write to each other through numbers of yours, so that neither sees the other’s own.",
    fields: [
      {
        name: "use_case_categories",
        label: "What it is for",
        hint: "All that apply. Masked conversations are customer care.",
        kind: "choices",
        choices: CATEGORIES,
        needed: true,
      },
      {
        name: "use_case_summary",
        label: "In your own words",
        hint: "Who writes to whom, when, and why.",
        kind: "long",
        needed: true,
      },
      {
        name: "production_message_sample",
        label: "A message as it is sent",
        hint: "With the name of the business, and how to stop.",
        kind: "long",
        example: "Rides: your driver says: I am at the corner. Reply STOP to end.",
        needed: true,
      },
      {
        name: "message_volume",
        label: "Messages a month",
        hint: "The next step above what you expect.",
        kind: "choice",
        choices: VOLUMES,
        needed: true,
      },
      {
        name: "age_gated_content",
        label: "Only for adults",
        hint: "Alcohol and the like: the page has to ask for the date of birth.",
        kind: "yes-no",
        choices: YES_NO,
      },
    ],
  },
  {
    title: "How people agree",
    lead: "Reviewers want to see the very place where somebody says yes.",
    fields: [
      {
        name: "opt_in_type",
        label: "Where they agree",
        kind: "choice",
        choices: OPT_IN,
        needed: true,
      },
      {
        name: "opt_in_keywords",
        label: "Words that people text to agree",
        hint: "A line for each, such as START.",
        kind: "lines",
      },
      {
        name: "opt_in_image_urls",
        label: "Pictures of it",
        hint: "Addresses that anybody can open, a line for each: the whole page, with the box that is ticked and the words beside it.",
        kind: "lines",
        example: "https://rides.example/opt-in.png",
        needed: true,
      },
      {
        name: "opt_in_confirmation_message",
        label: "What they are told then",
        kind: "long",
        example: "Rides: you get messages about your rides. Reply HELP for help, STOP to end.",
      },
      { name: "help_message_sample", label: "What HELP is answered with", kind: "long" },
      { name: "privacy_policy_url", label: "Your privacy policy", kind: "url" },
      { name: "terms_and_conditions_url", label: "Your terms", kind: "url" },
    ],
  },
  {
    title: "What else helps",
    lead: "",
    fields: [
      {
        name: "additional_information",
        label: "Anything else",
        hint: "Documents to look at, why several numbers are needed, whose software sends.",
        kind: "long",
      },
      {
        name: "vetting_provider",
        label: "Examined by",
        hint: "Political messages have to be.",
        kind: "choice",
        choices: VETTERS,
      },
      { name: "vetting_id", label: "The examiner’s token" },
    ],
  },
];

export const FIELDS: ReadonlyMap<string, FieldSpec> = new Map(
  PARTS.flatMap((part) => part.fields.map((one) => [one.name, one] as const)),
);

/** What a business in a public register says besides. */
const REGISTERED: ReadonlySet<Name> = new Set([
  "business_registration_number",
  "business_registration_authority",
  "business_registration_country",
]);

/** Whether a field may not stay empty, by what stands in the others. */
export function isNeeded(spec: FieldSpec, draft: Draft): boolean {
  const kind = draft.business_type;
  return Boolean(spec.needed) || (REGISTERED.has(spec.name) && kind !== "" && kind !== "SOLE_PROPRIETOR");
}

/** Fields that a value of the API's stands in as a list. */
const LISTS: ReadonlySet<Name> = new Set(["use_case_categories", "opt_in_image_urls", "opt_in_keywords"]);

function written(value: HandedIn[Name]): string {
  if (Array.isArray(value)) return value.join("\n");
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value ?? "";
}

/** The fields as they were handed in; of nothing, empty ones. */
export function draftOf(of?: HandedIn): Draft {
  const draft: Partial<Draft> = {};
  for (const name of FIELDS.keys() as Iterable<Name>) draft[name] = of ? written(of[name]) : "";
  return draft as Draft;
}

/** The fields as the API takes them. */
export function bodyOf(draft: Draft): HandedIn {
  const body: Record<string, unknown> = {};
  for (const [name, spec] of FIELDS as Iterable<[Name, FieldSpec]>) {
    const text = draft[name].trim();
    if (LISTS.has(name)) body[name] = linesOf(text);
    else if (spec.kind === "yes-no") body[name] = text ? text === "yes" : null;
    else if (spec.kind === "choice" && name !== "message_volume") body[name] = text || null;
    else body[name] = spec.kind === "tel" ? text.replace(/[\s().-]/g, "") : text;
  }
  return body as unknown as HandedIn;
}

/** What stands in the lines of a text. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((one) => one.trim())
    .filter(Boolean);
}

/** What a field's value says to people. */
export function told(spec: FieldSpec, text: string): string {
  return spec.choices?.[text] ?? text;
}

/** What is to be done about one, in a sentence. */
export function todo({ verification: of, ...more }: VerificationDetail): string {
  if (!more.held) return "The number is no longer this account’s. Delete its verification.";
  switch (of.status) {
    case "TWILIO_APPROVED":
      return "Nothing is to be done: carriers in the United States and Canada take its messages.";
    case "TWILIO_REJECTED":
      return of.may_correct
        ? "Correct what is named, and hand it in again."
        : "It can’t be corrected any more. Delete it, and begin a new one.";
    default:
      if (more.by_hand)
        return "Hand in at your provider what stands below, and note here what comes of it.";
      return more.underway
        ? `${more.registrar} has not taken it yet. It is tried until it does.`
        : `Wait: ${more.registrar} is asked again and again. A review often takes one to three weeks.`;
  }
}

/** Whether carriers refuse what the number sends. */
export function refused(of: VerificationRow): boolean {
  return of.status !== "TWILIO_APPROVED";
}
