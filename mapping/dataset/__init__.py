"""Reads the entries and checks them."""
