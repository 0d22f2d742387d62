"""Prints the cells of every table of a report, as GitHub's own Markdown renders them.

usage: read_report.py FILE

As JSON: the headings, the pictures' addresses, and the tables, each a list of rows of texts. What a
text of the config must not bring about, a link or an element that the template has not, is an error.
"""

import html.parser
import json
import sys

from cmarkgfm import github_flavored_markdown_to_html

KNOWN = {"h1", "h2", "p", "img", "table", "thead", "tbody", "tr", "th", "td", "br", "ul", "li", "strong"}


class Report(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.headings, self.pictures, self.tables = [], [], []
        self.text = None

    def handle_starttag(self, tag, attributes):
        if tag not in KNOWN:
            sys.exit(f"there is a <{tag}> at {self.getpos()}")
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("th", "td", "h1", "h2"):
            self.text = ""
        if tag == "br" and self.text is not None:
            self.text += "\n"
        if tag == "img":
            self.pictures.append(dict(attributes)["src"])

    def handle_data(self, data):
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self.tables[-1][-1].append(self.text)
        if tag in ("h1", "h2"):
            self.headings.append(self.text)
        if tag in ("th", "td", "h1", "h2"):
            self.text = None


def main(path):
    with open(path, encoding="utf-8") as file:
        markdown = file.read()
    report = Report()
    report.feed(github_flavored_markdown_to_html(markdown))
    print(json.dumps({"headings": report.headings, "pictures": report.pictures, "tables": report.tables}))


if __name__ == "__main__":
    main(sys.argv[1])
