"""Durable state: one contract, its repositories, and the engines behind it."""
