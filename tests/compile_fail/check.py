#!/usr/bin/env python3
"""Compiles what must not compile, and looks at what the compiler says.

In each source, CASE 0 is right and compiles without a word. Any other case is wrong, and the comment behind its number
is how the errors begin, all of them, in any order: with '|' between them where a case makes several mistakes.

Flags that the library cannot do with are refused before anything else, whichever header comes first.

usage: check.py WORK_FOLDER COMPILER FLAG...
"""
import re
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).parent
HEADERS = SOURCES.parent.parent / "include" / "maskaudit"
MOST_CHARACTERS = 160  # of a message
MOST_LINES = 25  # for an error, with where the template was instantiated from

REFUSED = {
    "-std=c++17": "maskaudit needs C++20",
    "-fno-exceptions": "maskaudit does not work with -fno-exceptions",
    "-ffast-math": "maskaudit does not work with -ffast-math",
    "-ffinite-math-only": "maskaudit does not work with -ffast-math, -ffinite-math-only",
}

ERROR = re.compile(r"error: (?:static assertion failed(?: due to requirement '[^']*')?: |(?:#error )?\")?(.*)")


def cases_of(source):
    """Number and beginnings of errors of each case of a file; CASE 0 has none."""
    text = source.read_text()
    cases = [(int(number), errors.split(" | ") if errors else [])
             for number, errors in re.findall(r"^#(?:el)?if CASE == (\d+)(?: // (.+))?$", text, re.M)]
    if len(cases) != text.count("CASE =="):
        sys.exit(f"{source.name}: a case is not in a line with what its errors begin with")
    return cases


def problem_of(case, beginnings, code, output):
    """What is wrong with a compiler's answer; None if nothing is."""
    if case == 0:
        return "does not compile without a word" if code != 0 or output else None
    if not beginnings:
        return "has no comment that says how the error begins"
    errors = ERROR.findall(output)
    if code == 0 or len(errors) != len(beginnings):
        return f"has {len(errors)} errors in place of {len(beginnings)}"
    for beginning in beginnings:
        meant = [error for error in errors if error.startswith(beginning)]
        if not meant:
            return f"has no error that begins with '{beginning}'"
        errors.remove(meant[0])
        if len(meant[0]) > MOST_CHARACTERS:
            return f"has an error of more than {MOST_CHARACTERS} characters"
    if len(output.splitlines()) > MOST_LINES * len(beginnings):
        return f"takes more than {MOST_LINES} lines for an error"
    return None


def problems_of_flags(command):
    """The flags that are taken, or refused by something else, and the headers that do not look at them first."""
    for flag, beginning in REFUSED.items():
        run = subprocess.run([*command, flag, "-fsyntax-only", "-x", "c++", HEADERS / "maskaudit.hpp"],
                             capture_output=True, text=True)
        errors = ERROR.findall(run.stderr)
        if len(errors) != 2 or not errors[0].startswith(beginning) or "maskaudit/stopped" not in errors[1]:
            yield f"{flag} has not one error that begins with '{beginning}', and then the end:\n{run.stderr}"
    for header in sorted(HEADERS.glob("*.hpp")):
        if re.findall("^#include (.*)$", header.read_text(), re.M)[0] != "<maskaudit/detail/compiler.hpp>":
            yield f"{header.name} does not begin with detail/compiler.hpp"


def precompile(command, work):
    """Compiles the header that all sources include; returns the flags that make use of it."""
    header = work / "arguments.hpp"
    header.write_text(f'#include "{SOURCES / "arguments.hpp"}"\n')
    is_clang = "clang" in subprocess.run([command[0], "--version"], capture_output=True, text=True, check=True).stdout
    compiled = work / ("arguments.hpp.pch" if is_clang else "arguments.hpp.gch")
    subprocess.run([*command, "-x", "c++-header", header, "-o", compiled], check=True)
    return ["-include-pch", compiled] if is_clang else ["-include", header]


def main():
    work, compiler, *flags = sys.argv[1:]
    work = Path(work)
    work.mkdir(parents=True, exist_ok=True)
    command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-fdiagnostics-color=never",
               *flags]
    problems = list(problems_of_flags(command))
    command += precompile(command, work)

    num_cases = 0
    for source in sorted(SOURCES.glob("*.cpp")):
        cases = cases_of(source)
        if [case for case, _ in cases] != list(range(len(cases))) or len(cases) < 2:
            sys.exit(f"{source.name}: cases must be numbered 0, 1, 2, ...")
        for case, beginnings in cases:
            run = subprocess.run([*command, "-fsyntax-only", f"-DCASE={case}", source], capture_output=True, text=True)
            num_cases += 1
            if problem := problem_of(case, beginnings, run.returncode, run.stderr):
                problems.append(f"{source.name}, case {case} {problem}:\n{run.stderr}")
    print(f"{num_cases} cases with {compiler}, {len(problems)} problems")
    sys.exit("\n".join(problems) if problems or num_cases == 0 else 0)


main()
