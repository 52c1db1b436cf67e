// The whole: who is signed in, and the page that the address names.

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { ask, ApiError, onSignIn, useToken } from "./api/client";
import type { Me } from "./api/types";
import { Boundary } from "./boundary";
import { SignInPage } from "./pages/sign-in";
import { match, moved, type Params, usePlace } from "./router";
import { type Page, ROUTES, type Route } from "./routes";
import { may, type Viewer, ViewerContext } from "./session";
import { Shell } from "./shell";
import { EmptyState, ErrorNote, Loading } from "./ui";
import { Toasts } from "./ui/toast";

const ACCOUNT = "maskline-account";

export function App(): JSX.Element {
  const { path } = usePlace();
  const [me, setMe] = useState<Me | null>();
  const [error, setError] = useState<unknown>();
  const become = (next: Me | null): void => {
    useToken(next?.csrf_token ?? "");
    setMe(next);
    setError(undefined);
  };
  useEffect(() => {
    onSignIn(become);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = (): void => {
      ask("GET /me").then(become, (reason: unknown) => {
        if (reason instanceof ApiError && reason.status === 401) return become(null);
        setError(reason);
        timer = setTimeout(look, 2000);
      });
    };
    look();
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      {me === undefined ? (
        <div class="alone">{error ? <ErrorNote error={error} /> : <Loading />}</div>
      ) : me === null || path === "/sign-in" ? (
        <SignInPage me={me} become={become} />
      ) : (
        <SignedIn me={me} become={become} />
      )}
      <Toasts />
    </>
  );
}

function SignedIn({ me, become }: { me: Me; become: (me: Me | null) => void }): JSX.Element {
  const [account, setAccount] = useState(() => {
    const kept = sessionStorage.getItem(ACCOUNT);
    return me.accounts.some((one) => one.sid === kept) ? (kept ?? "") : (me.accounts[0]?.sid ?? "");
  });
  const viewer = useMemo<Viewer>(
    () => ({
      me,
      account,
      setAccount: (sid) => {
        sessionStorage.setItem(ACCOUNT, sid);
        setAccount(sid);
      },
      become,
    }),
    [me, account],
  );
  const { path } = usePlace();
  const found = find(path);
  return (
    <ViewerContext.Provider value={viewer}>
      <Shell route={found?.route}>
        {found ? (
          allowed(found.route, me) ? (
            // A page starts anew for another account, and for another thing of its kind.
            <Lazy key={`${account} ${path}`} route={found.route} params={found.params} />
          ) : (
            <EmptyState icon="audit" title="This page is not yours to see">
              {found.route.simulator && !me.features.simulator
                ? "The simulated carrier is off: turn simulator.enabled on to have handsets here."
                : `It needs the role ${found.route.role}; yours is ${me.role}.`}
            </EmptyState>
          )
        ) : (
          <EmptyState icon="search" title="There is no such page">
            The address may be mistyped. The menu has all that there is.
          </EmptyState>
        )}
      </Shell>
    </ViewerContext.Provider>
  );
}

export function allowed(route: Route, me: Me): boolean {
  return may(me.role, route.role ?? "viewer") && (!route.simulator || me.features.simulator);
}

function find(path: string): { route: Route; params: Params } | null {
  for (const route of ROUTES) {
    const params = match(route.path, path);
    if (params) return { route, params };
  }
  return null;
}

/** Pages that were fetched already are there at once. */
const fetched = new Map<Route, Page>();

function Lazy({ route, params }: { route: Route; params: Params }): JSX.Element {
  const [page, setPage] = useState<{ is: Page | undefined }>({ is: fetched.get(route) });
  const [error, setError] = useState<unknown>();
  useEffect(() => {
    document.title = `${route.title} · Maskline`;
    if (fetched.has(route)) return;
    route.load().then(
      (module) => {
        fetched.set(route, module.default);
        setPage({ is: module.default });
      },
      // A newer version was installed meanwhile, and its files have other names.
      () => setError(new Error("The page's code could not be fetched. Reload the page.")),
    );
  }, [route]);
  useEffect(() => {
    // A screen reader goes on at the new page's heading, as after a click on any other link.
    if (page.is && moved) document.querySelector<HTMLElement>("main h1")?.focus();
  }, [page.is]);
  if (error) return <ErrorNote error={error} />;
  const Now = page.is;
  return Now ? (
    <Boundary>
      <Now params={params} />
    </Boundary>
  ) : (
    <Loading />
  );
}
