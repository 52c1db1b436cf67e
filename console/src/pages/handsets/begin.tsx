// What to do when there is no session between two simulated phones: the lines that make one.

import type { JSX } from "preact";
import { useViewer } from "../../session";
import { Button, CodeBlock } from "../../ui";

export function HowToBegin({ again }: { again: () => void }): JSX.Element {
  const { account } = useViewer();
  const lines = `from twilio.rest import Client
client = Client("${account}", auth_token)
client.proxy.base_url = "${location.origin}/proxy"
client.api.base_url = "${location.origin}/api"
service = client.proxy.v1.services.create(unique_name="rides")
for number in ("+16285550110", "+16285550121"):
    ours = client.incoming_phone_numbers.create(phone_number=number)
    service.phone_numbers.create(sid=ours.sid)
session = service.sessions.create(unique_name="ride-1")
session.participants.create(identifier="+14155550142", friendly_name="Alice")
session.participants.create(identifier="+12125550187", friendly_name="Bob")`;
  return (
    <div class="stack">
      <p>
        Every number that is not one of the server’s own is a handset. Make a session with two of them, with the
        official SDK for example:
      </p>
      <CodeBlock text={lines} label="Python" />
      <div>
        <Button icon="replay" onClick={again}>
          Look again
        </Button>
      </div>
    </div>
  );
}
