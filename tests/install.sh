#!/bin/sh
# What the tests need besides Python: a browser, a C compiler (tests/power, tests/storm), and Postfix as a
# relay that is not ours (and for its smtp-sink and smtp-source). Postfix is installed without a configuration and is never started here:
# each test starts a private instance of its own on loopback.
set -u
sh "$(dirname "$0")/browser/install.sh"

PATH="$PATH:/usr/sbin:/sbin"
if ! command -v cc >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
  as_root=''
  [ "$(id -u)" = 0 ] || as_root='sudo -n'
  echo 'Installing a C compiler for the tests ...'
  $as_root apt-get update -qq
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends gcc libc6-dev >/dev/null \
    || echo 'That did not work; as an administrator: apt-get install gcc libc6-dev' >&2
fi
if command -v postfix >/dev/null 2>&1; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo 'The tests need Postfix: install it with your package manager; it need not run.' >&2
  exit 0 # the tests that need it fail and say so; the others run
fi
as_root=''
[ "$(id -u)" = 0 ] || as_root='sudo -n'
$as_root apt-get update -qq
# Another mail server on this machine would be removed: that is not for a test to do.
if apt-get install -s --no-install-recommends postfix 2>/dev/null | grep -q '^Remv'; then
  echo 'The tests need Postfix, and installing it would remove your mail server: they will fail.' >&2
  exit 0
fi
policy=/usr/sbin/policy-rc.d
ours=''
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null && ours=yes
  $as_root chmod 755 "$policy"
fi
echo 'Installing Postfix for the tests (it is not started) ...'
echo 'postfix postfix/main_mailer_type select No configuration' | $as_root debconf-set-selections
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq --no-install-recommends postfix >/dev/null \
  || echo 'That did not work; as an administrator: apt-get install postfix' >&2
[ -z "$ours" ] || $as_root rm -f "$policy"
exit 0
