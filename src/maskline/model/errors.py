"""Faults: refusals with Twilio's code, HTTP status and a text that holds no personal data."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple


class Entry(NamedTuple):
    """One line of the error dictionary: HTTP status, log level and our default text."""

    status: int
    level: str
    text: str


_E: Final = "error"
_W: Final = "warning"

#: Codes are Twilio's, 80990 and 80991 apart; where no source states the HTTP status, validation
#: answers 400, a missing record 404, an internal failure 500.
CATALOGUE: Final = MappingProxyType(
    {
        11200: Entry(502, _E, "A document of the program could not be fetched"),
        11750: Entry(502, _E, "An answer of the program is longer than 64 KB"),
        12100: Entry(502, _E, "A document of the program is not well-formed XML"),
        12102: Entry(502, _E, "A document of the program has no Response at its root"),
        12200: Entry(502, _W, "A document of the program was not taken as written"),
        13214: Entry(400, _E, "A Dial names a caller ID that the account may not show"),
        14103: Entry(400, _W, "A Message has neither text nor media"),
        14107: Entry(429, _W, "Too many replies of a program between the same two numbers"),
        14109: Entry(400, _W, "An answer has too many Messages"),
        14110: Entry(400, _W, "A document that answers a message holds a verb for calls"),
        20001: Entry(400, _E, "A parameter is missing or wrong"),
        20003: Entry(401, _E, "Authentication failed: check the SID and the token or secret"),
        20004: Entry(405, _E, "This method is not allowed on this resource"),
        20006: Entry(403, _E, "Access denied"),
        20009: Entry(409, _E, "It is still under way"),
        20404: Entry(404, _E, "The requested resource was not found"),
        20413: Entry(413, _E, "The request body is too large"),
        20415: Entry(415, _E, "Send the body as application/x-www-form-urlencoded"),
        20429: Entry(429, _E, "Too many requests: retry later with back-off"),
        20500: Entry(500, _E, "An internal error occurred"),
        20503: Entry(503, _E, "The service is temporarily unavailable: retry later"),
        21201: Entry(400, _E, "A call needs a To"),
        21205: Entry(400, _E, "A call needs a valid Url, Twiml or ApplicationSid"),
        21206: Entry(400, _E, "SendDigits is not valid"),
        21208: Entry(400, _E, "Timeout is not valid"),
        21209: Entry(400, _E, "A method is neither GET nor POST"),
        21210: Entry(400, _E, "The account does not own the caller ID"),
        21211: Entry(400, _E, "The recipient is not a valid phone number"),
        21212: Entry(400, _E, "The caller ID is not a number that can begin calls"),
        21213: Entry(400, _E, "A call needs a From"),
        21214: Entry(400, _E, "The person who is called can't be reached"),
        21215: Entry(400, _E, "Calls to that country are not allowed here"),
        21217: Entry(400, _E, "The person's phone number is not valid"),
        21218: Entry(400, _E, "The application does not exist, or has no VoiceUrl"),
        21220: Entry(400, _E, "The call is in no state for that"),
        21266: Entry(400, _E, "Sender and recipient are the same number"),
        21408: Entry(400, _E, "Messages to the recipient's country are not allowed here"),
        21421: Entry(400, _E, "The phone number is not valid"),
        21422: Entry(400, _E, "The phone number is not available"),
        21452: Entry(400, _E, "No phone number was found in that area code"),
        21602: Entry(400, _E, "A message needs a Body or a MediaUrl"),
        21603: Entry(400, _E, "A message needs a From or a MessagingServiceSid"),
        21604: Entry(400, _E, "A message needs a To"),
        21606: Entry(400, _E, "The account does not own the sender"),
        21610: Entry(400, _E, "The recipient has unsubscribed from this sender"),
        21611: Entry(400, _E, "The sender's queue is full"),
        21612: Entry(400, _E, "The message can't be sent from this sender to this recipient"),
        21614: Entry(400, _E, "The recipient is a landline, which takes no messages"),
        21617: Entry(400, _E, "The message body is longer than 1600 characters"),
        21620: Entry(400, _E, "A media URL is not valid"),
        21623: Entry(400, _E, "Too many media: at most 10 are allowed"),
        21655: Entry(400, _E, "The content template is not known"),
        21701: Entry(404, _E, "The Messaging Service does not exist"),
        21703: Entry(400, _E, "The Messaging Service has no sender that can reach the recipient"),
        21704: Entry(400, _E, "The Messaging Service has no senders"),
        21705: Entry(400, _E, "The Messaging Service's SID is not valid"),
        21710: Entry(409, _W, "The number is already in this Messaging Service"),
        21711: Entry(400, _W, "The sender is not in the Messaging Service"),
        21712: Entry(400, _E, "The number is in another Messaging Service"),
        21713: Entry(400, _E, "The Messaging Service's use case is not valid"),
        21714: Entry(412, _E, "The Messaging Service has as many numbers as it can"),
        21715: Entry(400, _E, "The number can't send or receive messages"),
        21717: Entry(400, _E, "The brand is not registered, or not for this use case"),
        21720: Entry(400, _E, "The A2P use case is not valid"),
        21721: Entry(400, _E, "The brand can't be examined by Campaign Verify"),
        21722: Entry(400, _E, "The Campaign Verify token is not valid"),
        21723: Entry(409, _E, "An examination of the brand by Campaign Verify is under way"),
        21724: Entry(400, _E, "The brand was updated as often as it can be"),
        21725: Entry(400, _E, "A brand can be updated only while it is FAILED"),
        21727: Entry(400, _E, "A parameter of the campaign is missing"),
        21728: Entry(400, _E, "A parameter of the campaign is too short, too long or too many"),
        21729: Entry(400, _E, "The campaign is suspended"),
        21731: Entry(400, _E, "The brand is suspended"),
        21732: Entry(400, _E, "The brand has as many campaigns as it can"),
        # What became of a message: no answer of the API has these.
        30001: Entry(400, _E, "The carrier's queue is full"),
        30002: Entry(
            400, _E, "The account at the carrier is suspended, or has nothing left to pay"
        ),
        30003: Entry(400, _E, "The phone can't be reached now"),
        30004: Entry(400, _E, "The message was blocked, by its recipient or by a network"),
        30005: Entry(400, _E, "No phone has the recipient's number"),
        30006: Entry(400, _E, "The recipient is a landline, or no network can reach it"),
        30007: Entry(400, _E, "The message was filtered out as unwanted"),
        30008: Entry(400, _E, "The message was not delivered, and the carrier does not say why"),
        30011: Entry(400, _E, "Media can't be sent to the recipient"),
        30023: Entry(400, _E, "T-Mobile's segments a day for the brand are used up"),
        30025: Entry(400, _W, "Half of T-Mobile's segments a day for the brand are used"),
        30026: Entry(400, _W, "Most (70 %) of T-Mobile's segments a day for the brand are used"),
        30027: Entry(400, _W, "T-Mobile's segments a day for the brand are used"),
        30032: Entry(400, _E, "The toll-free number is not verified"),
        30033: Entry(400, _E, "The A2P campaign is suspended"),
        30034: Entry(400, _E, "The US long code is not registered with an A2P campaign"),
        30035: Entry(400, _E, "The US long code's A2P registration is under way"),
        30036: Entry(400, _E, "The message waited for longer than its validity period"),
        30125: Entry(400, _W, "A number could not be registered with its A2P campaign"),
        30409: Entry(409, _E, "The message can't be cancelled any more"),
        30792: Entry(400, _E, "The registration of an A2P brand failed"),
        30880: Entry(400, _E, "The registration of an A2P campaign failed"),
        30892: Entry(400, _E, "The A2P campaign was rejected: a sample has a public short link"),
        30896: Entry(400, _E, "The A2P campaign was rejected: how people opt in"),
        30897: Entry(400, _E, "The A2P campaign was rejected: content that is not allowed"),
        30911: Entry(400, _E, "The A2P campaign was rejected: texts that repeat each other"),
        30933: Entry(400, _E, "The A2P campaign was rejected: it has no privacy policy's address"),
        30934: Entry(400, _E, "The A2P campaign was rejected: it has no terms' address"),
        35111: Entry(400, _E, "SendAt needs a ScheduleType"),
        35112: Entry(400, _E, "ScheduleType needs a SendAt"),
        35114: Entry(400, _E, "SendAt must be 15 minutes to 35 days ahead"),
        35118: Entry(400, _E, "A scheduled message needs a MessagingServiceSid"),
        80101: Entry(400, _E, "The number is already in another Proxy Service"),
        80102: Entry(400, _W, "The participant is already in an interaction"),
        80103: Entry(400, _E, "The participant is already in this session"),
        80104: Entry(400, _W, "The phone number is already in this Service"),
        80105: Entry(400, _W, "The short code is already in this Service"),
        80201: Entry(400, _W, "No compatible proxy number: none in the pool carries voice"),
        80202: Entry(400, _W, "No compatible proxy number: none in the pool carries messages"),
        80203: Entry(400, _E, "No compatible proxy number: none has the person's dialling code"),
        80205: Entry(400, _W, "No compatible proxy number: the Service's pool is empty"),
        80206: Entry(400, _W, "No compatible proxy number: none meets the geo match level"),
        80207: Entry(400, _E, "No compatible proxy number: all that fit are reserved"),
        80208: Entry(
            400, _E, "No compatible proxy number: all that fit serve this participant elsewhere"
        ),
        80301: Entry(404, _E, "The account owns no phone number with that SID"),
        80303: Entry(404, _W, "The account owns no short code with that SID"),
        80304: Entry(404, _W, "The proxy identifier is not known"),
        80305: Entry(404, _E, "No proxy identifier is known under that SID"),
        80306: Entry(404, _E, "No chat instance was found for the Service"),
        80307: Entry(404, _W, "The record to be updated was not found"),
        80308: Entry(404, _E, "No session has that unique name"),
        80401: Entry(400, _W, "The account SID is not valid"),
        80402: Entry(400, _W, "The identifier and proxy identifier pair is not valid"),
        80403: Entry(400, _W, "The interaction SID is not valid"),
        80404: Entry(400, _E, "The participant's identifier is not a valid, reachable number"),
        80405: Entry(400, _W, "The participant SID is not valid"),
        80406: Entry(400, _W, "The phone number is not valid"),
        80407: Entry(400, _W, "The phone number SID is not valid"),
        80408: Entry(400, _W, "Invalid Service Sid"),
        80409: Entry(400, _W, "The session SID is not valid"),
        80501: Entry(500, _E, "A storage operation failed"),
        80502: Entry(500, _E, "A service downstream failed"),
        80503: Entry(500, _W, "No record was updated"),
        80504: Entry(500, _E, "An internal error occurred"),
        80505: Entry(500, _E, "The Flex configuration is not valid"),
        80506: Entry(403, _E, "Creating Services is restricted"),
        80601: Entry(400, _W, "The phone number is not available"),
        80602: Entry(400, _W, "A Service with that unique name exists already"),
        80603: Entry(400, _E, "A session with that unique name exists already in this Service"),
        80604: Entry(400, _W, "The proxy identifier already serves this participant elsewhere"),
        80605: Entry(400, _W, "The proxy identifier is not in the Service's pool"),
        80606: Entry(400, _W, "The account does not own the proxy identifier"),
        80607: Entry(400, _W, "The session is closed"),
        80608: Entry(400, _E, "That change of status is not allowed"),
        80609: Entry(400, _W, "A session has at most two participants"),
        80610: Entry(400, _W, "The SIDs do not belong together"),
        80611: Entry(400, _E, "The number is in use by active sessions"),
        80612: Entry(400, _E, "The identifier is, or was, a participant of this session"),
        80613: Entry(400, _E, "A service downstream refused the request"),
        80614: Entry(400, _W, "The session has no partner participant"),
        80615: Entry(403, _E, "The account is on legal hold"),
        80616: Entry(400, _E, "This kind of identifier needs a message-only session"),
        80617: Entry(400, _E, "The Flex configuration is not valid"),
        80618: Entry(400, _E, "The chat integration failed"),
        80619: Entry(400, _E, "A chat channel attribute is missing or wrong"),
        80620: Entry(400, _E, "The chat channel's proxy identifier was not found"),
        80621: Entry(429, _W, "Requests to this endpoint are rate limited: retry later"),
        80622: Entry(400, _E, "The Service's pool is full"),
        80623: Entry(409, _E, "Another request for this participant is in flight: retry later"),
        80624: Entry(400, _W, "The Service's pool is nearly full"),
        80625: Entry(403, _E, "The request's signature is missing or is not valid"),
        80701: Entry(400, _W, "A parameter is missing or wrong"),
        80801: Entry(400, _E, "A session was re-opened although a pair of it is active elsewhere"),
        80802: Entry(400, _E, "A participant was added although its pair is active elsewhere"),
        80901: Entry(400, _W, "The message is an opt-out word and was not forwarded"),
        80902: Entry(400, _E, "The call came from nobody in an active session"),
        80903: Entry(400, _W, "The sender is no participant of an active session"),
        80904: Entry(400, _W, "The session has expired"),
        80905: Entry(400, _W, "No scenario fits this message or call"),
        80906: Entry(400, _W, "The interaction is already finished"),
        80907: Entry(400, _W, "No open interaction fits this call event"),
        80908: Entry(400, _W, "A callback could not be delivered"),
        80909: Entry(400, _W, "The intercept callback blocked the interaction"),
        80910: Entry(400, _W, "A message into a voice-only session was rejected"),
        80911: Entry(400, _W, "A call into a message-only session was rejected"),
        80913: Entry(400, _E, "The out-of-session callback failed"),
        # Ours: Twilio's dictionary says nothing of it, and has no code near.
        80990: Entry(500, _W, "A message may have reached its person twice"),
        80991: Entry(400, _W, "The A2P campaign has as many numbers as T-Mobile takes unasked"),
    }
)

MORE_INFO: Final = "https://www.twilio.com/docs/errors/"


class Fault(Exception):
    """A refusal. The transaction that raises it leaves no trace.

    `detail` is added to the dictionary's text; it must hold no number, body or secret.
    """

    def __init__(self, code: int, detail: str = "", *, status: int | None = None) -> None:
        entry = CATALOGUE[code]
        self.code = code
        self.detail = detail
        self.status = entry.status if status is None else status
        self.message = f"{entry.text}: {detail}" if detail else entry.text
        super().__init__(f"{code} {self.message}")


def not_found(what: str) -> Fault:
    """20404, naming the resource but not repeating what was asked for."""
    return Fault(20404, what)
