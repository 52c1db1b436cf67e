"""Voice rules: the instruction tree of a call or message answer and its TwiML form."""
