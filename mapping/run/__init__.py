"""Ledger, record, processes and cache: a run of examples, with the standard library alone."""
