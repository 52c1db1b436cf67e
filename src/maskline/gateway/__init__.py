"""The carriers' doors: what phones and carriers send comes in here."""
