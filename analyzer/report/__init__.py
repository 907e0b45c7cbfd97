"""The Report rendered: JSON, HTML and the terminal. The only door to jinja2."""
