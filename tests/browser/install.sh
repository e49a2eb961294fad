#!/bin/sh
# The tests look at mails in a real browser. Where there is none, and apt-get may be used, it is installed.
set -u
have() { command -v "$1" >/dev/null 2>&1; }
browser() { have chromium || have chromium-browser || have google-chrome; }
fonts() { ! have fc-list || fc-list :lang=ja family | grep -q .; }

if browser && fonts; then exit 0; fi
if ! have apt-get; then
  echo 'The tests need Chromium and a Japanese and Chinese font: install them with your package manager.' >&2
  exit 0 # the tests that need them fail and say so; the others run
fi
as_root=''
[ "$(id -u)" = 0 ] || as_root='sudo -n'
echo 'Installing Chromium and CJK fonts for the tests ...'
$as_root apt-get update -qq && $as_root apt-get install -y -qq chromium fonts-noto-cjk >/dev/null \
  || echo 'That did not work; as an administrator: apt-get install chromium fonts-noto-cjk' >&2
exit 0
