"""The only code that knows Sphinx: pages, gate, exports, publishing."""
