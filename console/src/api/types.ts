// Made by scripts/console_types.py from src/maskline/console/contract.py: change that, not this.

/** All of an account. Of a campaign, `most_numbers` are taken by T-Mobile unasked; beyond that, `advice` says what to do. `usecases` are those that a company may register. */
export interface A2p {
  registrar: string;
  findings: FindingView[];
  brands: BrandView[];
  campaigns: CampaignView[];
  most_numbers: number;
  advice: string;
  usecases: string[];
  may_change: boolean;
}

/** Null leaves what is there. `switch` and `on` go together. */
export interface AccountChange {
  name?: string | null;
  status?: "active" | "closed" | "suspended" | null;
  switch?: string | null;
  on?: boolean | null;
}

/** Those that the user may see, the oldest first. */
export interface AccountList {
  accounts: AccountView[];
  may_create: boolean;
}

/** An account, as far as a menu needs it. */
export interface AccountRef {
  sid: string;
  name: string;
  status: string;
}

/** An account without its token. */
export interface AccountView {
  sid: string;
  name: string;
  status: string;
  date_created: number;
  debugger_url: string | null;
  switches: SwitchView[];
}

/** The opt-out that holds, and whether it was added just now. */
export interface AddedOptOut {
  opt_out: OptOutView;
  added: boolean;
}

/** An alert, what to do about its code, and the request behind it, where there is one: what is private in it is hidden. */
export interface AlertDetail {
  alert: AlertEntry;
  when: string;
  do: string;
  request_method: string | null;
  request_url: string | null;
  request_variables: Pair[];
  request_headers: Pair[];
  response_status: number | null;
  response_headers: Pair[];
  response_body: string | null;
  session_sid: string | null;
}

/** Something that the debugger was told. */
export interface AlertEntry {
  type: "alert";
  at: number;
  sid: string;
  interaction_sid: string | null;
  resource_sid: string | null;
  service_sid: string | null;
  code: number;
  level: string;
  text: string;
  more_info: string;
}

/** The debugger was told something. */
export interface AlertEvent {
  type: "alert";
  entry: AlertEntry;
}

/** Newest first. With a filter, a page may be short while older ones follow. */
export interface AlertPage {
  alerts: AlertEntry[];
  next: string | null;
  previous: string | null;
}

/** Something that a user did. `what` is a word such as `sign-in`, `sign-in-failed`, `reveal`; `subject` the SID of what it was done to; `detail` says more, without secret or number. */
export interface AuditEntry {
  sid: string;
  at: number;
  user_sid: string | null;
  user_name: string;
  what: string;
  subject: string | null;
  detail: string;
  address: string;
  account_sid: string | null;
}

/** Newest first. `next` is the `after` of the page that follows, null at the end. */
export interface AuditPage {
  entries: AuditEntry[];
  next: string | null;
}

/** Who gave it its registration number. */
export type Authority = "ABN" | "ACN" | "BRN" | "CBN" | "CIF" | "CNPJ" | "CRN" | "EIN" | "NEQ" | "NIF" | "NZBN" | "OTHER" | "PROVINCIAL_NUMBER" | "SIREN" | "SIRET" | "UID" | "USt-IdNr" | "VAT";

/** Comes every few seconds. Without one for 40 s the connection is dead. */
export interface Beat {
  type: "beat";
  at: number;
}

/** A number under a campaign: `status` "pending", "registered", "failed", or "" where it needs none, such as one of another country. */
export interface BoundNumber {
  sid: string;
  number: string;
  status: string;
}

/** A brand with its examinations, newest first, and what may be asked of it. `tmobile_tier` and `tmobile_daily_cap` hold now; where they are `reported`, the score does not tell them. `steps` are empty, and `passcode` is not null, for a sole proprietor. */
export interface BrandDetail {
  brand: BrandView;
  vettings: VettingView[];
  providers: string[];
  tmobile_tier: string;
  tmobile_daily_cap: number;
  reported: boolean;
  steps: ScoreStep[];
  passcode: PasscodeView | null;
}

/** What the registry decided of a brand. Null leaves what is known; `error` says why it failed. */
export interface BrandReport {
  status: string;
  tcr_id?: string | null;
  brand_score?: number | null;
  identity_status?: string | null;
  tmobile_daily_cap?: number | null;
  error?: string | null;
}

/** A company. `by_hand`: an operator says what came of its registration, which may then become one of `next`. `day` is null where T-Mobile's segments are not counted. */
export interface BrandView {
  sid: string;
  brand_type: string;
  status: string;
  registrar: string;
  by_hand: boolean;
  mock: boolean;
  tcr_id: string | null;
  brand_score: number | null;
  identity_status: string | null;
  errors: string[];
  next: string[];
  day: DayView | null;
  date_created: number;
}

/** What kind of business it is. */
export type BusinessType = "GOVERNMENT" | "NON_PROFIT" | "PRIVATE_PROFIT" | "PUBLIC_PROFIT" | "SOLE_PROPRIETOR";

/** A leg of a call. `duration` in seconds, null until it ended. */
export interface CallEntry {
  type: "call";
  at: number;
  updated_at: number;
  sid: string;
  interaction_sid: string | null;
  parent_call_sid: string | null;
  direction: string;
  caller: Number;
  called: Number;
  status: string;
  carrier: string;
  provider_id: string | null;
  duration: number | null;
}

/** A leg of a call began or changed. */
export interface CallEvent {
  type: "call";
  session_sid: string | null;
  entry: CallEntry;
}

/** A campaign with what was handed in, and its numbers. `may_correct`: it failed, and can be handed in again. `answers` are empty where it was registered elsewhere; `compared` says whether it is known here what its numbers answer. */
export interface CampaignDetail {
  campaign: CampaignView;
  description: string;
  message_flow: string;
  samples: string[];
  has_links: boolean;
  has_phone: boolean;
  privacy_policy_url: string;
  terms_url: string;
  answers: RegisteredAnswer[];
  compared: boolean;
  may_correct: boolean;
  numbers: BoundNumber[];
}

/** What the registry decided of a campaign. Null leaves what is known. */
export interface CampaignReport {
  status: string;
  campaign_id?: string | null;
  usecase?: string | null;
  error?: string | null;
}

/** What a reviewer reads. Of one that is corrected, an address that is "" stays as it was. */
export interface CampaignTexts {
  description: string;
  message_flow: string;
  samples: string[];
  has_links: boolean;
  has_phone: boolean;
  privacy_policy_url?: string;
  terms_url?: string;
}

/** What a brand sends by a Messaging Service. `numbers` are bound to it. `att_tpm` is segments a minute to AT&T, of each number where `att_per_number`; `att_busy` how many of the campaign's are taken at this moment, null where they are each number's or not counted. */
export interface CampaignView {
  sid: string;
  service_sid: string;
  service_name: string | null;
  brand_sid: string | null;
  status: string;
  usecase: string;
  campaign_id: string | null;
  registrar: string;
  by_hand: boolean;
  external: boolean;
  errors: string[];
  next: string[];
  numbers: number;
  att_class: string;
  att_tpm: number;
  att_per_number: boolean;
  att_busy: number | null;
  tmobile_tier: string;
  date_created: number;
}

/** What the number's messages are for. */
export type Category = "ACCOUNT_NOTIFICATIONS" | "CHARITY_NONPROFIT" | "CUSTOMER_CARE" | "DELIVERY_NOTIFICATIONS" | "EVENTS" | "FRAUD_ALERT_MESSAGING" | "HIGHER_EDUCATION" | "K12" | "MARKETING" | "POLITICAL_ELECTION_CAMPAIGNS" | "POLLING_AND_VOTING_NON_POLITICAL" | "PUBLIC_SERVICE_ANNOUNCEMENT" | "SECURITY_ALERT" | "TWO_FACTOR_AUTHENTICATION";

/** A number in a pool's map, as an array: SID, number, sessions that use it, what it can do (1 voice, 2 SMS, 4 MMS, 8 fax), whether it is reserved (1), and its area: country and area code. */
export type CellView = readonly [string, string, number, number, number, string];

/** A part of a pool's numbers, newest first; `next` is the `after` of the part that follows. */
export interface Cells {
  service_name: string;
  cells: CellView[];
  next: string | null;
}

/** All other sign-ins of the user end. `current` is "" for a user who has none yet. */
export interface ChangePassword {
  current: string;
  new: string;
}

/** How often an error code was met, and its text in the dictionary. */
export interface CodeCount {
  code: number;
  text: string;
  count: number;
  last_at: number;
}

/** What is handed in again, and what has changed. */
export interface CorrectedVerification {
  business_name?: string;
  doing_business_as?: string;
  business_website?: string;
  business_type?: BusinessType | null;
  business_registration_number?: string;
  business_registration_authority?: Authority | null;
  business_registration_country?: string;
  business_registration_phone_number?: string;
  business_street_address?: string;
  business_street_address2?: string;
  business_city?: string;
  business_state_province_region?: string;
  business_postal_code?: string;
  business_country?: string;
  notification_email?: string;
  business_contact_first_name?: string;
  business_contact_last_name?: string;
  business_contact_email?: string;
  business_contact_phone?: string;
  use_case_categories?: Category[];
  use_case_summary?: string;
  production_message_sample?: string;
  message_volume?: string;
  age_gated_content?: boolean | null;
  opt_in_type?: OptInType | null;
  opt_in_image_urls?: string[];
  opt_in_keywords?: string[];
  opt_in_confirmation_message?: string;
  help_message_sample?: string;
  privacy_policy_url?: string;
  terms_and_conditions_url?: string;
  additional_information?: string;
  vetting_provider?: TollfreeVetting | null;
  vetting_id?: string;
  edit_reason?: string;
}

/** An account with its token, which is shown this once. */
export interface CreatedAccount {
  account: AccountView;
  auth_token: string;
}

/** A key with its secret, which is shown this once. */
export interface CreatedKey {
  key: KeyView;
  secret: string;
}

/** How much of a brand's day is used with T-Mobile, in segments, and when that ends (ms). */
export interface DayView {
  used: number;
  amount: number;
  ends: number;
}

/** It was done. */
export interface Done {
  ok: boolean;
}

/** An error code of the last days: how often, when last, what it says, when it arises and what to do ("" where the dictionary says nothing). */
export interface ErrorRow {
  code: number;
  level: string;
  text: string;
  count: number;
  last_at: number;
  when: string;
  do: string;
  more_info: string;
}

/** The most frequent first, among the latest `of` alerts. */
export interface Errors {
  errors: ErrorRow[];
  of: number;
}

/** One that was registered elsewhere, by its id at the registry. */
export interface ExternalCampaign {
  service_sid: string;
  campaign_id: string;
}

/** What this server has: the handsets exist while the simulator is on. */
export interface Features {
  simulator: boolean;
  webhook_attempts: boolean;
}

/** What is wrong with one field of a form, with the code from Twilio's dictionary. */
export interface FieldProblem {
  field: string;
  code: number;
  says: string;
}

/** What has to be put right before masked messages are sent, and what to do. */
export interface FindingView {
  check: string;
  state: "bad" | "ok" | "warn";
  says: string;
  advice: string;
  details: string[];
}

/** The pool of the whole account that runs out first. */
export interface FirstOut {
  service_sid: string;
  service_name: string;
  dial_class: string;
  numbers: number;
  busiest: number;
  forecast: PoolForecast;
}

/** A number or short code of the account that takes messages and is in no Messaging Service. */
export interface FreeSender {
  sid: string;
  number: string;
  country: string;
  in_proxy: boolean;
}

/** The latest of them. `more`: there are others, to be named by their number. */
export interface FreeSenders {
  numbers: FreeSender[];
  more: boolean;
}

/** What was said, but for what names a person or leads to one: that is `personal`. */
export interface HandedIn {
  business_name: string;
  doing_business_as: string;
  business_website: string;
  business_type: BusinessType | null;
  business_registration_number: string;
  business_registration_authority: Authority | null;
  business_registration_country: string;
  business_registration_phone_number: string;
  business_street_address: string;
  business_street_address2: string;
  business_city: string;
  business_state_province_region: string;
  business_postal_code: string;
  business_country: string;
  notification_email: string;
  business_contact_first_name: string;
  business_contact_last_name: string;
  business_contact_email: string;
  business_contact_phone: string;
  use_case_categories: Category[];
  use_case_summary: string;
  production_message_sample: string;
  message_volume: string;
  age_gated_content: boolean | null;
  opt_in_type: OptInType | null;
  opt_in_image_urls: string[];
  opt_in_keywords: string[];
  opt_in_confirmation_message: string;
  help_message_sample: string;
  privacy_policy_url: string;
  terms_and_conditions_url: string;
  additional_information: string;
  vetting_provider: TollfreeVetting | null;
  vetting_id: string;
}

/** A handset that something happened on lately in this process. */
export interface Handset {
  number: string;
  last_seen: number;
}

/** A call on a handset began or changed. */
export interface HandsetCallEvent {
  type: "handset-call";
  number: string;
  call: HandsetCallView;
}

/** A handset's side of a call. `status`: dialling and ringing, in-progress, then how it ended. `direction` as the handset sees it. */
export interface HandsetCallView {
  id: string;
  direction: "inbound" | "outbound";
  peer: string;
  status: string;
  heard: HeardItem[];
  digits: string;
  started: number;
  answered: number | null;
  ended: number | null;
  duration: number | null;
}

/** Those that go on and the last that ended, in order. */
export interface HandsetCalls {
  calls: HandsetCallView[];
}

/** The number that is called. */
export interface HandsetDial {
  to: string;
}

/** Keys: 1 to 100 of 0-9, A-D, * and #. */
export interface HandsetDigits {
  digits: string;
}

/** Something new sounded on a call. */
export interface HandsetHeardEvent {
  type: "handset-heard";
  number: string;
  call_id: string;
  heard: HeardItem;
}

/** A medium. `src` is a path on this server that shows it, null where it lies elsewhere. */
export interface HandsetMedium {
  url: string;
  src: string | null;
}

/** A handset sent or received a message. */
export interface HandsetMessageEvent {
  type: "handset-message";
  number: string;
  message: HandsetMessageView;
}

/** A message as its handset shows it: `peer` is the other number in both directions. */
export interface HandsetMessageView {
  id: string;
  at: number;
  direction: "inbound" | "outbound";
  peer: string;
  body: string;
  media: HandsetMedium[];
}

/** In order, oldest first, those that follow `after`. */
export interface HandsetMessages {
  messages: HandsetMessageView[];
}

/** How a call is turned away. */
export interface HandsetReject {
  reason?: "busy" | "rejected";
}

/** A message that the handset sends; `media` are URLs, of pictures for example. */
export interface HandsetText {
  to: string;
  body?: string;
  media?: string[];
}

/** The handsets, the sessions between them (newest first), and a number that is in none, for a stranger. */
export interface Handsets {
  handsets: Handset[];
  scenes: Scene[];
  stranger: string;
}

/** What sounded on a call: say, play, pause, record or digits (of the other side). */
export interface HeardItem {
  what: string;
  text: string;
}

/** The first on every connection. `resumed` says that what was missed follows; otherwise what is on the screen may be old, and must be fetched again. */
export interface Hello {
  type: "hello";
  resumed: boolean;
  at: number;
}

/** Something that was found. `title` and `detail` are texts to show, numbers in them masked; `session_sid` is where to go, null where it belongs to no session. */
export interface Hit {
  kind: "alert" | "call" | "interaction" | "message" | "number" | "participant" | "service" | "session" | "webhook";
  sid: string;
  title: string;
  detail: string;
  at: number | null;
  session_sid: string | null;
  service_sid: string | null;
  status: string | null;
}

/** An address that is called: of a Service, or (`debugger`) of the account. */
export interface Hook {
  kind: "callback" | "debugger" | "intercept" | "out-of-session";
  owner_sid: string;
  owner_name: string;
  url: string;
}

/** The addresses of a page of Services, newest first, after those of the account. */
export interface HookPage {
  hooks: Hook[];
  services: number;
  next: string | null;
  previous: string | null;
}

/** Which address is to be tried. The address itself is not sent: only those that are set are ever called. */
export interface HookTest {
  kind: "callback" | "debugger" | "intercept" | "out-of-session";
  owner_sid: string;
}

/** What was sent, signed as always, and what came back. `status` is null when no answer came; then `error` says why. `advice` says what to do where it did not go well. */
export interface HookTested {
  url: string;
  params: Pair[];
  request_headers: Pair[];
  status: number | null;
  error: string | null;
  response_headers: Pair[];
  response_body: string | null;
  latency_ms: number;
  ok: boolean;
  advice: string | null;
}

/** A message or call that passed, or tried to. Without a sender it came from the application. `body` is null for who may not read it, and for calls; `duration` is in seconds. */
export interface InteractionEntry {
  type: "interaction";
  at: number;
  interaction_sid: string;
  kind: string;
  sender_sid: string | null;
  sender_name: string | null;
  recipient_sid: string | null;
  recipient_name: string | null;
  inbound_status: string | null;
  outbound_status: string | null;
  body: string | null;
  num_media: number;
  duration: number | null;
}

/** An interaction began or changed. */
export interface InteractionEvent {
  type: "interaction";
  session_sid: string;
  service_sid: string;
  entry: InteractionEntry;
}

/** Newest first. */
export interface JobPage {
  jobs: JobView[];
  next: string | null;
  previous: string | null;
}

/** A job without what it carries. `destination` is the host that is called, or the carrier. */
export interface JobView {
  sid: string;
  kind: string;
  state: string;
  attempts: number;
  last_error: string | null;
  resource_sid: string | null;
  service_sid: string | null;
  destination: string | null;
  date_due: number | null;
  date_created: number;
}

/** Newest first. */
export interface KeyPage {
  keys: KeyView[];
  next: string | null;
  previous: string | null;
}

/** An API key without its secret, which is nowhere kept. */
export interface KeyView {
  sid: string;
  name: string;
  date_created: number;
  date_updated: number;
}

/** All answers to one kind of word; `words` and `message` are what is true to register of them. */
export interface KindAnswers {
  kind: "help" | "opt-in" | "opt-out";
  words: string[];
  message: string;
  all: SaidAnswer[];
}

/** One series of counts or levels, a value for each of the times. `label` is whose it is (a carrier, a kind of webhook, a product of the API), `outcome` what came of it. */
export interface Line {
  label: string;
  outcome: string;
  values: number[];
}

/** The token of a one-time link, which stands in its fragment: `/console/sign-in#token=…`. */
export interface LinkSignIn {
  token: string;
}

/** Who is signed in. `csrf_token` goes into the header `X-CSRF-Token` of every request that is no GET. `account_sid` is null for who may see all accounts; `accounts` are those they may see, the oldest first: without `account` in a query, the first is meant. */
export interface Me {
  sid: string;
  name: string;
  role: Role;
  account_sid: string | null;
  has_password: boolean;
  csrf_token: string;
  expires_at: number;
  accounts: AccountRef[];
  features: Features;
  version: string;
}

/** A medium. `src` is a path on this server that shows it, null where it lies elsewhere. */
export interface MediaView {
  url: string;
  content_type: string;
  src: string | null;
}

/** A leg of text or media between a carrier and us, and what became of it. */
export interface MessageEntry {
  type: "message";
  at: number;
  updated_at: number;
  sid: string;
  interaction_sid: string | null;
  direction: string;
  sender: Number;
  recipient: Number;
  status: string;
  error_code: number | null;
  error_text: string | null;
  carrier: string;
  provider_id: string | null;
  segments: number;
  media: MediaView[];
}

/** A leg of a message began or changed; in no session, `session_sid` is null. */
export interface MessageEvent {
  type: "message";
  session_sid: string | null;
  entry: MessageEntry;
}

/** Newest first; scheduled ones by their hour. With a filter, a page may be short while older ones follow. */
export interface MessagePage {
  messages: MessageRow[];
  next: string | null;
  previous: string | null;
}

/** A message in a list. `sender` is null until a Messaging Service has chosen one. `body` is null for those who may not read it. `send_at` is the hour of one that is scheduled; `feedback` what its program said became of it. */
export interface MessageRow {
  sid: string;
  direction: string;
  sender: Number | null;
  recipient: Number;
  body: string | null;
  status: string;
  error_code: number | null;
  error_text: string | null;
  num_media: number;
  segments: number;
  messaging_service_sid: string | null;
  messaging_service_name: string | null;
  send_at: number | null;
  feedback: string | null;
  date_created: number;
}

/** What is to be changed; null leaves it. An empty address removes it. */
export interface MessagingServiceChange {
  name?: string | null;
  inbound_request_url?: string | null;
  fallback_url?: string | null;
  status_callback?: string | null;
  use_inbound_webhook_on_number?: boolean | null;
  sticky_sender?: boolean | null;
  mms_converter?: boolean | null;
  smart_encoding?: boolean | null;
  area_code_geomatch?: boolean | null;
  validity_period?: number | null;
  usecase?: string | null;
}

/** One of them with all that can be set. Addresses are shown without the secrets that stand in them. `may_change` is for whoever asks. */
export interface MessagingServiceDetail {
  service: MessagingServiceView;
  account_sid: string;
  inbound_method: string;
  fallback_url: string | null;
  fallback_method: string;
  status_callback: string | null;
  mms_converter: boolean;
  smart_encoding: boolean;
  area_code_geomatch: boolean;
  validity_period: number;
  usecase: string;
  senders: number;
  most_senders: number;
  may_change: boolean;
}

/** Newest first. */
export interface MessagingServicePage {
  services: MessagingServiceView[];
  next: string | null;
  previous: string | null;
}

/** A Messaging Service. `diverted` are its numbers that are in a Proxy pool while it keeps their inbound messages to itself: what people write to them is not masked. */
export interface MessagingServiceView {
  sid: string;
  name: string;
  inbound_request_url: string | null;
  use_inbound_webhook_on_number: boolean;
  sticky_sender: boolean;
  advanced_opt_out: boolean;
  numbers: number;
  diverted: number;
  date_created: number;
}

/** An account to be. */
export interface NewAccount {
  name: string;
}

/** A key to be. */
export interface NewApiKey {
  name?: string;
}

/** The company's profiles at the registrar, and what kind it is. */
export interface NewBrand {
  customer_profile_sid: string;
  a2p_profile_sid: string;
  brand_type?: string;
  mock?: boolean;
}

/** What is handed in for a Messaging Service's numbers. Of opting in, opting out and asking for help it may say which words do it, and what is answered; "" says nothing. */
export interface NewCampaign {
  description: string;
  message_flow: string;
  samples: string[];
  has_links: boolean;
  has_phone: boolean;
  privacy_policy_url?: string;
  terms_url?: string;
  service_sid: string;
  brand_sid: string;
  usecase: string;
  opt_in_keywords?: string[];
  opt_out_keywords?: string[];
  help_keywords?: string[];
  opt_in_message?: string;
  opt_out_message?: string;
  help_message?: string;
}

/** A name is enough. It defers to each number's own handling, as Proxy needs it. */
export interface NewMessagingService {
  name: string;
}

/** Who asked support for no more messages, and from which number or service. */
export interface NewOptOut {
  person: string;
  sender: string;
}

/** A list that begins with what the server knows of the language. */
export interface NewOptOutList {
  language: string;
  country?: string;
}

/** What is to join the pool, all or none: numbers and short codes (themselves, or their SIDs), or one name, for the recipients of a country or of all. */
export interface NewSenders {
  numbers?: string[];
  name?: string;
  country?: string;
}

/** A user to be. They get a one-time link, with which they set a password. */
export interface NewUser {
  name: string;
  role: Role;
  account_sid?: string | null;
}

/** What is handed in for a number. */
export interface NewVerification {
  business_name?: string;
  doing_business_as?: string;
  business_website?: string;
  business_type?: BusinessType | null;
  business_registration_number?: string;
  business_registration_authority?: Authority | null;
  business_registration_country?: string;
  business_registration_phone_number?: string;
  business_street_address?: string;
  business_street_address2?: string;
  business_city?: string;
  business_state_province_region?: string;
  business_postal_code?: string;
  business_country?: string;
  notification_email?: string;
  business_contact_first_name?: string;
  business_contact_last_name?: string;
  business_contact_email?: string;
  business_contact_phone?: string;
  use_case_categories?: Category[];
  use_case_summary?: string;
  production_message_sample?: string;
  message_volume?: string;
  age_gated_content?: boolean | null;
  opt_in_type?: OptInType | null;
  opt_in_image_urls?: string[];
  opt_in_keywords?: string[];
  opt_in_confirmation_message?: string;
  help_message_sample?: string;
  privacy_policy_url?: string;
  terms_and_conditions_url?: string;
  additional_information?: string;
  vetting_provider?: TollfreeVetting | null;
  vetting_id?: string;
  number_sid: string;
  customer_profile_sid?: string;
  external_reference_id?: string;
}

/** Who is to examine the brand, and the token that they gave out for it, if they do. */
export interface NewVetting {
  provider: string;
  token?: string;
}

/** A phone number or other address. One of ours (`proxy`) is shown as it is; a person's is masked in `text`, and `ref` is what `/reveal` takes to show it (null: it can't be). */
export interface Number {
  text: string;
  kind: "person" | "proxy";
  ref: string | null;
}

/** How people agree. */
export type OptInType = "IMPORT" | "IMPORT_PLEASE_REPLACE" | "MOBILE_QR_CODE" | "PAPER_FORM" | "VERBAL" | "VIA_TEXT" | "WEB_FORM";

/** The whole of a list anew. */
export interface OptOutListChange {
  opt_out_keywords: string[];
  opt_in_keywords: string[];
  help_keywords: string[];
  opt_out_message: string;
  opt_in_message: string;
  help_message: string;
}

/** The words of a language, and the answers to them, for people of a country, "" being those of all. `fixed` says that it always holds STOP, START, UNSTOP and HELP and can't be removed. */
export interface OptOutListView {
  sid: string;
  country: string;
  language: string;
  opt_out_keywords: string[];
  opt_in_keywords: string[];
  help_keywords: string[];
  opt_out_message: string;
  opt_in_message: string;
  help_message: string;
  fixed: boolean;
  date_updated: number;
}

/** A service's lists: those for all countries first, then by country and language. `enabled`: whether it has them answer. `languages` are the names that a list may have. */
export interface OptOutLists {
  enabled: boolean;
  lists: OptOutListView[];
  languages: string[];
}

/** Newest first. With a filter, a page may be short while older ones follow. */
export interface OptOutPage {
  opt_outs: OptOutView[];
  next: string | null;
  previous: string | null;
}

/** Whether the service has words and answers of its own. */
export interface OptOutSwitch {
  enabled: boolean;
}

/** A person who wants no more messages from `sender`: a number of ours, or the SID of a service for all its numbers. `source`: how we know. */
export interface OptOutView {
  sid: string;
  person: Number;
  sender: string;
  service_sid: string | null;
  messaging_service_sid: string | null;
  source: string;
  detail: string;
  date_of_consent: number;
  date_created: number;
}

/** How an account is doing. Counts end at `counted_to`: a figure that has reached it means "that many or more". `today` begins at midnight UTC. The queue is the whole server's, and null for who sees one account only; its age is in ms, null when it is empty. `errors` are the debugger's most frequent of the last 24 hours. */
export interface Overview {
  sessions_active: number;
  messages_today: number;
  calls_today: number;
  queue_depth: number | null;
  queue_age_ms: number | null;
  dead_letters: number;
  errors: CodeCount[];
  services: number;
  numbers: number;
  counted_to: number;
  at: number;
}

/** A parameter or header; what is private in `value` is hidden. */
export interface Pair {
  name: string;
  value: string;
}

/** A person in a session. `proxy` is the number that *this* person dials. */
export interface ParticipantView {
  sid: string;
  name: string | null;
  identifier: Number;
  proxy: Number;
  date_created: number;
  date_deleted: number | null;
}

/** How far a sole proprietor has confirmed their brand by answering a text. `asked` is when one was last to be sent anew. */
export interface PasscodeView {
  state: "confirmed" | "ended" | "waits";
  may_send: boolean;
  asked: number | null;
}

/** A participant whose phone is simulated: `proxy` is the number that they dial. */
export interface Person {
  participant_sid: string;
  name: string | null;
  number: string;
  proxy: string;
}

/** A field that names a person or leads to one, masked. */
export interface PersonalField {
  field: string;
  value: Number;
}

/** A picture that was uploaded: `url` goes into a message's `media`. */
export interface Picture {
  url: string;
  src: string;
}

/** A pool's numbers of one dialling class ("1": North America; "" for short codes). `used` are those that any session uses; `busiest` is how many the busiest person uses, which is the least that the pool must have: null until it was looked at. */
export interface PoolClassView {
  dial_class: string;
  numbers: number;
  unreserved: number;
  used: number;
  busiest: number | null;
  forecast: PoolForecast;
}

/** When a pool runs out for its busiest person. `spare`: sessions more that they can have. `per_day`: how much their use grows, null while it is too early to say. `runs_out_at` as things go, null for not within 90 days; `not_before` if all new sessions were theirs. `add`: numbers that are missing for the next 30 days. */
export interface PoolForecast {
  outlook: "empty" | "growing" | "out" | "soon" | "steady" | "unknown";
  spare: number;
  per_day: number | null;
  runs_out_at: number | null;
  not_before: number | null;
  add: number;
}

/** Services with their pools, newest first. `first` is null while all is steady. */
export interface PoolPage {
  pools: PoolView[];
  first: FirstOut | null;
  next: string | null;
  previous: string | null;
}

/** A Service's pool. `sessions_per_hour` is the rate at which it began sessions lately. */
export interface PoolView {
  service_sid: string;
  service_name: string;
  numbers: number;
  used: number;
  sessions_per_hour: number;
  classes: PoolClassView[];
}

/** Every refusal. `status` is the HTTP status, `code` from Twilio's dictionary; `fields` what is wrong with each, where a form is refused. */
export interface Problem {
  code: number;
  message: string;
  more_info: string;
  status: number;
  fields: FieldProblem[];
}

/** What was registered of one kind of word. The numbers do otherwise where there are `unknown` words, which they do not take for it, or `sent` answers, which are not `message`. */
export interface RegisteredAnswer {
  kind: "help" | "opt-in" | "opt-out";
  words: string[];
  message: string;
  unknown: string[];
  sent: string[];
}

/** Why one was turned down: the code of the error, the registrar's words, and the field that it is about, where that is known. `more_info` is Twilio's page on the code. */
export interface RejectionView {
  code: number;
  reason: string;
  field: string | null;
  more_info: string;
}

/** The job that sends it again. */
export interface Replayed {
  job_sid: string;
}

/** A request with its parameters, what is private in them hidden, and the lines that send it. */
export interface RequestDetail {
  request: RequestRow;
  params: Pair[];
  snippets: Snippet[];
  redacted: boolean;
}

/** Newest first. `recorded` is what is kept: all, failures or none. */
export interface RequestPage {
  requests: RequestRow[];
  recorded: string;
  next: string | null;
  previous: string | null;
}

/** A request that was answered. `caller` is the API key, or `console:` and the user who did the same by hand; "" for the account's own token. `code` is a refusal's. `ms` has fractions. */
export interface RequestRow {
  sid: string;
  at: number;
  caller: string;
  method: string;
  path: string;
  status: number;
  code: number | null;
  code_text: string | null;
  ms: number;
}

/** Whose number is to be shown: a `Number.ref`. It is written into the audit log. */
export interface Reveal {
  ref: string;
}

/** The number in full. */
export interface Revealed {
  number: string;
}

/** What a user may do; each may do what those before it may. */
export type Role = "admin" | "support" | "viewer";

/** An answer that a Messaging Service's long codes give in the United States, and the words to which they give it. */
export interface SaidAnswer {
  message: string;
  words: string[];
}

/** An active session between two simulated phones. */
export interface Scene {
  session_sid: string;
  unique_name: string | null;
  service_sid: string;
  service_name: string;
  people: Person[];
}

/** What a brand gets from a score on: segments a day with T-Mobile, and of dedicated content segments a minute with AT&T. */
export interface ScoreStep {
  least: number;
  tmobile_tier: string;
  tmobile_daily_cap: number;
  att_class: string;
  att_tpm: number;
}

/** `understood` says what the words were taken for: a number, a SID or a name. `more` is true when there is more than is shown. */
export interface SearchResults {
  understood: "name" | "number" | "sid";
  hits: Hit[];
  more: boolean;
}

/** A message from the application to one participant. */
export interface SendMessage {
  participant_sid: string;
  body: string;
  media?: string[];
}

/** A message to one person: from a number of ours, or by a Messaging Service, which may be for a later hour (`send_at`, ms). */
export interface SendText {
  to: string;
  body?: string;
  sender?: string;
  messaging_service_sid?: string;
  media?: string[];
  send_at?: number | null;
}

/** A sender of the pool: a number, a short code or a name. `country` is an ISO code, "" for a name that goes everywhere. `capabilities` are bits: 1 voice, 2 SMS, 4 MMS. `proxy_service_sid` is the Proxy Service whose pool a number is in; `diverted` says that what people write to it is not masked. `carrier` "" is that of most numbers; `used_at` (ms) when it last sent for the service, null for never. */
export interface SenderView {
  sid: string;
  kind: "name" | "phone" | "short-code";
  sender: string;
  country: string;
  capabilities: number;
  carrier: string;
  proxy_service_sid: string | null;
  diverted: boolean;
  used_at: number | null;
}

/** The whole pool: it has a few hundred at the most. Those that were used last stand first. */
export interface Senders {
  senders: SenderView[];
}

/** The message is on its way. */
export interface Sent {
  interaction_sid: string;
  message_sid: string;
}

/** What a Messaging Service answers by itself: `own` by lists of its own. Where a program answers, `kinds` are empty. */
export interface ServiceAnswers {
  own: boolean;
  kinds: KindAnswers[];
}

/** A Proxy Service: how many numbers its pool holds. */
export interface ServiceRef {
  sid: string;
  name: string;
  numbers: number;
}

/** An account's Proxy Services, newest first. */
export interface Services {
  services: ServiceRef[];
}

/** What to do with it. `extend` needs one of the two ends: `ttl` in seconds from the last interaction, or `date_expiry`; `reopen` may have one. */
export interface SessionAction {
  action: "close" | "extend" | "reopen";
  ttl?: number | null;
  date_expiry?: number | null;
}

/** A session with its people. `ttl` is in seconds, 0 for none. */
export interface SessionDetail {
  session: SessionRow;
  ttl: number;
  date_expiry: number | null;
  participants: ParticipantView[];
  may_act: boolean;
}

/** The session itself: created, started, reopened, closed, participant-added, participant-removed. `detail` is why it was closed, or who it is. */
export interface SessionEntry {
  type: "session";
  at: number;
  what: string;
  sid: string;
  detail: string | null;
}

/** A session began or changed. */
export interface SessionEvent {
  type: "session";
  session: SessionRow;
}

/** Newest first. `next` and `previous` are the `after` and `before` of the pages around it. */
export interface SessionPage {
  sessions: SessionRow[];
  next: string | null;
  previous: string | null;
}

/** A session in a list. `expires_at` is when it ends as things are now, null for never. */
export interface SessionRow {
  sid: string;
  account_sid: string;
  service_sid: string;
  service_name: string;
  unique_name: string | null;
  status: string;
  closed_reason: string | null;
  mode: string;
  date_created: number;
  date_last_interaction: number | null;
  date_ended: number | null;
  expires_at: number | null;
}

/** A name and its password. */
export interface SignIn {
  name: string;
  password: string;
}

/** The ways to sign in. `oidc_label` names the other system's button; null where there is none. `/console/api/oidc/start` begins that way. While `has_users` is false, nobody can sign in by a password: `maskline accounts create-user` makes the first. */
export interface SignInOptions {
  password: boolean;
  oidc_label: string | null;
  has_users: boolean;
}

/** So much happens that so many changes were not told. */
export interface Skipped {
  type: "skipped";
  count: number;
}

/** Lines of code that send a request; `language` is python, node or curl. */
export interface Snippet {
  language: string;
  code: string;
}

/** Something that is turned on or off for one account. */
export interface SwitchView {
  name: string;
  on: boolean;
  meaning: string;
}

/** Newest first, whole interactions at a time. `next` is the `after` of the older ones. */
export interface TimelinePage {
  entries: (SessionEntry | InteractionEntry | MessageEntry | CallEntry | WebhookEntry | AlertEntry)[];
  next: string | null;
}

/** An account's verifications, newest first, and its toll-free numbers that have none, those in pools first (`more_unverified`: there are more of them). `by_hand`: an operator says what comes of a new one, else the `registrar` does. */
export interface TollFreePage {
  verifications: VerificationRow[];
  unverified: UnverifiedNumber[];
  more_unverified: boolean;
  registrar: string;
  by_hand: boolean;
  may_change: boolean;
  after: string | null;
  before: string | null;
}

/** How far it is. An unverified toll-free number's messages fail with 30032. */
export type TollfreeStatus = "IN_REVIEW" | "PENDING_REVIEW" | "TWILIO_APPROVED" | "TWILIO_REJECTED";

/** Who examined it. */
export type TollfreeVetting = "CAMPAIGN_VERIFY";

/** What all processes counted, `step` ms at a time; times in ms. `sent` is what carriers accepted or refused, `reports` what they said became of it, `received` what they handed over. `queue_age` is in ms. `state` is `off` where nothing is counted, and `hidden` for whoever sees one account only: the figures are the whole server's. */
export interface Traffic {
  state: "hidden" | "off" | "recorded";
  times: number[];
  step: number;
  received: Line[];
  sent: Line[];
  reports: Line[];
  calls: Line[];
  webhooks: Line[];
  requests: Line[];
  limited: Line[];
  queue_depth: number[];
  queue_age: number[];
  dead: number[];
}

/** A toll-free number without a verification, and the Proxy Service whose pool it is in. */
export interface UnverifiedNumber {
  sid: string;
  number: string;
  service_sid: string | null;
  service_name: string | null;
}

/** Null leaves what is there. */
export interface UserChange {
  role?: Role | null;
  disabled?: boolean | null;
}

/** A user with a one-time sign-in link, shown once; it holds until `expires_at`. */
export interface UserLink {
  user: UserView;
  link: string;
  expires_at: number;
}

/** A user. `account_sid` null: all accounts. */
export interface UserView {
  sid: string;
  name: string;
  role: Role;
  account_sid: string | null;
  disabled: boolean;
  has_password: boolean;
  oidc: boolean;
  last_sign_in: number | null;
  date_created: number;
}

/** All users, by name. */
export interface Users {
  users: UserView[];
}

/** One with what was handed in. `held`: the number is still the account's; its pool is that of the Proxy Service. `by_hand`: an operator says what came of it, which may then become one of `next`. `underway`: its registrar was not reached yet. `submissions`: how often it was handed in. */
export interface VerificationDetail {
  verification: VerificationRow;
  handed_in: HandedIn;
  personal: PersonalField[];
  number_sid: string;
  held: boolean;
  service_sid: string | null;
  service_name: string | null;
  registrar: string;
  by_hand: boolean;
  underway: boolean;
  submissions: number;
  next: TollfreeStatus[];
  edit_reason: string;
  customer_profile_sid: string;
  external_reference_id: string;
  may_change: boolean;
}

/** What an operator says came of one. Of one that is rejected: the codes of the errors and what they mean, and whether and until when (ms) it can be corrected; null leaves what is known. */
export interface VerificationReport {
  status: string;
  codes?: number[];
  reason?: string;
  may_correct?: boolean | null;
  correct_until?: number | null;
}

/** One verification. `may_correct`: it was rejected, and can be handed in again, until `correct_until` (ms) where that has an end. */
export interface VerificationRow {
  sid: string;
  number: string;
  status: TollfreeStatus;
  business_name: string;
  rejections: RejectionView[];
  may_correct: boolean;
  correct_until: number | null;
  date_created: number;
  date_updated: number;
}

/** What an examination came to, and the score that the brand was given by it. */
export interface VettingReport {
  status: string;
  score?: number | null;
}

/** A brand's examination by a third party. `score` is the one that it gave the brand, null where none is known. By hand, it may become one of `next`. */
export interface VettingView {
  sid: string;
  provider: string;
  vetting_class: string;
  status: string;
  score: number | null;
  next: string[];
  date_created: number;
  date_updated: number;
}

/** A request that a program was sent, and its answer. `replayable` says whether `replay` can do anything, `replay_hint` why not. */
export interface WebhookDetail {
  attempt: WebhookEntry;
  params: Pair[];
  request_headers: Pair[];
  response_headers: Pair[];
  response_body: string | null;
  session_sid: string | null;
  replayable: boolean;
  replay_hint: string | null;
}

/** A request that a program was sent: `kind` callback, intercept, status, debugger, message or call. `attempt` counts from 1. `status` is null when no answer came; then `error` says why. `state`: delivered, failed (another attempt follows, or was made), dead (given up: it can be replayed). */
export interface WebhookEntry {
  type: "webhook";
  at: number;
  sid: string;
  job_sid: string;
  interaction_sid: string | null;
  kind: string;
  method: string;
  url: string;
  attempt: number;
  status: number | null;
  error: string | null;
  latency_ms: number;
  state: "dead" | "delivered" | "failed";
}

/** A program was called. */
export interface WebhookEvent {
  type: "webhook";
  session_sid: string | null;
  entry: WebhookEntry;
}

export type Event = Hello | Beat | Skipped | SessionEvent | InteractionEvent | MessageEvent | CallEvent | WebhookEvent | AlertEvent | HandsetMessageEvent | HandsetCallEvent | HandsetHeardEvent;

export type Entry = SessionEntry | InteractionEntry | MessageEntry | CallEntry | WebhookEntry | AlertEntry;

export type Topic = "alerts" | "calls" | "handsets" | "interactions" | "messages" | "sessions" | "webhooks";

export type HitKind = "alert" | "call" | "interaction" | "message" | "number" | "participant" | "service" | "session" | "webhook";

/** Every endpoint: what it takes and answers. Paths follow `/console/api`. */
export interface Endpoints {
  "GET /sign-in": { body: null; answer: SignInOptions; query: never; role: null };
  "POST /sign-in": { body: SignIn; answer: Me; query: never; role: null };
  "POST /sign-in/link": { body: LinkSignIn; answer: Me; query: never; role: null };
  "GET /oidc/start": { body: null; answer: null; query: "next"; role: null };
  "GET /oidc/callback": { body: null; answer: null; query: "code" | "state" | "error"; role: null };
  "GET /me": { body: null; answer: Me; query: never; role: "viewer" };
  "POST /sign-out": { body: null; answer: Done; query: never; role: "viewer" };
  "POST /password": { body: ChangePassword; answer: Done; query: never; role: "viewer" };
  "GET /users": { body: null; answer: Users; query: never; role: "admin" };
  "POST /users": { body: NewUser; answer: UserLink; query: never; role: "admin" };
  "POST /users/{sid}": { body: UserChange; answer: UserView; query: never; role: "admin" };
  "POST /users/{sid}/reset": { body: null; answer: UserLink; query: never; role: "admin" };
  "GET /audit": { body: null; answer: AuditPage; query: "after" | "size"; role: "admin" };
  "GET /overview": { body: null; answer: Overview; query: "account"; role: "viewer" };
  "GET /services": { body: null; answer: Services; query: "account"; role: "viewer" };
  "GET /search": { body: null; answer: SearchResults; query: "account" | "q"; role: "viewer" };
  "GET /sessions": { body: null; answer: SessionPage; query: "account" | "after" | "before" | "size" | "service" | "status"; role: "viewer" };
  "GET /sessions/{sid}": { body: null; answer: SessionDetail; query: never; role: "viewer" };
  "POST /sessions/{sid}": { body: SessionAction; answer: SessionDetail; query: never; role: "support" };
  "GET /sessions/{sid}/timeline": { body: null; answer: TimelinePage; query: "after" | "size"; role: "viewer" };
  "POST /sessions/{sid}/messages": { body: SendMessage; answer: Sent; query: never; role: "support" };
  "GET /legs/{sid}": { body: null; answer: TimelinePage; query: never; role: "viewer" };
  "POST /reveal": { body: Reveal; answer: Revealed; query: never; role: "support" };
  "GET /webhooks/{sid}": { body: null; answer: WebhookDetail; query: never; role: "viewer" };
  "POST /webhooks/{sid}/replay": { body: null; answer: Replayed; query: never; role: "support" };
  "GET /pools": { body: null; answer: PoolPage; query: "account" | "after" | "before" | "size"; role: "viewer" };
  "GET /pools/{sid}/cells": { body: null; answer: Cells; query: "after" | "size"; role: "viewer" };
  "GET /traffic": { body: null; answer: Traffic; query: "range"; role: "viewer" };
  "GET /errors": { body: null; answer: Errors; query: "account" | "days"; role: "viewer" };
  "GET /jobs": { body: null; answer: JobPage; query: "account" | "after" | "before" | "size" | "state" | "kind"; role: "viewer" };
  "POST /jobs/{sid}/replay": { body: null; answer: JobView; query: never; role: "support" };
  "POST /jobs/{sid}/discard": { body: null; answer: Done; query: never; role: "support" };
  "GET /opt-outs": { body: null; answer: OptOutPage; query: "account" | "after" | "before" | "size" | "person" | "sender" | "source"; role: "viewer" };
  "POST /opt-outs": { body: NewOptOut; answer: AddedOptOut; query: "account"; role: "support" };
  "POST /opt-outs/{sid}/remove": { body: null; answer: Done; query: never; role: "support" };
  "GET /messages": { body: null; answer: MessagePage; query: "account" | "after" | "before" | "size" | "status" | "service"; role: "viewer" };
  "POST /messages": { body: SendText; answer: MessageRow; query: "account"; role: "support" };
  "POST /messages/{sid}/cancel": { body: null; answer: MessageRow; query: never; role: "support" };
  "GET /messaging-services": { body: null; answer: MessagingServicePage; query: "account" | "after" | "before" | "size"; role: "viewer" };
  "POST /messaging-services": { body: NewMessagingService; answer: MessagingServiceDetail; query: "account"; role: "admin" };
  "GET /messaging-services/{sid}": { body: null; answer: MessagingServiceDetail; query: never; role: "viewer" };
  "POST /messaging-services/{sid}": { body: MessagingServiceChange; answer: MessagingServiceDetail; query: never; role: "admin" };
  "POST /messaging-services/{sid}/delete": { body: null; answer: Done; query: never; role: "admin" };
  "GET /messaging-services/{sid}/senders": { body: null; answer: Senders; query: never; role: "viewer" };
  "POST /messaging-services/{sid}/senders": { body: NewSenders; answer: Senders; query: never; role: "admin" };
  "POST /messaging-services/{sid}/senders/{sender}/remove": { body: null; answer: Done; query: never; role: "admin" };
  "GET /free-senders": { body: null; answer: FreeSenders; query: "account"; role: "viewer" };
  "POST /messaging-services/{sid}/opt-outs": { body: OptOutSwitch; answer: OptOutLists; query: never; role: "admin" };
  "GET /messaging-services/{sid}/opt-out-lists": { body: null; answer: OptOutLists; query: never; role: "viewer" };
  "POST /messaging-services/{sid}/opt-out-lists": { body: NewOptOutList; answer: OptOutListView; query: never; role: "admin" };
  "POST /messaging-services/{sid}/opt-out-lists/{list}": { body: OptOutListChange; answer: OptOutListView; query: never; role: "admin" };
  "POST /messaging-services/{sid}/opt-out-lists/{list}/remove": { body: null; answer: Done; query: never; role: "admin" };
  "GET /a2p": { body: null; answer: A2p; query: "account"; role: "viewer" };
  "POST /a2p/brands": { body: NewBrand; answer: BrandView; query: "account"; role: "admin" };
  "GET /a2p/brands/{sid}": { body: null; answer: BrandDetail; query: never; role: "viewer" };
  "POST /a2p/brands/{sid}/resubmit": { body: null; answer: BrandView; query: never; role: "admin" };
  "POST /a2p/brands/{sid}/report": { body: BrandReport; answer: BrandView; query: never; role: "admin" };
  "POST /a2p/brands/{sid}/passcode": { body: null; answer: BrandDetail; query: never; role: "admin" };
  "POST /a2p/brands/{sid}/vettings": { body: NewVetting; answer: BrandDetail; query: never; role: "admin" };
  "POST /a2p/brands/{sid}/vettings/{vetting}/report": { body: VettingReport; answer: BrandDetail; query: never; role: "admin" };
  "GET /a2p/answers/{sid}": { body: null; answer: ServiceAnswers; query: never; role: "viewer" };
  "POST /a2p/campaigns": { body: NewCampaign; answer: CampaignView; query: "account"; role: "admin" };
  "POST /a2p/campaigns/external": { body: ExternalCampaign; answer: CampaignView; query: "account"; role: "admin" };
  "GET /a2p/campaigns/{sid}": { body: null; answer: CampaignDetail; query: never; role: "viewer" };
  "POST /a2p/campaigns/{sid}/correct": { body: CampaignTexts; answer: CampaignView; query: never; role: "admin" };
  "POST /a2p/campaigns/{sid}/report": { body: CampaignReport; answer: CampaignView; query: never; role: "admin" };
  "POST /a2p/campaigns/{sid}/delete": { body: null; answer: Done; query: never; role: "admin" };
  "GET /toll-free": { body: null; answer: TollFreePage; query: "account" | "after" | "before" | "size" | "status"; role: "viewer" };
  "POST /toll-free": { body: NewVerification; answer: VerificationDetail; query: "account"; role: "admin" };
  "GET /toll-free/{sid}": { body: null; answer: VerificationDetail; query: never; role: "viewer" };
  "POST /toll-free/{sid}/correct": { body: CorrectedVerification; answer: VerificationDetail; query: never; role: "admin" };
  "POST /toll-free/{sid}/report": { body: VerificationReport; answer: VerificationDetail; query: never; role: "admin" };
  "POST /toll-free/{sid}/delete": { body: null; answer: Done; query: never; role: "admin" };
  "GET /alerts": { body: null; answer: AlertPage; query: "account" | "after" | "before" | "size" | "level" | "code" | "service"; role: "viewer" };
  "GET /alerts/{sid}": { body: null; answer: AlertDetail; query: never; role: "viewer" };
  "GET /requests": { body: null; answer: RequestPage; query: "account" | "after" | "before" | "size" | "method" | "outcome" | "by"; role: "viewer" };
  "GET /requests/{sid}": { body: null; answer: RequestDetail; query: never; role: "viewer" };
  "GET /hooks": { body: null; answer: HookPage; query: "account" | "after" | "before" | "size"; role: "viewer" };
  "POST /hooks/test": { body: HookTest; answer: HookTested; query: never; role: "support" };
  "GET /accounts": { body: null; answer: AccountList; query: never; role: "admin" };
  "POST /accounts": { body: NewAccount; answer: CreatedAccount; query: never; role: "admin" };
  "POST /accounts/{sid}": { body: AccountChange; answer: AccountView; query: never; role: "admin" };
  "GET /keys": { body: null; answer: KeyPage; query: "account" | "after" | "before" | "size"; role: "admin" };
  "POST /keys": { body: NewApiKey; answer: CreatedKey; query: "account"; role: "admin" };
  "POST /keys/{sid}/revoke": { body: null; answer: Done; query: never; role: "admin" };
  "GET /events": { body: null; answer: null; query: "account" | "topics" | "session" | "handset"; role: "viewer" };
  "GET /handsets": { body: null; answer: Handsets; query: "account"; role: "viewer" };
  "GET /handsets/{number}/messages": { body: null; answer: HandsetMessages; query: "after" | "limit"; role: "viewer" };
  "POST /handsets/{number}/messages": { body: HandsetText; answer: HandsetMessageView; query: never; role: "support" };
  "POST /handsets/{number}/pictures": { body: Blob; answer: Picture; query: never; role: "support" };
  "GET /handsets/{number}/calls": { body: null; answer: HandsetCalls; query: never; role: "viewer" };
  "POST /handsets/{number}/calls": { body: HandsetDial; answer: HandsetCallView; query: never; role: "support" };
  "POST /handsets/{number}/calls/{call}/answer": { body: null; answer: HandsetCallView; query: never; role: "support" };
  "POST /handsets/{number}/calls/{call}/reject": { body: HandsetReject; answer: HandsetCallView; query: never; role: "support" };
  "POST /handsets/{number}/calls/{call}/hangup": { body: null; answer: HandsetCallView; query: never; role: "support" };
  "POST /handsets/{number}/calls/{call}/digits": { body: HandsetDigits; answer: HandsetCallView; query: never; role: "support" };
}
