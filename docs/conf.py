"""How Sphinx builds the documentation."""

from typedflow import __version__

project = "typedflow"
author = "The typedflow authors"
project_copyright = author
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["changes"]
myst_heading_anchors = 2
html_theme = "furo"
html_title = "typedflow"

# A name in single backticks in a docstring is a Python object, and must be one that is documented.
default_role = "py:obj"
# Types in signatures: other libraries cannot be looked up offline, and typedflow's own stand under their public names.
nitpick_ignore = [("py:obj", "len()")]
nitpick_ignore_regex = [(r"py:(class|data|exc)", r"(?!typedflow\.[A-Z]).*")]
napoleon_google_docstring = True
napoleon_numpy_docstring = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
