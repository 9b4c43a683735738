#!/usr/bin/env bash
# Installs what building (`setup.sh compiler`) or testing (`setup.sh`) needs, and only what is
# missing: Debian packages, and Python's judges in the virtual environment .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

# command:package; a package is installed when its command is not there.
compiler=(cc:build-essential pkg-config:pkg-config)
judges=(
    redis-server:redis-server redis-cli:redis-tools
    qpdf:qpdf pdfsig:poppler-utils pdftoppm:poppler-utils pdftotext:poppler-utils
    openssl:openssl systemd-analyze:systemd python3:python3
)
python_judges=(pyHanko==0.38.0 pyhanko-cli==0.6.0 dkimpy==1.1.8)

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null; then sudo "$@"
    else echo "setup: run as root, or install sudo, so that this can run: $*" >&2; return 1
    fi
}

apt_install() {
    command -v apt-get >/dev/null || {
        echo "setup: install these by hand, this is not Debian or Ubuntu: $*" >&2
        return 1
    }
    echo "setup: installing $*" >&2
    [ -n "${apt_updated:-}" ] || as_root apt-get update -qq
    apt_updated=yes
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

install_missing "${compiler[@]}"
[ "${1:-}" != compiler ] || exit 0

command -v redis-server >/dev/null || redis_is_new=yes
install_missing "${judges[@]}"
[ -z "${redis_is_new:-}" ] || stop_redis_service

# The folder's modules, not its presence: a run that was cut short leaves half a folder.
if ! .venv/bin/python - "${python_judges[@]}" 2>/dev/null <<'PYTHON'
import importlib.metadata, sys
for pinned in sys.argv[1:]:
    name, version = pinned.split("==")
    assert importlib.metadata.version(name) == version
PYTHON
then
    python3 -c 'import venv, ensurepip' 2>/dev/null || apt_install python3-venv
    echo "setup: installing ${python_judges[*]} into .venv" >&2
    python3 -m venv --clear .venv
    .venv/bin/pip install --quiet --disable-pip-version-check "${python_judges[@]}"
fi
