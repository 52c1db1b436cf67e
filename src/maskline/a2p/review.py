"""What a reviewer of campaigns would see at once, without knowing the business: the mock registrar
turns a campaign down for it, before a real one does and takes its fee."""

from __future__ import annotations

import re
from typing import Final

from maskline.model.a2p import Campaign, RegistrationError

#: Hosts whose links hide where they lead.
_SHORTENERS: Final = re.compile(
    r"(?:^|[\s/.(])(?:bit\.ly|tinyurl\.com|goo\.gl|t\.co|ow\.ly|is\.gd|buff\.ly|rb\.gy|cutt\.ly"
    r"|rebrand\.ly)/",
    re.IGNORECASE,
)


def findings(campaign: Campaign) -> list[RegistrationError]:
    """All of them; none for a campaign that was registered elsewhere."""
    if campaign.is_externally_registered:
        return []
    found = []
    samples = campaign.message_samples
    if any(_SHORTENERS.search(one) for one in samples):
        found.append(_error(30892, "A sample has a public short link.", "MESSAGE_SAMPLES"))
    texts = [_plain(one) for one in (*samples, campaign.description, campaign.message_flow)]
    if len(set(texts)) < len(texts):
        found.append(
            _error(
                30911,
                "Two of the samples, the description and the message flow are the same.",
                "MESSAGE_SAMPLES",
            )
        )
    if campaign.privacy_policy_url is None:
        found.append(_error(30933, "PrivacyPolicyUrl is missing.", "PRIVACY_POLICY_URL"))
    if campaign.terms_and_conditions_url is None:
        found.append(_error(30934, "TermsAndConditionsUrl is missing.", "TERMS_AND_CONDITIONS_URL"))
    return found


def _error(code: int, description: str, *fields: str) -> RegistrationError:
    return RegistrationError(code, description, fields)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
