"""Small MyST pages go through a real Sphinx build; their twins are compared whole, and parsed again by markdown-it."""

import io
import re

import pytest
from docutils import nodes
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from mapping.site import markdown

pytestmark = pytest.mark.filterwarnings("ignore:.*MystReferenceResolver.app")

# Name of a page: its MyST, and its twin. Both less the heading, which is the name.
PAGES = {
    "text": (
        r"""
*one* **two** `three` {sub}`4` 10{sup}`6`, ``a ` b`` and `` `c` ``, ``  d  ``.

Soft
break, hard\
break; **a *b***, *a*{emphasis}`b`, `x`{literal}`y`.

2 \* 3 \*args snake_case \_private \_\_init\_\_ a\|b 1 < 2 \<b> &amp;copy; \$5 \~x C:\dir \\\* a[0] \[a](b) \[^1]

Escaped \`code\` <b>and raw</b>

\# no heading

1986\. A year

\- no list

\===

\[x] no task
""",
        r"""
*one* **two** `three` <sub>4</sub> 10<sup>6</sup>, ``a ` b`` and `` `c` ``, `  d  `.

Soft break, hard<br>break; **a *b***, *a*<!-- -->*b*, `x`<!-- -->`y`.

2 \* 3 \*args snake_case \_private \_\_init\_\_ a|b 1 < 2 \<b> \&copy; \$5 \~x C:\dir \\\* a[0] [a\](b) \[^1]

Escaped \`code\` and raw

\# no heading

1986\. A year

\- no list

\===

\[x] no task
""",
    ),
    "links": (
        r"""
(here)=
## Own _id_ C \#

[out](https://example.org/a_(b)?c=d), [page](sub/other.md), [half-open \[0, 1)](sub/other.md#deep), {ref}`here`,
{py:obj}`nope` {doc}`sub/other`. Wow!{doc}`sub/other` See[^n]\: and[^m]\(so).

![An \[image\]](https://example.org/a.png)

[^n]: First.

    Second.
[^m]:
    ```
    code
    ```
""",
        r"""
<a id="here"></a>
## Own *id* C \#

[out](https://example.org/a_%28b%29?c=d), [page](sub/other.md), [half-open \[0, 1)](sub/other.md#deep), [Own id C #](#here), `nope` [Other](sub/other.md). Wow\![Other](sub/other.md) See[^1]\: and[^2]\(so).

![An \[image\]](https://example.org/a.png)

[^1]: First.

    Second.

[^2]: ```
    code
    ```
""",  # noqa: E501
    ),
    "lists": (
        """
- one
- two
  - nested
    1. deep

       ```
       a

         b
       ```
  - last

* another list

9. nine
10. ten

    after ten

- ```python
  first = 1
  ```
- > quoted
  >
  > - in a quote

Term *t*
: Meaning.

  ```python
  x = 1
  ```

Other **o**
: One.
: Two.

```{eval-rst}
:Author: Me
:Note: Long

   - list

word : kind
   Said.
```
""",
        """
- one

- two

  - nested

    1. deep

       ```
       a

         b
       ```

  - last

<!-- -->

- another list

9. nine

10. ten

    after ten

- ```python
  first = 1
  ```
- > quoted
  >
  > - in a quote

<!-- -->

- **Term *t***

  Meaning.

  ```python
  x = 1
  ```

- Other **o**

  One.

  Two.

<!-- -->

- **Author**

  Me

- **Note**

  Long

  - list

<!-- -->

- **word : kind**

  Said.
""",
    ),
    "tight": (
        """
- one
  - two
    - three
- four

1. first
2. second
""",
        """
- one
  - two
    - three
- four

1. first
2. second
""",
    ),
    "code": (
        """
````
```pycon
>>> 1
```
````

```python
>>> 1
1
```

~~~~text
  indented, then ``` and a blank

    end
~~~~

```{code-block} python
:caption: A *caption*
:linenos:

x = "`"
```

```{eval-rst}
>>> 2
2

| line
| - line

A `title`.

.. |s| replace:: Lost
..
   A comment.
```

% another comment
""",
        """
````
```pycon
>>> 1
```
````

```pycon
>>> 1
1
```

````text
  indented, then ``` and a blank

    end
````

**A *caption***

```python
x = "`"
```

```pycon
>>> 2
2
```

line<br>
\\- line

A *title*.
""",
    ),
    "tables": (
        r"""
| a \| b | `x\|y` |
| :-- | --: |
| *1* | \* |
| `numpy.abs` | [l](sub/other.md) |

```{list-table} Wide
:header-rows: 1

* - NumPy
  - MLX
* - ```python
    np.a
    ```
  - Text

    - list
* - ```
    `` ``` ``
    ```
  -
```

```{list-table}
* - one

    two
  - - x
    - y
```

```{eval-rst}
+---+---+---+
| b | a     |
+   +---+---+
|   | c | d |
+---+---+---+
```
""",
        r"""
| a \| b | `x\|y` |
| --- | --- |
| *1* | \* |
| <a id="numpy.abs"></a>`numpy.abs` | [l](sub/other.md) |

**Wide**

- **NumPy**

  ```python
  np.a
  ```

  **MLX**

  Text

  - list

- **NumPy**

  ````
  `` ``` ``
  ````

|  |  |
| --- | --- |
| one<br>two | - x<br>- y |

|  |  |  |
| --- | --- | --- |
| b | a |  |
|  | c | d |
""",
    ),
    "boxes": (
        """
```{note}
Mind *this*.

    indented code
```

:::{admonition} Title `x`
- item
:::

:::{seealso}
There
:::

> quote
>
> ```python
> y = 2
>
> z = 3
> ```

Before

---

```{rubric} Rubric
```

```{versionadded} 1.2
Text
```

```{math}
a | b
```

Inline {math}`x_1 * y`.

```{only} html
Only here.
```
""",
        """
> **Note**
>
> Mind *this*.
>
> ```
> indented code
> ```

> **Title `x`**
>
> - item

> **See also**
>
> There

> quote
>
> ```python
> y = 2
>
> z = 3
> ```

Before

---

**Rubric**

Added in version 1.2: Text

$$
a | b
$$

Inline $x_1 * y$.

Only here.
""",
    ),
    "design": (
        """
::::{grid} 2
:::{grid-item}
NumPy
```python
a = 1
```
:::
:::{grid-item-card} Card *title*
:link: sub/other
:link-type: doc
Body
:::
::::

:::::{tab-set}
::::{tab-item} One `1`
:::{note}
- ```pycon
  >>> 1
  1
  ```
:::
::::
::::{tab-item} Two
second
::::
:::::

:::{dropdown} Summary
Inside

```pycon
>>> 2
2
```
:::
""",
        """
NumPy

```python
a = 1
```

**Card *title***

Body

[Other](sub/other.md)

**One `1`**

> **Note**
>
> - ```pycon
>   >>> 1
>   1
>   ```

**Two**

second

**Summary**

Inside

```pycon
>>> 2
2
```
""",
    ),
    "sub/other": (
        """
## numpy.linalg.norm

### Deep

```{eval-rst}
.. py:function:: a.b(c, d=1)
                 a.b(c)

   :param c: Why.
```
""",
        """
<a id="numpy.linalg.norm"></a>
## numpy.linalg.norm

<a id="deep"></a>
### Deep

**`a.b(c, d=1)`**

**`a.b(c)`**

- **Parameters**

  **c** – Why.
""",
    ),
    "sub/index": (
        """
```{toctree}
:caption: Pages
self
other
../code
Out_there_ <https://example.org>
```

```{toctree}
:hidden:
../text
../links
../lists
../tight
../tables
../boxes
../design
```
""",
        """
**Pages**

- [Index](index.md)
- [Other](other.md)
- [code](../code.md)
- [Out_there\\_](https://example.org)
""",
    ),
}  # fmt: skip
SETTINGS = {
    "extensions": ["myst_parser", "sphinx_design"],
    "myst_enable_extensions": ["colon_fence", "deflist"],
    "myst_heading_anchors": 3,
    "html_theme": "basic",
    "root_doc": "sub/index",
    "highlight_language": "none",
}


def link(address: str) -> str:
    return address.replace(".html", ".md")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Doctrees by page, at the time at which the site's twins are written, with their twins."""
    home = tmp_path_factory.mktemp("twins")
    for page, (text, _) in PAGES.items():
        path = home / "src" / f"{page}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {page.rpartition('/')[2].capitalize() if '/' in page else page}\n{text}", encoding="utf-8")
    warnings = io.StringIO()
    found = {}
    with docutils_namespace():  # what Sphinx registers goes again: later tests build in this process too
        app = Sphinx(home / "src", None, home / "out", home / "doctrees", "html", SETTINGS, None, warnings)
        app.connect("doctree-read", name_entries, priority=1)  # before Sphinx makes its tables of contents
        app.connect("doctree-resolved", lambda app, tree, page: found.update({page: (tree, markdown.markdown(tree, link))}))
        app.build()
        assert warnings.getvalue() == ""
        yield found, app


def name_entries(app, doctree):
    for section in doctree.findall(nodes.section):
        if section[0].astext().startswith("numpy."):
            section["ids"].insert(0, section[0].astext())
    for name in doctree.findall(nodes.literal):
        if name.astext().startswith("numpy."):
            name["ids"].append(name.astext())


def parsed(text: str) -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table").use(footnote_plugin).parse(text)


def words(token) -> str:
    return "".join(child.content for child in token.children or [] if child.type in ("text", "code_inline"))


def stripped(texts) -> list[str]:
    return [text.rstrip() for text in texts]


def code_of(doctree) -> list[str]:
    kinds = (nodes.literal_block, nodes.doctest_block)
    return stripped(node.astext() for node in doctree.findall() if isinstance(node, kinds))


@pytest.mark.parametrize("page", PAGES)
def test_twin(built, page):
    anchor, heading, text = built[0][page][1].split("\n", 2)
    name = page.rpartition("/")[2]
    assert (anchor, heading.casefold()) == (f'<a id="{name}"></a>', f"# {name}")
    assert text == PAGES[page][1]


@pytest.mark.parametrize("page", PAGES)
def test_code_comes_back_to_the_letter(built, page):
    doctree, text = built[0][page]
    assert stripped(code for _, code in markdown.fences(text)) == code_of(doctree)


@pytest.mark.parametrize("page", PAGES)
def test_another_parser_finds_the_same_code(built, page):
    text = built[0][page][1]
    tokens = [token for token in parsed(text) if token.type == "fence"]
    assert markdown.fences(text) == [(token.info.strip(), token.content.removesuffix("\n")) for token in tokens]
    assert not [token for token in parsed(text) if token.type == "code_block"]


def test_the_pages_hold_code(built):
    pages = ("links", "lists", "code", "tables", "boxes", "design")
    assert [len(code_of(built[0][page][0])) for page in pages] == [1, 3, 5, 2, 2, 3]


def test_another_parser_reads_the_same_text(built):
    doctree, text = built[0]["text"]
    shown = "".join(words(token) for token in parsed(text))
    said = "".join(node.astext() for node in doctree.findall(nodes.Text) if not isinstance(node.parent, nodes.raw))
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", said)


def test_resolved_toctree(built):
    app = built[1]
    text = markdown.markdown(app.env.get_and_resolve_doctree("sub/index", app.builder, tags=app.tags), link)
    start = (
        '<a id="index"></a>\n# Index\n\n**Pages**\n\n- Index\n- [Other](other.md)\n  - [numpy.linalg.norm](other.md#numpy.linalg.norm)\n'
    )
    assert text[: len(start)] == start


PIECES = [*"ab \n*_`~[]()<>!&;:#$|-+=1.", "\\", "](", "![", "[^1]", "&lt;", "<b>", "**", "1. ", "- ", "[ ] ", "---"]
LINES = ["x", "  y", "", "    ", "\tz", "```", "````", "- a", "> q", "1. b", ">>> 1", "~~~", "[^1]: ", "| a |"]
WRAPPERS = [
    lambda *inside: nodes.bullet_list("", nodes.list_item("", *inside)),
    lambda *inside: nodes.enumerated_list("", nodes.list_item("", *inside), start=99),
    lambda *inside: nodes.definition_list("", nodes.definition_list_item("", nodes.term("", "t"), *inside)),
    lambda *inside: nodes.table("", nodes.tbody("", nodes.row("", *[nodes.entry("", one) for one in inside]))),
    lambda *inside: nodes.note("", *inside),
    lambda *inside: nodes.block_quote("", *inside),
    lambda *inside: nodes.container("", *inside),
]


TEXT = st.lists(st.sampled_from(PIECES), min_size=6, max_size=6).map("".join)
CODE = st.lists(st.sampled_from(LINES), min_size=4, max_size=4).map("\n".join)
BLOCK = st.recursive(
    st.one_of(TEXT.map(lambda text: nodes.paragraph("", text)), CODE.map(lambda text: nodes.literal_block("", text))),
    lambda inside: st.builds(
        lambda wrap, blocks: wrap(*blocks),
        st.sampled_from(WRAPPERS),
        st.lists(inside, min_size=1, max_size=3),
    ),
    max_leaves=12,
)
INLINE = st.sampled_from([nodes.Text, lambda text: nodes.literal("", text), lambda text: nodes.reference("", text, refuri="u")])


@given(blocks=st.lists(BLOCK, min_size=3, max_size=3))
@settings(max_examples=300)
def test_any_nesting_keeps_code(blocks):
    tree = nodes.document(None, None, "", *blocks)
    text = markdown.markdown(tree, link)
    assert stripped(code for _, code in markdown.fences(text)) == code_of(tree)
    assert stripped(token.content for token in parsed(text) if token.type in ("fence", "code_block")) == code_of(tree)


@given(parts=st.lists(st.tuples(INLINE, TEXT), min_size=3, max_size=3))
@settings(max_examples=300)
def test_any_text_stays_text(parts):
    paragraph = nodes.paragraph("", "", *[kind(text) for kind, text in parts])
    tokens = parsed(markdown.markdown(nodes.document(None, None, "", paragraph), link))
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert re.sub(r"\s", "", words(tokens[1])) == re.sub(r"\s", "", paragraph.astext())


class Gadget(nodes.inline):
    """A node that no module knows."""


def test_unknown_node_loses_nothing():
    code = nodes.literal_block("", "  x\n\n   \n\ty", language="default")
    gadget = Gadget("", "", nodes.Text("before"), nodes.emphasis("", " it "), code, nodes.paragraph("", "after"))
    tree = nodes.document(None, None, "", nodes.bullet_list("", nodes.list_item("", nodes.block_quote("", gadget))))
    text = markdown.markdown(tree, link)
    assert text == "- > before *it*\n  >\n  > ```\n  >   x\n  >\n  >    \n  > \ty\n  > ```\n  >\n  > after\n"
    assert markdown.fences(text) == [("", code.astext())]


def test_item_that_begins_with_nothing():
    inner = nodes.bullet_list("", nodes.list_item("", nodes.paragraph("", "b")))
    item = nodes.list_item("", nodes.paragraph("", "", nodes.raw("", "<b>", format="html")), inner)
    assert markdown.markdown(nodes.document(None, None, "", nodes.bullet_list("", item)), link) == "- - b\n"


def test_fences_of_a_page_written_by_hand():
    text = """
~~~ sh
$ make
```
   ~~~~

1. a

   ```` json
   {
    }
   ```
   `````

``` no ` fence

>```
>x
>```
"""
    assert markdown.fences(text) == [("sh", "$ make\n```"), ("json", "{\n }\n```"), ("", "x")]
