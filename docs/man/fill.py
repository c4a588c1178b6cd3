#!/usr/bin/env python3
"""fill.py LONGSHORE PAGE.scd >FILLED.scd

Fills a man page with text that the program prints, so that page and program cannot differ. The line @COMMANDS@ becomes the
--help of each command, the line @SETTINGS@ the explanation of each setting from `config example`.
"""

import re
import subprocess
import sys
import textwrap


def escaped(text):
    """Plain text, escaped for scdoc."""
    return re.sub(r"([\\_*`<#\[\]])", r"\\\1", text)


def filled(text):
    lines = textwrap.wrap(text, 118, break_on_hyphens=False, break_long_words=False)
    # a dash at the beginning of a line would start a list
    return "\n".join("\\" + line if line.startswith("-") else line for line in lines) + "\n"


class Program:
    def __init__(self, path):
        self.path = path

    def says(self, *words):
        return subprocess.run([self.path, *words], check=True, capture_output=True, encoding="utf-8").stdout


def in_columns(body):
    """The two columns of a help text. A right column on a line of its own belongs to the left column above it."""
    body = re.sub(r"^(  \S.*\S)\n {20,}", r"\1  ", body, flags=re.MULTILINE)
    return re.findall(r"^  (\S+(?: \S+)*?)(?: {2,}(.*))?$", body, flags=re.MULTILINE)


def paragraphs(about):
    for paragraph in about.split("\n\n"):
        lines = paragraph.split("\n")
        items = [line for line in lines if line.startswith("  ")]
        yield filled(escaped(" ".join(line for line in lines if line not in items)))
        for item in items:
            term, text = re.match(r"  (.*?\S) {2,}(.*)", item).groups()
            yield f"*{escaped(term)}*\n\t{escaped(text)}\n"


def option(name, argument, text):
    return f"*{name}*" + (f" _{escaped(argument)}_" if argument else "") + f"\n\t{escaped(text)}\n"


def command(program, name):
    parts = re.split(r"\n\n(?=(?:options|settings [^\n]*|example|exit codes):\n)", program.says(name, "--help"))
    usage, about = parts[0].split("\n\n", 1)
    arguments = usage.removeprefix(f"usage: longshore {name} [options]")
    yield f"## {name}\n"
    yield f"*longshore {name}* [_options_]{escaped(arguments)}\n"
    yield from paragraphs(about)
    for part in parts[1:]:
        head, body = part.split("\n", 1)
        if head == "options:":
            for left, text in in_columns(body):
                if left != "--help":
                    yield option(*(left.split(" ", 1) + [""])[:2], text)
        elif head.startswith("settings"):
            # an entry without a default is an option of this run, not a setting
            settings = [left.split(" ")[0] for left, text in in_columns(body) if text.endswith("]")]
            for left, text in in_columns(body):
                if not text.endswith("]"):
                    yield option(*(left.split(" ", 1) + [""])[:2], text)
            yield filled("Settings, see *longshore.toml*(5): " + ", ".join(f"*{flag}*" for flag in settings) + ".")
        elif head == "example:":
            yield "```\n" + textwrap.dedent(body).rstrip("\n") + "\n```\n"
        else:
            codes = re.findall(r"^  (\d+) +(.*)$", body, flags=re.MULTILINE)
            yield filled("Exit codes: " + "; ".join(f"*{code}* {escaped(text)}" for code, text in codes) + ".")


def commands(program):
    listed = program.says("--help").split("\ncommands:\n")[1].split("\n\n")[0]
    for name, _ in in_columns(listed):
        yield from command(program, name)


def settings(program):
    """An entry of the example has lines of explanation, the last one in parentheses, and then the setting."""
    for entry in program.says("config", "example").split("\n\n")[1:]:
        *notes, line = entry.strip().split("\n")
        key, value = line.removeprefix("#").split(" = ", 1)
        text = " ".join(note.removeprefix("# ") for note in notes)
        yield f"*{escaped(key)}* = {escaped(value)}\n\t{escaped(text)}\n"


def main():
    program = Program(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as page:
        for line in page:
            if line == "@COMMANDS@\n":
                line = "\n".join(commands(program))
            elif line == "@SETTINGS@\n":
                line = "\n".join(settings(program))
            sys.stdout.write(line)


if __name__ == "__main__":
    main()
