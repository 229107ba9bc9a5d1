#!/usr/bin/env python3
"""Puts the files that the server's own pages are made of into the program.

    embed.py --manifest assets.json --page DIR --source FILE.c --blob FILE.bin --depfile FILE.d

assets.json, beside the package.json whose packages it names files of (paths are relative to it):
  "files"  name -> path: served under /assets/NAME with a part of their hash before the suffix, so that they may be kept for
           ever: swagger-ui.js is /assets/swagger-ui.0f3a….js
  "pages"  name -> path: HTML that a route serves by its name. Each "{{NAME}}" in it becomes the address of that file.
  "data"   name -> path: not served; for the program itself, e.g. to put into an answer.
DIR is what tools/build_page made: index.html, a page, and app/…, served by the names they have, which hold a hash already.
A file may use "{{NAME}}" as well if it says "expand": {"path": …, "expand": true}; what it names must stand before it.

Made of it: FILE.bin, all bytes one behind the other, each file as it is and as gzip (level 9, where that is shorter), and FILE.c,
which takes FILE.bin in and says where what begins (struct asset in src/api/assets.h).
"""
import argparse
import gzip
import hashlib
import json
import pathlib
import re
import sys

TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".woff2": "font/woff2",
    ".ttf": "font/ttf", ".wasm": "application/wasm", ".txt": "text/plain; charset=utf-8",
}
SECTIONS = ["files", "pages", "data"]
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,95}")
HASHED = re.compile(r"[A-Za-z0-9._-]+-[0-9a-f]{16}\.[a-z0-9]+")


def fail(sentence):
    sys.exit(f"embed: {sentence}")


class Asset:
    def __init__(self, section, name, spec, folder, paths, path=None):
        spec = {"path": spec} if isinstance(spec, str) else spec
        self.section, self.name, self.source = section, name, folder / spec["path"]
        if not NAME.fullmatch(name):
            fail(f"{name!r} is no name for an asset; letters, digits, '.', '_' and '-' are")
        try:
            self.bytes = self.source.read_bytes()
        except OSError as error:
            fail(f"{self.source} can't be read ({error.strerror}); run tools/setup, which fetches the packages of {folder}")
        suffix = pathlib.PurePath(name).suffix
        if section != "data" and suffix not in TYPES:
            fail(f"{name}: what type {suffix or 'a name without suffix'} is, TYPES in tools/embed.py does not say")
        self.type = TYPES.get(suffix, "application/octet-stream")
        if section == "pages" or spec.get("expand"):
            self.bytes = re.sub(rb"\{\{([^{}\n]+)\}\}", lambda match: self.expand(match[1].decode(), paths), self.bytes)
        if section == "data" and suffix == ".json":
            self.bytes = json.dumps(json.loads(self.bytes), ensure_ascii=False, separators=(",", ":")).encode()
        digest = hashlib.sha256(self.bytes).hexdigest()
        self.tag = f'"{digest[:32]}"'
        stem = name[:len(name) - len(suffix)]
        self.path = path or (f"/assets/{stem}.{digest[:16]}{suffix}" if section == "files" else "")
        packed = gzip.compress(self.bytes, compresslevel=9, mtime=0)
        self.gzip = packed if section != "data" and len(packed) < len(self.bytes) else b""

    def expand(self, name, paths):
        if name not in paths:
            fail(f"{self.source} names {{{{{name}}}}}, which is no file that stands before it in the manifest")
        return paths[name].encode()


def read(manifest):
    try:
        sections = json.loads(manifest.read_text())
    except ValueError as error:
        fail(f"{manifest} is no JSON: {error}")
    unknown = sorted(set(sections) - set(SECTIONS))
    if unknown:
        fail(f"{manifest}: {unknown[0]!r} is none of {', '.join(SECTIONS)}")
    assets, paths = [], {}
    for section in SECTIONS:
        for name, spec in sections.get(section, {}).items():
            if any(asset.name == name for asset in assets):
                fail(f"{manifest}: {name} stands there twice")
            assets.append(Asset(section, name, spec, manifest.parent, paths))
            paths[name] = assets[-1].path
    return assets


def read_page(folder):
    assets = [Asset("pages", "index.html", "index.html", folder, {})]
    for path in sorted((folder / "app").iterdir()):
        if not HASHED.fullmatch(path.name):
            fail(f"{path} has no hash in its name, so no browser may keep it")
        assets.append(Asset("files", path.name, path.name, path.parent, {}, f"/app/{path.name}"))
    return assets


def text(value):
    return json.dumps(value)  # the names, types and paths are ASCII without control characters


def write(assets, arguments):
    blob, rows = bytearray(), []
    for asset in assets:
        at = len(blob)
        blob += asset.bytes
        packed_at = len(blob)
        blob += asset.gzip
        rows.append(f"    {{{text(asset.name)}, {text(asset.path)}, {text(asset.type)}, {text(asset.tag)}, "
                    f"{{asset_bytes + {at}, {len(asset.bytes)}}}, {{asset_bytes + {packed_at}, {len(asset.gzip)}}}}},")
    arguments.blob.write_bytes(blob)
    lines = [
        "/* Made by tools/embed.py; not to be edited. */",
        '#include "api/assets.h"',
        "",
        "extern const char asset_bytes[];",
        f'__asm__(".pushsection .rodata\\n.balign 16\\n.globl asset_bytes\\nasset_bytes:\\n.incbin {text(text(str(arguments.blob.resolve())))[1:-1]}\\n"',
        '        ".byte 0\\n.popsection\\n");',
        f"/* SHA-256 of those bytes: {hashlib.sha256(blob).hexdigest()} */",
        "",
        "const struct asset assets[] = {",
        *rows,
        "};",
        f"const size_t asset_count = {len(rows)};",
        "",
    ]
    arguments.source.write_text("\n".join(lines))
    sources = " ".join(str(asset.source.resolve()).replace(" ", "\\ ") for asset in assets)
    arguments.depfile.write_text(f"{arguments.source} {arguments.blob}: {sources}\n")


def main():
    parser = argparse.ArgumentParser()
    for option in ("--manifest", "--page", "--source", "--blob", "--depfile"):
        parser.add_argument(option, type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    write(read(arguments.manifest) + read_page(arguments.page), arguments)


main()
