#!/bin/sh
# Install what the tests use beyond Python, where apt may be used; say so where it may not.
set -u
if ! command -v apt-get >/dev/null 2>&1; then
    echo "no apt here: the tests that need Chromium will be skipped" >&2
    exit 0
fi
if [ "$(id -u)" = 0 ]; then as_root=""
elif sudo -n true 2>/dev/null; then as_root="sudo -n"
else
    echo "apt needs root: the tests that need Chromium will be skipped" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null \
    || echo "apt could not install Chromium: the tests that need it will be skipped" >&2
