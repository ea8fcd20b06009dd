#!/bin/sh
# Install what the tests use beyond Python, where apt may be used; say so where it may not.
set -u
PATH="$PATH:/usr/sbin:/sbin"

installed() {
    dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q "install ok installed"
}

# A browser, a mail server as a relay with its test programs, a server of mailboxes, judges of DKIM signatures, and a reader of messages.
missing=""
command -v chromium >/dev/null 2>&1 || missing="chromium fonts-liberation"
for package in postfix dovecot-imapd sasl2-bin libsasl2-modules libsasl2-modules-db opendkim libmail-dkim-perl libemail-mime-perl; do
    installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "no apt here: the tests that need $missing will be skipped" >&2
    exit 0
fi
if [ "$(id -u)" = 0 ]; then as_root=""
elif sudo -n true 2>/dev/null; then as_root="sudo -n"
else
    echo "apt needs root: the tests that need $missing will be skipped" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
# Without settings of its own Postfix is not started: the tests start one of theirs, in a folder of theirs.
case "$missing" in *postfix*)
    echo "postfix postfix/main_mailer_type select No configuration" | $as_root debconf-set-selections ;;
esac
$as_root apt-get update -qq
for package in $missing; do
    # Whatever would have to go for it, such as another mail server, is wanted more than it is.
    $as_root apt-get install -y -qq --no-install-recommends --no-remove "$package" >/dev/null \
        || echo "apt could not install $package: the tests that need it will be skipped" >&2
done
