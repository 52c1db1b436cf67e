from __future__ import annotations

import pytest

from maskline.model.errors import Fault
from maskline.proxy import services
from maskline.proxy.own_address import is_own
from maskline.settings import Settings
from tests.support.memory import World, form

PUBLIC = Settings(public_url="https://mask.example.com", port=8080)
PREFIXED = Settings(public_url="https://example.com/maskline", port=8080)
ADDRESS = Settings(public_url="http://10.0.0.5:8080", port=8080)
BARE = Settings(port=8080)
LISTENING = Settings(host="192.168.7.7", port=9000)
INTERNATIONAL = Settings(public_url="https://b\u00fccher.example", port=8080)


@pytest.mark.parametrize(
    "url",
    [
        # Any path, port and scheme of the public name.
        "https://mask.example.com",
        "https://mask.example.com/proxy/v1/Services",
        "https://mask.example.com:443/x",
        "https://mask.example.com:8443/x",
        "http://mask.example.com/x",
        "http://mask.example.com:8080/x",
        # Any spelling of it.
        "https://MASK.Example.COM/x",
        "HTTPS://mask.example.com/x",
        "https://mask.example.com./x",
        "https://user:secret@mask.example.com/x",
        "https://elsewhere.example@mask.example.com/x",
        "https://mask%2Eexample.com/x",
        "https://%6dask.example.com/x",
        "https://\uff4dask.example.com/x",
        "https://mask\uff0eexample\u3002com/x",
        "https://ma\u00adsk.example.com/x",
        "https://mask.example.com?x=https://elsewhere.example",
        "https://mask.example.com#elsewhere",
        # The products' names.
        "https://proxy.mask.example.com/v1/Services",
        "https://Webhooks.mask.example.com./x",
        "http://flex-api.mask.example.com:8080/x",
        # This machine, at the port that is listened on or is public.
        "http://127.0.0.1:8080/x",
        "http://127.8.9.10:8080/x",
        "http://localhost:8080/x",
        "http://LOCALHOST.:8080/x",
        "http://proxy.localhost:8080/x",
        "http://0.0.0.0:8080/x",
        "http://0:8080/x",
        "http://2130706433:8080/x",
        "http://0x7f.1:8080/x",
        "http://0x7f000001:8080/x",
        "http://0177.0.0.1:8080/x",
        "http://127.1:8080/x",
        "http://\uff11\uff12\uff17.0.0.1:8080/x",
        "http://%31%32%37.0.0.1:8080/x",
        "http://[::1]:8080/x",
        "http://[0:0:0:0:0:0:0:1]:8080/x",
        "http://[::]:8080/x",
        "http://[::ffff:127.0.0.1]:8080/x",
        "http://[::ffff:7f00:1]:8080/x",
        "http://[64:ff9b::127.0.0.1]:8080/x",
        "https://localhost/x",
        "http://user@localhost:8080/x",
    ],
)
def test_own(url: str) -> None:
    assert is_own(url, PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example.com/hooks",
        "https://example.com/hooks",
        "https://api.example.com/hooks",
        "https://mask.example.com.elsewhere.example/x",
        "https://notmask.example.com/x",
        "https://my.mask.example.com/x",
        "https://mask.example.com@elsewhere.example/x",
        "https://elsewhere.example/mask.example.com",
        "https://elsewhere.example?to=mask.example.com",
        # Another program on this machine.
        "http://127.0.0.1:5000/x",
        "http://localhost:3000/x",
        "http://[::1]:5000/x",
        # Port 80, where nobody says that we listen.
        "http://localhost/x",
        "http://10.0.0.5:8080/x",
        "http://1.2.3.4:8080/x",
        "https://[2001:db8::1]/x",
        # No sound hosts; the guard of outgoing requests will not call them.
        "http://127..1:8080/x",
        "http://999.1.1.1:8080/x",
        f"https://{'a' * 64}.example.com/x",
    ],
)
def test_not_own(url: str) -> None:
    assert not is_own(url, PUBLIC)


@pytest.mark.parametrize(
    ("settings", "url", "called", "own"),
    [
        # Behind a path of somebody else's name.
        (PREFIXED, "https://example.com/maskline", "", True),
        (PREFIXED, "https://example.com/maskline/proxy/v1", "", True),
        (PREFIXED, "https://example.com/app/../maskline/x", "", True),
        (PREFIXED, "https://example.com//maskline//x", "", True),
        (PREFIXED, "https://example.com/%6daskline/x", "", True),
        (PREFIXED, "https://example.com/app\\..\\maskline", "", True),
        (PREFIXED, "https://example.com:8080/app", "", True),
        (PREFIXED, "https://proxy.example.com/app", "", True),
        (PREFIXED, "https://example.com/app", "", False),
        (PREFIXED, "https://example.com/masklines", "", False),
        (PREFIXED, "https://example.com/maskline/../app", "", False),
        (PREFIXED, "https://example.com/app", "https://example.com", False),
        # An address as public URL, as in development.
        (ADDRESS, "http://10.0.0.5:8080/x", "", True),
        (ADDRESS, "http://167772165:8080/x", "", True),
        (ADDRESS, "http://[::ffff:10.0.0.5]:8080/x", "", True),
        (ADDRESS, "http://10.0.0.5:5000/x", "", False),
        (ADDRESS, "http://proxy.10.0.0.5:8080/x", "", False),
        # Nothing set: the loopback, and what was called.
        (BARE, "http://127.0.0.1:8080/x", "", True),
        (BARE, "http://127.0.0.1:8081/x", "", False),
        (BARE, "http://127.0.0.1:8081/x", "http://localhost:8081", True),
        (BARE, "http://devbox:8080/x", "http://devbox:8080", True),
        (BARE, "http://DevBox.:8080/x", "http://devbox:8080", True),
        (BARE, "http://devbox:5000/x", "http://devbox:8080", False),
        (BARE, "https://proxy.devbox/x", "http://devbox:8080", True),
        (BARE, "http://elsewhere:8080/x", "http://devbox:8080", False),
        (BARE, "http://[fe80::1%25eth0]:8080/x", "http://[fe80::1%25eth1]:8080", True),
        # A Host header that is no host.
        (BARE, "https://app.example.com/x", "http://[", False),
        (BARE, "http://127.0.0.1:8080/x", "http://", True),
        # The address that is listened on.
        (LISTENING, "http://192.168.7.7:9000/x", "", True),
        (LISTENING, "http://3232237319:9000/x", "", True),
        (LISTENING, "http://192.168.7.7:9001/x", "", False),
        (LISTENING, "http://localhost:9000/x", "", True),
        # Letters beyond ASCII.
        (INTERNATIONAL, "https://xn--bcher-kva.example/x", "", True),
        (INTERNATIONAL, "https://B\u00dcCHER.example/x", "", True),
        (INTERNATIONAL, "https://bucher.example/x", "", False),
    ],
)
def test_by_settings(settings: Settings, url: str, called: str, own: bool) -> None:
    assert is_own(url, settings, called) is own


@pytest.mark.parametrize(
    "parameter", ["CallbackUrl", "InterceptCallbackUrl", "OutOfSessionCallbackUrl"]
)
def test_no_callback_may_be_ours(world: World, parameter: str) -> None:
    values = {"UniqueName": "rides", parameter: "https://Mask.Example.com./x"}
    with pytest.raises(Fault) as caught:
        world.do(services.create(world.env, world.tx, world.account.sid, form(values)))
    assert caught.value.code == 80701
    assert parameter in caught.value.message
    assert world.rows("SELECT COUNT(*) FROM services") == [(0,)]
    service = world.add_service(**{parameter: "https://app.example.com/x"})
    change = services.update(
        world.env,
        world.tx,
        world.account.sid,
        service.sid,
        form({parameter: "http://devbox:1234/x", "DefaultTtl": "7"}),
        "http://devbox:1234",
    )
    with pytest.raises(Fault) as caught:
        world.do(change)
    assert caught.value.code == 80701
    assert world.do(world.tx.services.get(service.sid, world.account.sid)) == service
