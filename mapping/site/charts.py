"""Counts by area and verdict go in; a picture of them (SVG), for a light and for a dark page, comes out."""

from __future__ import annotations

from html import escape

from ..dataset import model

COLOURS = {  # verdict: fill and text on a light page, fill and text on a dark one
    "same": ("#1b7f4f", "#ffffff", "#4fc48a", "#06210f"),
    "renamed": ("#2a6db8", "#ffffff", "#7fb5f2", "#071d33"),
    "differs": ("#e0a030", "#2b1a00", "#f0be63", "#2b1a00"),
    "recipe": ("#7a5bb5", "#ffffff", "#b79ae8", "#1d0f3a"),
    "missing": ("#b3273c", "#ffffff", "#f07f90", "#3a0610"),
    "host": ("#9aa1ab", "#1c2026", "#6b737f", "#ffffff"),
}
SIGNS = {"same": "=", "renamed": "→", "differs": "≠", "recipe": "ƒ", "missing": "∅", "host": "⌂"}
WIDTH, ROW, BAR, TEXT = 520, 50, 24, 18  # pixels: narrow enough to be read on a phone
FONT = "font-family='system-ui, sans-serif' font-size='15'"


def bars(counts: dict[str, dict[str, int]], dark: bool) -> str:
    """One bar for each area, all equally wide, parted by verdict; counts stand where there is room."""
    ink = "#e6e8eb" if dark else "#1c2026"
    height = ROW * len(counts) + 56
    parts = [f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}' height='{height}' role='img' {FONT}>"]
    for row, (area, found) in enumerate(counts.items()):
        parts += _bar(area, found, row * ROW, ink, dark)
    parts += _legend(len(counts) * ROW + 8, ink, dark)
    return "\n".join([*parts, "</svg>", ""])


def _bar(area: str, found: dict[str, int], top: int, ink: str, dark: bool) -> list[str]:
    whole, left, top = sum(found.values()), 0.0, top + TEXT
    parts = [f"<text x='0' y='{top - 4}' fill='{ink}'>{escape(area)}: {whole}</text>"]
    for verdict in model.VERDICTS:
        if count := found.get(verdict, 0):
            width = count / whole * WIDTH
            fill, text = COLOURS[verdict][2:] if dark else COLOURS[verdict][:2]
            box = f"x='{left:.1f}' y='{top}' width='{width:.1f}' height='{BAR}' fill='{fill}'"
            parts.append(f"<rect {box}><title>{escape(area)}: {count} {verdict}</title></rect>")
            label = f"{SIGNS[verdict]} {count}"
            if width > 10 * len(label):
                parts.append(f"<text x='{left + width / 2:.1f}' y='{top + 17}' fill='{text}' text-anchor='middle'>{label}</text>")
            left += width
    return parts


def _legend(top: int, ink: str, dark: bool) -> list[str]:
    parts = []
    for place, verdict in enumerate(model.VERDICTS):
        left, line = place % 3 * WIDTH // 3, top + place // 3 * 24
        parts.append(f"<rect x='{left}' y='{line}' width='15' height='15' fill='{COLOURS[verdict][2 if dark else 0]}'/>")
        parts.append(f"<text x='{left + 21}' y='{line + 13}' fill='{ink}'>{SIGNS[verdict]} {verdict}</text>")
    return parts
