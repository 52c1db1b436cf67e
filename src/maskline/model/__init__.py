"""The typed records that every part of Maskline speaks in.

A record's fields stand in the order of its table's columns and hold plain values only, so that a
row becomes a record and a record becomes a row without a mapping in between.
"""
