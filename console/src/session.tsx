// Who is signed in, and which account they look at: there for every page.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Me, Role } from "./api/types";

export interface Viewer {
  me: Me;
  /** The account that lists and counts are of. */
  account: string;
  setAccount: (sid: string) => void;
  /** Takes what a changed sign-in answered, or null for signed out. */
  become: (me: Me | null) => void;
}

export const ViewerContext = createContext<Viewer | null>(null);

const RANK: Record<Role, number> = { viewer: 0, support: 1, admin: 2 };

/** Whether a role is enough where `needed` is needed. */
export function may(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed];
}

export function useViewer(): Viewer & { may: (needed: Role) => boolean } {
  const viewer = useContext(ViewerContext);
  if (viewer === null) throw new Error("nobody is signed in");
  return { ...viewer, may: (needed) => may(viewer.me.role, needed) };
}
