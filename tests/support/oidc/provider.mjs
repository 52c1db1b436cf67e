// A real OpenID Connect provider for tests: node provider.mjs PORT REDIRECT_URI CLIENT_SECRET.
// Whoever signs in as "name:group,group" has that name and those groups. It prints "ready".

import { Provider } from "oidc-provider";

const [port, redirect, secret] = process.argv.slice(2);
const client = {
  client_id: "maskline",
  redirect_uris: [redirect],
  grant_types: ["authorization_code"],
  response_types: ["code"],
  ...(secret
    ? { client_secret: secret, token_endpoint_auth_method: "client_secret_basic" }
    : { token_endpoint_auth_method: "none" }),
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [client],
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
  pkce: { required: () => true },
  async findAccount(_, id) {
    const [name, groups] = id.split(":");
    return {
      accountId: id,
      claims: () => ({
        sub: id,
        preferred_username: name,
        groups: groups ? groups.split(",") : [],
      }),
    };
  },
});

provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
