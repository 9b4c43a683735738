#!/usr/bin/env bash
# Installs what building (`setup.sh compiler`) or testing (`setup.sh`) needs, and only what is
# missing: Debian packages, and in the virtual environment .venv Python's judges and axe-core.
set -euo pipefail
cd "$(dirname "$0")/.."

# command:package; a package is installed when its command is not there.
compiler=(cc:build-essential pkg-config:pkg-config)
judges=(
    redis-server:redis-server redis-cli:redis-tools
    qpdf:qpdf pdfsig:poppler-utils pdftoppm:poppler-utils pdftotext:poppler-utils
    bindfs:bindfs faketime:faketime setpriv:util-linux
    softhsm2-util:softhsm2 pkcs11-tool:opensc
    openssl:openssl systemd-analyze:systemd python3:python3 fc-list:fontconfig
)
# certomancer is the tests' own CA, OCSP responder and timestamp authority; Werkzeug serves it.
python_judges=(pyHanko==0.38.0 pyhanko-cli==0.6.0 dkimpy==1.1.8 certomancer==0.16.0 Werkzeug==3.1.9)
# Ships axe.min.js (axe-core 4.12.1), for which this needs no npm; the browser it would drive stays out.
axe=axe-playwright-python==0.1.8

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else echo "setup: run as root, or install sudo, so that this can run: $*" >&2; return 1
    fi
}

apt_update() {
    [ -n "${apt_updated:-}" ] || as_root apt-get update -qq
    apt_updated=yes
}

apt_install() {
    command -v apt-get >/dev/null || {
        echo "setup: install these by hand, this is not Debian or Ubuntu: $*" >&2
        return 1
    }
    echo "setup: installing $*" >&2
    apt_update
    # What an installation that was cut short left half done.
    as_root dpkg --configure -a
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

install_missing() {
    local missing=() pair
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

# Debian starts the server that it installs. The tests start their own, on ports of their own.
stop_redis_service() {
    if [ -d /run/systemd/system ]; then as_root systemctl disable --quiet --now redis-server
    else as_root service redis-server stop >/dev/null 2>&1 || true
    fi
}

# Ubuntu has Chromium as a snap alone, which sees no profile under /tmp and needs systemd.
install_browser() {
    local chinese=/usr/lib/chromium/locales/zh-TW.pak
    if command -v chromedriver && { [ -e $chinese ] || command -v google-chrome ||
        ! command -v apt-get; }; then return; fi >/dev/null
    ! command -v apt-get >/dev/null || apt_update
    if apt-cache show chromium-driver >/dev/null 2>&1; then
        apt_install chromium chromium-driver chromium-l10n
    else
        echo "setup: no package of Chromium for this system. Put Google Chrome (google-chrome) and" \
            "the chromedriver of the same version on the PATH; until then the tests in" \
            "tests/browser fail." >&2
    fi
}

install_missing "${compiler[@]}"
[ "${1:-}" != compiler ] || exit 0

command -v redis-server >/dev/null || redis_is_new=yes
install_missing "${judges[@]}"
[ -z "${redis_is_new:-}" ] || stop_redis_service

install_browser
[ -n "$(fc-list :lang=zh-tw)" ] || apt_install fonts-wqy-microhei

# The folder's modules, not its presence: a run that was cut short leaves half a folder.
if ! .venv/bin/python - "${python_judges[@]}" "$axe" 2>/dev/null <<'PYTHON'
import importlib.metadata, sys
for pinned in sys.argv[1:]:
    name, version = pinned.split("==")
    assert importlib.metadata.version(name) == version
PYTHON
then
    python3 -c 'import venv, ensurepip' 2>/dev/null || apt_install python3-venv
    echo "setup: installing ${python_judges[*]} $axe into .venv" >&2
    python3 -m venv --clear .venv
    .venv/bin/pip install --quiet --disable-pip-version-check "${python_judges[@]}"
    .venv/bin/pip install --quiet --disable-pip-version-check --no-deps "$axe"
fi
