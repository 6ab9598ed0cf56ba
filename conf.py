"""Sphinx's settings. `make html` builds with them; so does `sphinx-build -c . docs OUT`, gated all the same."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "MLX for NumPy Users"
author = "the MLX for NumPy Users developers"
copyright = "the MLX for NumPy Users developers; code Apache-2.0, dataset CC0-1.0"

extensions = ["myst_parser", "sphinx_design", "sphinx_copybutton", "mapping.site.extension"]
root_doc = "index"
exclude_patterns = ["_templates", "reference/tables"]
templates_path = ["docs/_templates"]
nitpicky = True

myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3

trim_doctest_flags = False
highlight_language = "none"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

mapping_repository = ""  # such as https://github.com/NAME/mlx-for-numpy-users: each entry gets links to report and edit it
html_baseurl = ""  # such as https://NAME.github.io/mlx-for-numpy-users/: pages get canonical addresses, and the site a sitemap

html_theme = "pydata_sphinx_theme"
html_favicon = "docs/_static/favicon.svg"
html_title = project
html_static_path = ["docs/_static"]
html_css_files = ["site.css"]
html_js_files = ["scheme.js", "finder.js", "page.js", "filter.js"]
html_show_sourcelink = False
html_copy_source = False
html_use_index = False
html_show_search_summary = False  # it fetches pages, which a browser refuses from file://
html_context = {"default_mode": "light"}  # where no script runs; scheme.js takes what the reader's system has
html_sidebars = {"**": ["sidebar-nav-bs"]}
html_theme_options = {
    "navbar_start": ["navbar-logo"],
    "navbar_center": ["navbar-nav"],
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": {
        "index": [],
        "guide/*": ["page-toc"],
        "guide/programs/*": [],
        "reference/**": ["page-toc"],
        "reference/names": [],
        "project/**": ["page-toc"],
    },
    "article_header_end": ["verified"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": True,
    "header_links_before_dropdown": 6,
    "logo": {"text": project},
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
