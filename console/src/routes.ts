// Every page: its address, its place in the menu, who may see it, and where its code is. A page's
// module is fetched when somebody goes there.

import type { ComponentType } from "preact";
import type { Role } from "./api/types";
import type { Params } from "./router";
import type { IconName } from "./ui/icon";

export type Page = ComponentType<{ params: Params }>;

export interface Route {
  /** After /console; `:names` become the page's params. */
  path: string;
  /** In the browser's tab, and in the menu. */
  title: string;
  load: () => Promise<{ default: Page }>;
  /** A page without one is reached from others. */
  menu?: { group: Group; icon: IconName };
  /** The least role that it needs; without one, any. */
  role?: Role;
  /** Only while the simulator is on. */
  simulator?: boolean;
}

/** The menu's groups, in order. */
export const GROUPS = ["Watch", "Operate", "Messaging", "Develop", "Administer"] as const;
export type Group = (typeof GROUPS)[number];

export const ROUTES: readonly Route[] = [
  {
    path: "/",
    title: "Overview",
    menu: { group: "Watch", icon: "home" },
    load: () => import("./pages/overview"),
  },
  {
    path: "/handsets",
    title: "Handsets",
    menu: { group: "Watch", icon: "phones" },
    simulator: true,
    load: () => import("./pages/handsets"),
  },
  {
    path: "/sessions",
    title: "Sessions",
    menu: { group: "Watch", icon: "sessions" },
    load: () => import("./pages/sessions"),
  },
  { path: "/sessions/:sid", title: "Session", load: () => import("./pages/session") },
  {
    path: "/search",
    title: "Search",
    menu: { group: "Watch", icon: "search" },
    load: () => import("./pages/search"),
  },
  {
    path: "/pools",
    title: "Pools",
    menu: { group: "Operate", icon: "pool" },
    load: () => import("./pages/pools"),
  },
  { path: "/pools/:sid", title: "Pool", load: () => import("./pages/pool") },
  {
    path: "/deliveries",
    title: "Deliveries",
    menu: { group: "Operate", icon: "chart" },
    load: () => import("./pages/deliveries"),
  },
  {
    path: "/queue",
    title: "Queue and dead letters",
    menu: { group: "Operate", icon: "dead" },
    load: () => import("./pages/queue"),
  },
  {
    path: "/messages",
    title: "Messages",
    menu: { group: "Messaging", icon: "send" },
    load: () => import("./pages/messages"),
  },
  {
    path: "/messaging-services",
    title: "Messaging Services",
    menu: { group: "Messaging", icon: "message" },
    load: () => import("./pages/messaging-services"),
  },
  {
    path: "/messaging-services/:sid",
    title: "Messaging Service",
    load: () => import("./pages/messaging-services/service"),
  },
  {
    path: "/a2p",
    title: "A2P registration",
    menu: { group: "Messaging", icon: "seal" },
    load: () => import("./pages/a2p"),
  },
  {
    path: "/toll-free",
    title: "Toll-free verification",
    menu: { group: "Messaging", icon: "call" },
    load: () => import("./pages/toll-free"),
  },
  { path: "/toll-free/new", title: "Verify a toll-free number", load: () => import("./pages/toll-free/new") },
  {
    path: "/toll-free/:sid",
    title: "Toll-free number",
    load: () => import("./pages/toll-free/verification"),
  },
  {
    path: "/opt-outs",
    title: "Opt-outs",
    menu: { group: "Messaging", icon: "stop" },
    load: () => import("./pages/opt-outs"),
  },
  {
    path: "/debugger",
    title: "Debugger",
    menu: { group: "Develop", icon: "bug" },
    load: () => import("./pages/debugger"),
  },
  {
    path: "/requests",
    title: "API requests",
    menu: { group: "Develop", icon: "log" },
    load: () => import("./pages/requests"),
  },
  {
    path: "/code",
    title: "As code",
    menu: { group: "Develop", icon: "code" },
    load: () => import("./pages/code"),
  },
  {
    path: "/webhooks",
    title: "Webhooks",
    menu: { group: "Develop", icon: "webhook" },
    load: () => import("./pages/webhooks"),
  },
  {
    path: "/accounts",
    title: "Accounts and keys",
    menu: { group: "Administer", icon: "key" },
    role: "admin",
    load: () => import("./pages/accounts"),
  },
  {
    path: "/users",
    title: "Users",
    menu: { group: "Administer", icon: "users" },
    role: "admin",
    load: () => import("./pages/users"),
  },
  {
    path: "/audit",
    title: "Audit log",
    menu: { group: "Administer", icon: "audit" },
    role: "admin",
    load: () => import("./pages/audit"),
  },
  { path: "/profile", title: "Your profile", load: () => import("./pages/profile") },
];
