from __future__ import annotations

import re
from typing import Any, get_args
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse

from maskline.voice import instructions as tree
from maskline.voice.instructions import (
    Client,
    Conference,
    Dial,
    Gather,
    Hangup,
    Message,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Sip,
)
from maskline.voice.twiml import (
    MAX_DOCUMENT_BYTES,
    MAX_WARNINGS,
    Kind,
    Parsed,
    TwimlError,
    TwimlWarning,
    parse,
    render,
)

HEADER = '<?xml version="1.0" encoding="UTF-8"?>'


def voice(inside: str) -> Parsed:
    return parse(f"<Response>{inside}</Response>", "voice")


def message(inside: str) -> Parsed:
    return parse(f"<Response>{inside}</Response>", "message")


def codes(parsed: Parsed) -> list[int]:
    return [warning.code for warning in parsed.warnings]


def refusal(text: str | bytes) -> TwimlError:
    with pytest.raises(TwimlError) as caught:
        parse(text, "voice")
    return caught.value


class TestRender:
    def test_masked_call(self) -> None:
        leg = Number(
            "+14158675310",
            status_callback="https://mask.example/legs/1",
            status_callback_events=("initiated", "ringing", "answered", "completed"),
        )
        dial = Dial(
            (leg,),
            caller_id="+12025550123",
            answer_on_bridge=True,
            timeout=20,
            action="https://mask.example/calls/1?a=1&b=2",
        )
        assert render(Response((dial,))) == (
            HEADER + '<Response><Dial callerId="+12025550123" answerOnBridge="true" timeout="20"'
            ' action="https://mask.example/calls/1?a=1&amp;b=2"><Number'
            ' statusCallback="https://mask.example/legs/1"'
            ' statusCallbackEvent="initiated ringing answered completed">+14158675310</Number>'
            "</Dial></Response>"
        )

    @pytest.mark.parametrize(
        ("verb", "xml"),
        [
            (Hangup(), "<Hangup/>"),
            (Dial(), "<Dial/>"),
            (Gather(), "<Gather/>"),
            (Play(), "<Play/>"),
            (Record(play_beep=False), '<Record playBeep="false"/>'),
            (Reject("busy"), '<Reject reason="busy"/>'),
            (Message(), "<Message/>"),
            (
                Message("Hi", media=("https://a.example/1",), from_="+12025550123"),
                '<Message from="+12025550123"><Body>Hi</Body>'
                "<Media>https://a.example/1</Media></Message>",
            ),
            (Dial((Number("+1", status_callback_events=()),)), None),
        ],
    )
    def test_verbs(self, verb: tree.Verb, xml: str | None) -> None:
        inside = xml or '<Dial><Number statusCallbackEvent="">+1</Number></Dial>'
        assert render(Response((verb,))) == f"{HEADER}<Response>{inside}</Response>"

    def test_no_verbs(self) -> None:
        assert render(Response()) == HEADER + "<Response/>"

    def test_equal_defaults_are_left_out(self) -> None:
        # Equal to the defaults, but other objects.
        record = Record(max_length=int("3600"), method="".join(("PO", "ST")))  # type: ignore[arg-type]
        assert record.max_length is not Record().max_length
        assert render(Response((record,))) == HEADER + "<Response><Record/></Response>"

    def test_escapes(self) -> None:
        say = Say('<a href="x">&\r\n\t</a>', voice='<"&">\r\n\t')
        assert render(Response((say,))) == (
            HEADER + '<Response><Say voice="&lt;&quot;&amp;&quot;&gt;&#13;&#10;&#9;">'
            '&lt;a href="x"&gt;&amp;&#13;\n\t&lt;/a&gt;</Say></Response>'
        )

    def test_drops_what_xml_cannot_carry(self) -> None:
        illegal = "\x00\x08\x0b\x0c\x1f\ud800\udfff\ufffe\uffff"
        verbs = (Say(f"a{illegal}b", voice=illegal), Message(f"c{illegal}\U0001f600"))
        document = render(Response(verbs))
        assert document == (
            HEADER + '<Response><Say voice="">ab</Say>'
            "<Message><Body>c\U0001f600</Body></Message></Response>"
        )
        assert parse(document.encode(), "voice").response == Response(
            (Say("ab", voice=""), Message("c\U0001f600"))
        )


class TestOfficialSdk:
    """Documents of the official SDK are read without a warning and written alike."""

    def test_voice(self) -> None:
        sdk = VoiceResponse()
        sdk.say("Hold & wait <3", voice="Polly.Joanna", language="en-US", loop=2)
        sdk.play("https://a.example/a.mp3", loop=3)
        sdk.play(digits="ww1#")
        sdk.pause(length=4)
        gather = sdk.gather(
            input="dtmf speech",
            action="/digits",
            method="GET",
            num_digits=4,
            timeout=9,
            finish_on_key="",
        )
        gather.say("Enter your code")
        gather.pause()
        sdk.record(
            action="/recorded",
            max_length=30,
            timeout=3,
            finish_on_key="*",
            play_beep=False,
            trim="trim-silence",
            recording_status_callback="/recording",
            recording_status_callback_event="in-progress absent",
        )
        dial = sdk.dial(
            caller_id="+12025550123",
            answer_on_bridge=True,
            time_limit=600,
            timeout=15,
            hangup_on_star=True,
            sequential=True,
            ring_tone="de",
            record="record-from-ringing-dual",
            recording_track="inbound",
        )
        dial.number(
            "+14158675310",
            send_digits="wwww1928",
            url="/whisper",
            status_callback="/leg",
            status_callback_event="initiated ringing",
        )
        dial.sip("sip:kate@example.com", username="kate", password="pw")
        dial.client("joey", status_callback="/leg")
        dial.conference(
            "Room",
            muted=True,
            beep="onEnter",
            start_conference_on_enter=False,
            end_conference_on_exit=True,
            wait_url="",
            wait_method="GET",
            max_participants=3,
            status_callback="/room",
            status_callback_event="start end join",
        )
        sdk.redirect("/next", method="GET")

        parsed = parse(str(sdk), "voice")

        assert parsed.warnings == ()
        assert parsed.response == Response(
            (
                Say("Hold & wait <3", voice="Polly.Joanna", language="en-US", loop=2),
                Play("https://a.example/a.mp3", loop=3),
                Play(digits="ww1#"),
                Pause(4),
                Gather(
                    (Say("Enter your code"), Pause()),
                    input="dtmf speech",
                    action="/digits",
                    method="GET",
                    num_digits=4,
                    timeout=9,
                    finish_on_key="",
                ),
                Record(
                    action="/recorded",
                    max_length=30,
                    timeout=3,
                    finish_on_key="*",
                    play_beep=False,
                    trim="trim-silence",
                    recording_status_callback="/recording",
                    recording_status_callback_events=("in-progress", "absent"),
                ),
                Dial(
                    (
                        Number(
                            "+14158675310",
                            send_digits="wwww1928",
                            url="/whisper",
                            status_callback="/leg",
                            status_callback_events=("initiated", "ringing"),
                        ),
                        Sip("sip:kate@example.com", username="kate", password="pw"),
                        Client("joey", status_callback="/leg"),
                        Conference(
                            "Room",
                            muted=True,
                            beep="onEnter",
                            start_conference_on_enter=False,
                            end_conference_on_exit=True,
                            wait_url="",
                            wait_method="GET",
                            max_participants=3,
                            status_callback="/room",
                            status_callback_events=("start", "end", "join"),
                        ),
                    ),
                    caller_id="+12025550123",
                    answer_on_bridge=True,
                    time_limit=600,
                    timeout=15,
                    hangup_on_star=True,
                    sequential=True,
                    ring_tone="de",
                    record="record-from-ringing-dual",
                    recording_track="inbound",
                ),
                Redirect("/next", method="GET"),
            )
        )
        ours, theirs = render(parsed.response), str(sdk)
        assert ElementTree.canonicalize(ours) == ElementTree.canonicalize(theirs)

    def test_message(self) -> None:
        sdk = MessagingResponse()
        sdk.message("Plain", to="+14158675310", from_="+12025550123", action="/sent", method="GET")
        sdk.message("With a picture", status_callback="/status").media("https://a.example/1.png")
        nested = sdk.message()
        nested.body("Nested")
        nested.media("https://a.example/2.png")
        nested.media("https://a.example/3.png")
        sdk.redirect("/next")

        parsed = parse(str(sdk), "message")

        assert parsed.warnings == ()
        assert parsed.response == Response(
            (
                Message(
                    "Plain",
                    to="+14158675310",
                    from_="+12025550123",
                    action="/sent",
                    method="GET",
                ),
                Message(
                    "With a picture",
                    media=("https://a.example/1.png",),
                    status_callback="/status",
                ),
                Message("Nested", media=("https://a.example/2.png", "https://a.example/3.png")),
                Redirect("/next"),
            )
        )

    def test_reject_and_sms(self) -> None:
        sdk = VoiceResponse()
        sdk.reject(reason="busy")
        assert parse(str(sdk), "voice") == Parsed(Response((Reject("busy"),)))
        sdk = VoiceResponse()
        sdk.sms("Missed you", to="+14158675310")
        sdk.hangup()
        assert parse(str(sdk), "voice") == Parsed(
            Response((Message("Missed you", to="+14158675310"), Hangup()))
        )


class TestRefusals:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            b"",
            " ",
            "Thanks!",
            "<Response>",
            "<Response></response>",
            "<Response/><Response/>",
            "<Response>&undeclared;</Response>",
            "<Response>\x00</Response>",
            "<Response>\ud800</Response>",
            "<Response><Say a='1' a='2'/></Response>",
            f"\n{HEADER}<Response/>",
            b"<Response>\xff</Response>",
            b"\xff\xfe<\x00",
        ],
    )
    def test_not_xml(self, text: str | bytes) -> None:
        assert refusal(text).code == 12100

    def test_tells_where(self) -> None:
        error = refusal("<Response>\n <Say>Hi</Play></Response>")
        assert error.message == "the document is not XML: mismatched tag at line 2, column 11"
        assert str(error) == f"12100: {error.message}"
        assert error.__suppress_context__

    @pytest.mark.parametrize("root", ["response", "Dial", "x:Response", "html"])
    def test_other_root(self, root: str) -> None:
        error = refusal(f"<{root}><Response/></{root}>")
        assert (error.code, error.message) == (12102, "the root element is not Response")

    def test_size(self) -> None:
        empty = len("<Response></Response>")
        full = MAX_DOCUMENT_BYTES - empty
        assert voice(" " * full) == Parsed(Response())
        assert refusal("<Response>" + " " * (full + 1) + "</Response>").code == 11750
        assert refusal(b"<Response>" + b" " * (full + 1) + b"</Response>").code == 11750
        # Bytes count, not characters.
        assert refusal("<Response>" + "\u00e9" * (full - 1) + "</Response>").code == 11750

    @pytest.mark.parametrize(
        "dtd",
        [
            "<!DOCTYPE Response>",
            '<!DOCTYPE Response SYSTEM "file:///etc/passwd">',
            '<!DOCTYPE r PUBLIC "-//a//b" "https://attacker.example/x.dtd">',
            '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE r [<!ENTITY % p SYSTEM "https://attacker.example/p"> %p;]>',
            '<!DOCTYPE r [<!ATTLIST Say voice CDATA "x">]>',
        ],
    )
    @pytest.mark.parametrize("prolog", ["", HEADER, f"<!--{'x' * 200}-->"])
    def test_no_document_type(self, dtd: str, prolog: str) -> None:
        error = refusal(f"{prolog}{dtd}<Response><Say>&x;</Say></Response>")
        assert error.code == 12100
        assert error.message == "a document type declaration is not allowed"

    def test_billion_laughs(self) -> None:
        entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        text = f'<!DOCTYPE r [<!ENTITY l0 "lol">{entities}]><Response><Say>&l9;</Say></Response>'
        assert refusal(text).message == "a document type declaration is not allowed"

    def test_document_type_as_text(self) -> None:
        parsed = parse(
            "<!-- <!DOCTYPE r> --><Response><Say>&lt;!DOCTYPE r></Say></Response>", "voice"
        )
        assert parsed == Parsed(Response((Say("<!DOCTYPE r>"),)))

    @pytest.mark.parametrize("name", ["rot13", "windows-1252", "unicode_escape", "utf-7", "zlib"])
    def test_other_encodings(self, name: str) -> None:
        error = refusal(f'<?xml version="1.0" encoding="{name}"?><Response/>'.encode())
        assert error.code == 12100
        assert error.message == "the document's encoding is not supported; use UTF-8"


class TestEncodings:
    @pytest.mark.parametrize(
        "text",
        [
            "<Response><Say>caf\u00e9</Say></Response>",
            "\ufeff<Response><Say>caf\u00e9</Say></Response>",
            "<Response><Say>caf\u00e9</Say></Response>".encode(),
            "\ufeff<Response><Say>caf\u00e9</Say></Response>".encode(),
            "<Response><Say>caf\u00e9</Say></Response>".encode("utf-16"),
            (HEADER + "<Response><Say>caf\u00e9</Say></Response>").encode(),
            '<?xml version="1.0"?><Response><Say>caf\u00e9</Say></Response>'.encode(),
            '<?xml version="1.0" encoding="ISO-8859-1"?>'
            "<Response><Say>caf\u00e9</Say></Response>".encode("latin-1"),
        ],
    )
    def test_known(self, text: str | bytes) -> None:
        assert parse(text, "voice") == Parsed(Response((Say("caf\u00e9"),)))

    def test_text_is_decoded_already(self) -> None:
        text = '<?xml version="1.0" encoding="UTF-8"?><Response><Say>\u00e9</Say></Response>'
        assert parse(text.replace("UTF-8", "ISO-8859-1"), "voice") == parse(text, "voice")


class TestText:
    def test_dial_with_a_bare_number(self) -> None:
        parsed = voice('<Dial callerId="+12025550123">\n  +14158675310\n </Dial>')
        assert parsed == Parsed(
            Response((Dial((Number("+14158675310"),), caller_id="+12025550123"),))
        )

    def test_message_with_bare_text(self) -> None:
        assert message("<Message> On my way </Message>") == Parsed(
            Response((Message("On my way"),))
        )

    def test_redirect(self) -> None:
        assert voice("<Redirect>\n/next?a=1&amp;b=2\n</Redirect>") == Parsed(
            Response((Redirect("/next?a=1&b=2"),))
        )

    def test_only_xml_white_space_is_trimmed(self) -> None:
        parsed = message("<Message>\t\r\n \u00a0Hi\u2003 \n</Message>")
        assert parsed.response == Response((Message("\u00a0Hi\u2003"),))

    def test_cdata_comments_and_instructions(self) -> None:
        parsed = voice("<?php x?><!-- a --><Say>A<!-- b --><![CDATA[ & <B>]]></Say>")
        assert parsed == Parsed(Response((Say("A & <B>"),)))

    def test_markup_in_say_is_read_as_text(self) -> None:
        parsed = voice(
            '<Say>One <prosody rate="slow">two <s>three</s></prosody> four</Say><Hangup/>'
        )
        assert parsed.response == Response((Say("One two three four"), Hangup()))
        assert parsed.warnings == (
            TwimlWarning(12200, "elements inside Say were read as its text", 1, 11),
        )

    def test_depth_is_bounded(self) -> None:
        depth = 3000
        parsed = voice("<Gather>" * depth + "x" + "</Gather>" * depth)
        assert parsed.response == Response((Gather(),))
        assert codes(parsed) == [13320]


class TestAttributes:
    @pytest.mark.parametrize(
        ("xml", "verb", "code"),
        [
            ('<Dial timeout="4">+1</Dial>', Dial((Number("+1"),), timeout=5), 13212),
            ('<Dial timeout="601">+1</Dial>', Dial((Number("+1"),), timeout=600), 13212),
            ('<Dial timeout="-9">+1</Dial>', Dial((Number("+1"),), timeout=5), 13212),
            ('<Dial timeout="soon">+1</Dial>', Dial((Number("+1"),)), 13212),
            ('<Dial timeout="\u0663\u0663">+1</Dial>', Dial((Number("+1"),)), 13212),
            ('<Dial timeLimit="0">+1</Dial>', Dial((Number("+1"),), time_limit=1), 13216),
            ('<Dial timeLimit="90000">+1</Dial>', Dial((Number("+1"),), time_limit=86400), 13216),
            ('<Dial record="yes">+1</Dial>', Dial((Number("+1"),)), 13217),
            ('<Dial answerOnBridge="1">+1</Dial>', Dial((Number("+1"),)), 13219),
            ('<Dial method="PUT">+1</Dial>', Dial((Number("+1"),)), 13210),
            ('<Pause length="0"/>', Pause(1), 13910),
            (f'<Pause length="{"9" * 5000}"/>', Pause(2**31 - 1), 13910),
            ('<Say loop="1001">Hi</Say>', Say("Hi", loop=1000), 13510),
            ('<Play loop="-1">/a</Play>', Play("/a", loop=0), 13410),
            ('<Play digits="12x"/>', Play(), 13430),
            ('<Gather numDigits="0"/>', Gather(num_digits=1), 13314),
            ('<Gather finishOnKey="A"/>', Gather(), 13310),
            ('<Gather input="voice"/>', Gather(), 13326),
            ('<Record maxLength="99999"/>', Record(max_length=14400), 13612),
            ('<Record trim="all"/>', Record(), 13699),
            ('<Redirect method="HEAD">/a</Redirect>', Redirect("/a"), 13710),
            ('<Reject reason="away"/>', Reject(), 12200),
            ('<Message method="">Hi</Message>', Message("Hi"), 14104),
            (
                '<Dial><Number sendDigits="1-2">+1</Number></Dial>',
                Dial((Number("+1"),)),
                13222,
            ),
            (
                '<Dial><Number statusCallbackEvent="ringing busy">+1</Number></Dial>',
                Dial((Number("+1", status_callback_events=("ringing",)),)),
                12200,
            ),
            (
                '<Dial><Number statusCallbackEvent="busy">+1</Number></Dial>',
                Dial((Number("+1"),)),
                12200,
            ),
            (
                '<Dial><Conference maxParticipants="251">a</Conference></Dial>',
                Dial((Conference("a"),)),
                12200,
            ),
        ],
    )
    def test_not_taken_as_written(self, xml: str, verb: tree.Verb, code: int) -> None:
        parsed = voice(xml)
        assert parsed.response == Response((verb,))
        if code == 13430:
            assert codes(parsed) == [code, 12200]
        else:
            assert codes(parsed) == [code]

    def test_says_what_is_used(self) -> None:
        parsed = voice('\n <Dial timeout="2">+1</Dial>')
        assert parsed.warnings == (
            TwimlWarning(13212, "timeout of Dial is out of range; 5 is used", 2, 2),
        )

    @pytest.mark.parametrize(
        ("xml", "verb"),
        [
            ('<Dial timeout=" +0045 ">+1</Dial>', Dial((Number("+1"),), timeout=45)),
            ('<Dial method="get">+1</Dial>', Dial((Number("+1"),), method="GET")),
            ('<Dial answerOnBridge="True">+1</Dial>', Dial((Number("+1"),), answer_on_bridge=True)),
            (
                '<Dial record="true">+1</Dial>',
                Dial((Number("+1"),), record="record-from-answer"),
            ),
            ('<Dial record="false">+1</Dial>', Dial((Number("+1"),))),
            ('<Dial trim="true">+1</Dial>', Dial((Number("+1"),), trim="trim-silence")),
            ('<Gather input="speech dtmf"/>', Gather(input="dtmf speech")),
            ('<Say loop="0">Hi</Say>', Say("Hi", loop=0)),
        ],
    )
    def test_lenient_forms(self, xml: str, verb: tree.Verb) -> None:
        assert voice(xml) == Parsed(Response((verb,)))

    @pytest.mark.parametrize(
        ("xml", "text"),
        [
            ('<Say mood="sad">Hi</Say>', "an unknown attribute of Say was ignored"),
            ('<Say Loop="2">Hi</Say>', "an unknown attribute of Say was ignored"),
            ('<Say timeout="2">Hi</Say>', "attribute timeout of Say was ignored"),
            ('<Hangup reason="busy"/>', "attribute reason of Hangup was ignored"),
            ('<Say text="a">Hi</Say>', "an unknown attribute of Say was ignored"),
            ('<Dial targets="a">+1</Dial>', "an unknown attribute of Dial was ignored"),
            ('<Message body="a">Hi</Message>', "an unknown attribute of Message was ignored"),
        ],
    )
    def test_unknown(self, xml: str, text: str) -> None:
        assert voice(xml).warnings == (TwimlWarning(12200, text, 1, 11),)

    def test_of_response(self) -> None:
        parsed = parse('<Response version="1" timeout="3"/>', "voice")
        assert [warning.message for warning in parsed.warnings] == [
            "an unknown attribute of Response was ignored",
            "attribute timeout of Response was ignored",
        ]

    def test_schema_locations_say_nothing(self) -> None:
        text = (
            '<Response xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            ' xsi:noNamespaceSchemaLocation="http://api.example/twiml.xsd"><Hangup/></Response>'
        )
        assert parse(text, "voice") == Parsed(Response((Hangup(),)))

    def test_every_typed_attribute_is_checked(self) -> None:
        checked = 0
        classes = [*get_args(tree.VoiceVerb), *get_args(tree.DialTarget)]
        for cls in classes:
            for field in msgspec.structs.fields(cls):
                if field.type in (str, str | None) or field.name in {"targets", "prompts", "media"}:
                    continue
                element = f'<{cls.__name__} {field.encode_name}="~">x</{cls.__name__}>'
                noun = cls in get_args(tree.DialTarget)
                parsed = voice(f"<Dial>{element}</Dial>" if noun else element)
                verb: Any = parsed.response.verbs[0]
                built = verb.targets[0] if noun else verb
                assert getattr(built, field.name) == field.default
                told = f"{field.encode_name} of {cls.__name__} "
                assert any(warning.message.startswith(told) for warning in parsed.warnings), told
                checked += 1
        assert checked > 40


class TestVerbs:
    @pytest.mark.parametrize("name", ["say", "Enqueue", "Whatever", "Number", "Body", "Queue"])
    def test_unknown_in_a_call(self, name: str) -> None:
        parsed = voice(f"<{name}>x<Say>y</Say></{name}><Hangup/>")
        assert parsed.response == Response((Hangup(),))
        assert codes(parsed) == [12200]

    @pytest.mark.parametrize("name", ["Say", "Dial", "Gather", "Hangup", "Reject", "Enqueue"])
    def test_voice_verb_in_a_message(self, name: str) -> None:
        parsed = message(f"<{name}>x</{name}><Message>Hi</Message>")
        assert parsed.response == Response((Message("Hi"),))
        assert parsed.warnings == (
            TwimlWarning(
                14110,
                f"{name} is not supported in an answer to a message and was ignored",
                1,
                11,
            ),
        )

    def test_unknown_in_a_message(self) -> None:
        parsed = message("<message>Hi</message>")
        assert parsed.response == Response()
        assert [(warning.code, warning.message) for warning in parsed.warnings] == [
            (12200, "an unknown element is not supported in an answer to a message and was ignored")
        ]

    @pytest.mark.parametrize(
        ("inside", "told"),
        [
            ("<Redirect>/a</Redirect><Say>x</Say><Say>y</Say>", [12200]),
            ('<Dial action="/a">+1</Dial><Say>x</Say>', [12200]),
            ("<Hangup/><Reject/>", [12200, 12200]),
            ("<Dial>+1</Dial><Say>x</Say>", []),
            ("<Pause/><Reject/>", []),
            ("<Pause/><Pause/><Reject/>", []),
            ("<Say>x</Say><Reject/>", [12200]),
            ("<Reject/><Enqueue/>", [12200]),
        ],
    )
    def test_order(self, inside: str, told: list[int]) -> None:
        assert codes(voice(inside)) == told

    def test_verbs_that_never_run_are_kept(self) -> None:
        parsed = voice("<Hangup/>\n<Say>x</Say>\n<Say>y</Say>")
        assert parsed.response == Response((Hangup(), Say("x"), Say("y")))
        assert parsed.warnings == (
            TwimlWarning(12200, "this verb and those after it can never run", 2, 1),
        )

    @pytest.mark.parametrize(
        ("inside", "code"),
        [
            ("Hello", 12200),
            ("<Hangup>now</Hangup>", 12200),
            ("<Gather>now</Gather>", 12200),
            ("<Say/>", 13520),
            ("<Play> </Play>", 12200),
            ("<Redirect/>", 12200),
            ("<Message/>", 14103),
            ("<Sms> </Sms>", 14103),
            ("<Dial/>", 12200),
            ("<Dial><Number/></Dial>", 13223),
            ("<Dial><Conference/></Dial>", 13237),
            ("<Dial><Sip/></Dial>", 13243),
            ("<Dial><Client/></Dial>", 12200),
            ("<Dial>+1<Number>+2</Number></Dial>", 12200),
            ("<Dial>+1<Queue>a</Queue></Dial>", 13215),
            ("<Dial>+1<number>a</number></Dial>", 13215),
            ("<Gather><Dial>+1</Dial></Gather>", 13320),
            ("<Message>a<Image/></Message>", 12200),
            ("<Message>a<Media/></Message>", 12200),
            ("<Message>a<Body>b</Body></Message>", 12200),
            ("<Message><Body>a</Body><Body>b</Body></Message>", 12200),
        ],
    )
    def test_odd_content(self, inside: str, code: int) -> None:
        assert codes(voice(inside)) == [code]

    def test_play_with_digits_needs_no_url(self) -> None:
        assert voice('<Play digits="1"/>') == Parsed(Response((Play(digits="1"),)))

    def test_first_body_wins(self) -> None:
        parsed = message("<Message>a<Body>b</Body><Body>c</Body></Message>")
        assert parsed.response == Response((Message("b"),))
        assert codes(parsed) == [12200, 12200]

    def test_nouns_win_over_bare_text(self) -> None:
        parsed = voice("<Dial>+1<Number>+2</Number></Dial>")
        assert parsed.response == Response((Dial((Number("+2"),)),))

    def test_too_many_targets(self) -> None:
        numbers = "".join(f"<Number>+{n}</Number>" for n in range(11))
        parsed = voice(f"<Dial>{numbers}</Dial>")
        (dial,) = parsed.response.verbs
        assert isinstance(dial, Dial)
        assert [getattr(target, "number", "") for target in dial.targets] == [
            f"+{n}" for n in range(10)
        ]
        assert codes(parsed) == [13250]
        assert voice(f"<Dial>{numbers.replace('<Number>+10</Number>', '')}</Dial>").warnings == ()

    def test_client_with_an_identity_element(self) -> None:
        parsed = voice("<Dial><Client><Identity>joey</Identity></Client></Dial>")
        assert parsed.response == Response((Dial((Client("joey"),)),))

    def test_warnings_are_bounded(self) -> None:
        parsed = voice("<x/>" * 5000 + "<Hangup/>")
        assert len(parsed.warnings) == MAX_WARNINGS
        assert parsed.response == Response((Hangup(),))


LEGAL = st.characters(
    exclude_categories=("Cs",),
    exclude_characters="".join(chr(n) for n in range(32) if chr(n) not in "\t\n\r")
    + "\ufffe\uffff",
)
ATTRIBUTE = st.none() | st.text(LEGAL, max_size=20)
TEXT = st.text(LEGAL, max_size=30).map(lambda text: text.strip(" \t\r\n"))
METHOD = st.sampled_from(get_args(tree.HttpMethod))
TONES = st.none() | st.text("0123456789*#ABCDabcdwW", max_size=8)
KEYS = st.text("0123456789*#", max_size=3)


def events(literal: object) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(get_args(literal)), max_size=5).map(tuple)


LEG = {
    "url": ATTRIBUTE,
    "method": METHOD,
    "status_callback": ATTRIBUTE,
    "status_callback_method": METHOD,
    "status_callback_events": events(tree.CallEvent),
}
RECORDING = {
    "recording_status_callback": ATTRIBUTE,
    "recording_status_callback_method": METHOD,
    "recording_status_callback_events": events(tree.RecordingEvent),
    "trim": st.sampled_from(get_args(tree.Trim)),
}
TARGETS = st.one_of(
    st.builds(Number, TEXT, send_digits=TONES, **LEG),
    st.builds(Sip, TEXT, username=ATTRIBUTE, password=ATTRIBUTE, **LEG),
    st.builds(Client, TEXT, **LEG),
    st.builds(
        Conference,
        TEXT,
        muted=st.booleans(),
        beep=st.sampled_from(get_args(tree.Beep)),
        start_conference_on_enter=st.booleans(),
        end_conference_on_exit=st.booleans(),
        max_participants=st.integers(1, 250),
        wait_url=ATTRIBUTE,
        wait_method=METHOD,
        status_callback=ATTRIBUTE,
        status_callback_method=METHOD,
        status_callback_events=events(tree.ConferenceEvent),
    ),
)
DIALS = st.builds(
    Dial,
    st.lists(TARGETS, max_size=3).map(tuple),
    caller_id=ATTRIBUTE,
    answer_on_bridge=st.booleans(),
    timeout=st.integers(5, 600),
    time_limit=st.integers(1, 86400),
    action=ATTRIBUTE,
    method=METHOD,
    hangup_on_star=st.booleans(),
    sequential=st.booleans(),
    ring_tone=ATTRIBUTE,
    record=st.sampled_from(get_args(tree.DialRecord)),
    recording_track=st.sampled_from(get_args(tree.RecordingTrack)),
    **RECORDING,
)
SAYS = st.builds(Say, TEXT, voice=ATTRIBUTE, language=ATTRIBUTE, loop=st.integers(0, 1000))
PLAYS = st.builds(Play, TEXT, loop=st.integers(0, 1000), digits=TONES)
PAUSES = st.builds(Pause, st.integers(1, 2**31 - 1))
GATHERS = st.builds(
    Gather,
    st.lists(SAYS | PLAYS | PAUSES, max_size=3).map(tuple),
    input=st.sampled_from(get_args(tree.GatherInput)),
    action=ATTRIBUTE,
    method=METHOD,
    num_digits=st.none() | st.integers(1, 2**31 - 1),
    timeout=st.integers(1, 2**31 - 1),
    finish_on_key=KEYS,
    action_on_empty_result=st.booleans(),
)
RECORDS = st.builds(
    Record,
    action=ATTRIBUTE,
    method=METHOD,
    max_length=st.integers(1, 14400),
    timeout=st.integers(1, 2**31 - 1),
    finish_on_key=KEYS,
    play_beep=st.booleans(),
    **RECORDING,
)
REDIRECTS = st.builds(Redirect, TEXT, method=METHOD)
MESSAGES = st.builds(
    Message,
    TEXT,
    media=st.lists(TEXT.filter(bool), max_size=2).map(tuple),
    to=ATTRIBUTE,
    from_=ATTRIBUTE,
    action=ATTRIBUTE,
    method=METHOD,
    status_callback=ATTRIBUTE,
)
REJECTS = st.builds(Reject, st.sampled_from(get_args(tree.RejectReason)))
VOICE_VERBS = st.one_of(
    DIALS, SAYS, PLAYS, PAUSES, GATHERS, REDIRECTS, RECORDS, REJECTS, st.just(Hangup()), MESSAGES
)
PIECES = [
    *("<Response>", "</Response>", "<Dial timeout='", "<Dial>", "</Dial>", "<Say>", "</Say>"),
    *("<Gather ", "numDigits='3'", "<Message>", "</Message>", "<Body>", "</Body>", "<Media/>"),
    *("'>", "/>", "&amp;", "&#0;", "&x;", "<![CDATA[", "]]>", "<!--", "-->", "<!DOCTYPE x [", "]>"),
    *(
        "<?xml version='1.0' encoding='",
        "utf-16",
        "rot13",
        "'?>",
        "+14158675310",
        "9" * 400,
        "\ud800",
    ),
]


class TestProperties:
    @given(st.lists(VOICE_VERBS, max_size=4))
    def test_a_call_reads_back(self, verbs: list[tree.VoiceVerb]) -> None:
        response = Response(tuple(verbs))
        document = render(response)
        assert parse(document, "voice").response == response
        assert parse(document.encode(), "voice").response == response

    @given(st.lists(MESSAGES | REDIRECTS, max_size=4))
    def test_a_message_answer_reads_back(self, verbs: list[tree.MessageVerb]) -> None:
        response = Response(tuple(verbs))
        assert parse(render(response), "message").response == response

    @given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=40))
    def test_whatever_is_rendered_is_xml(self, text: str, attribute: str) -> None:
        verbs = (Say(text, voice=attribute), Message(text, (text,), to=attribute))
        document = render(Response(verbs))
        assert render(Response(verbs)) == document
        assert len(parse(document.encode(), "voice").response.verbs) == 2

    @given(
        st.binary(max_size=200) | st.text(st.characters(), max_size=200),
        st.sampled_from(get_args(Kind)),
    )
    def test_only_twiml_errors_on_noise(self, text: str | bytes, kind: Kind) -> None:
        self.read(text, kind)

    @given(
        st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.sampled_from(get_args(Kind))
    )
    def test_only_twiml_errors_on_shuffled_documents(self, text: str, kind: Kind) -> None:
        self.read(text, kind)
        self.read(text.encode(errors="surrogatepass"), kind)
        self.read(f"<Response>{text}</Response>", kind)

    def read(self, text: str | bytes, kind: Kind) -> None:
        try:
            parsed = parse(text, kind)
        except TwimlError as error:
            code = error.code
        else:
            assert parse(render(parsed.response), kind).response == parsed.response
            return
        assert code in {11750, 12100, 12102}

    @given(
        st.sampled_from(
            [
                "<Response><{0} {0}='{0}'>{0}</{0}></Response>",
                "<Response>{0}<Dial timeout='{0}' {0}='1'>{0}<{0}/></Dial></Response>",
                "<Response><Dial><Number sendDigits='-{0}' method='{0}'/>{0}</Dial></Response>",
                "<Response><Message method='{0}'>{0}<{0}/><Body>{0}</Body></Message></Response>",
                "<Response><Gather input='{0}'>{0}<{0}>{0}</{0}></Gather></Response>",
                "<{0}>{0}</{0}>",
                "<Response>&{0};</Response>",
                "<!DOCTYPE {0}><Response/>",
                "<Response><Say {0}></Response>{0}",
            ]
        ),
        st.sampled_from(get_args(Kind)),
    )
    def test_nothing_repeats_the_document(self, template: str, kind: Kind) -> None:
        secret = "s14158675310"
        try:
            parsed = parse(template.format(secret), kind)
        except TwimlError as error:
            told = [str(error), repr(error)]
        else:
            told = [warning.message for warning in parsed.warnings]
        assert told
        assert not any(re.search("8675310", text) for text in told)
