#!/usr/bin/env python3
"""Fails where something public has no description, or a page of the guide the name of one of Doxygen's own.

Doxygen looks for descriptions itself, but not for those of concepts and namespaces, and before 1.9.6 not for those of
enumerators. Of two pages of one name it keeps either, without a word.

usage: undocumented.py DOXYGEN DOXYFILE
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

# Of everything that Doxygen sees, documented or not, a description in XML.
ALL = """
@INCLUDE = "{doxyfile}"
EXTRACT_ALL = YES
WARNINGS = NO
GENERATE_HTML = NO
GENERATE_XML = YES
"""

# The pages that Doxygen makes, whatever there is to be documented.
OWN_PAGES = re.compile(r"annotated|classes|concepts|examples|files|graph_legend|hierarchy|index|inherits|modules|"
                       r"namespaces|pages|topics|(functions|globals|namespacemembers)(_\w+)?")


def is_described(element):
    return any("".join(element.find(part).itertext()).strip() for part in ("briefdescription", "detaileddescription"))


def undocumented(compound):
    """Names, where they are, of a class, namespace, concept or file and of its members."""
    name = compound.findtext("compoundname")
    if compound.get("prot") == "private" or compound.get("kind") in ("dir", "page") or name == "std":
        return
    if compound.get("kind") == "file" and not name.endswith(".hpp"):
        return
    if not is_described(compound):
        yield f"{name} ({compound.get('kind')})"
    for member in compound.iter("memberdef"):
        if member.get("prot") == "private" or member.findtext("argsstring", "").endswith("=delete"):
            continue
        scope = "" if compound.get("kind") == "file" else name + "::"
        place = member.find("location")
        for each in (member, *member.iter("enumvalue")):
            if not is_described(each):
                yield f"{place.get('file')}:{place.get('line')}: {scope}{each.findtext('name')}"


def main():
    doxygen, doxyfile = sys.argv[1:]
    folder = Path(doxyfile).parent / "xml"
    shutil.rmtree(folder, ignore_errors=True)  # what is no longer there
    subprocess.run([doxygen, "-"], input=ALL.format(doxyfile=doxyfile), text=True, check=True)
    compounds = [c for file in sorted(folder.glob("*.xml")) for c in ElementTree.parse(file).iter("compounddef")]
    names = [name for compound in compounds for name in undocumented(compound)]
    if names:
        sys.exit("without a description:\n" + "\n".join(names))
    pages = [compound.get("id") for compound in compounds if compound.get("kind") == "page"]
    taken = [page for page in pages if OWN_PAGES.fullmatch(page)]
    if taken:
        sys.exit("pages of the guide with names that Doxygen has for its own: " + ", ".join(taken))
    if not pages:
        sys.exit("no pages of the guide")


main()
