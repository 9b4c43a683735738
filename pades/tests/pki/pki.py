"""Serves the certificates, the keys, OCSP, CRLs and timestamps of pki.yml on a free port of 127.0.0.1:
`pki.py KEYS`, where KEYS is a folder in which drawn keys are kept. Prints the port when it is ready, and
ends when its standard input does, so that it can't outlive whoever started it.

Besides what certomancer serves: GET /certificate/LABEL (DER) and /pkcs12/LABEL (with the chain).
"""

import datetime
import fcntl
import logging
import os
import pathlib
import string
import sys
import threading

from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response
import yaml

PASSWORD = b"sealpress"
CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1}


def draw(kind):
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def ensure(path):
    """The key at `path`, drawn where it is not there yet."""
    if path.exists():
        return
    pem = draw(path.stem.split("-")[0]).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    whole = path.with_suffix(".new")
    whole.write_bytes(pem)
    whole.replace(path)


def configuration(keys, port):
    now = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    moment = lambda days: '"' + (now + datetime.timedelta(days=days)).isoformat() + '"'
    template = string.Template((pathlib.Path(__file__).parent / "pki.yml").read_text())
    text = template.substitute(
        port=port,
        last_year=moment(-365),
        ended=moment(-30),
        soon=moment(30),
        next_year=moment(700),
    )
    # Of those who start at once, one draws.
    with open(keys / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for key in yaml.safe_load(text)["keysets"]["all"]["keys"].values():
            ensure(keys / key["path"])
    return CertomancerConfig.from_yaml(
        text, key_search_dir=str(keys), external_url_prefix=f"http://127.0.0.1:{port}"
    )


class Served:
    """certomancer's answers, and the files that a signer needs."""

    def __init__(self):
        self.arch = None
        self.animator = None

    def begin(self, config):
        self.arch = config.get_pki_arch(ArchLabel("school"))
        # Each is issued at its first use, which must not happen twice at once.
        self.arch._load_all_certs()
        store = AnimatorArchStore(config.pki_archs)
        self.animator = Animator(store, with_web_ui=False)

    def __call__(self, environ, start_response):
        request = Request(environ)
        what, _, label = request.path.strip("/").partition("/")
        if what == "certificate":
            answer = Response(self.arch.get_cert(CertLabel(label)).dump())
        elif what == "pkcs12":
            answer = Response(self.arch.package_pkcs12(CertLabel(label), password=PASSWORD))
        else:
            answer = self.animator.dispatch(request)
        return answer(environ, start_response)


class Quiet(WSGIRequestHandler):
    def log_request(self, *_):
        pass


def end_with_input():
    while os.read(0, 1):
        pass
    os._exit(0)


def main():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    keys = pathlib.Path(sys.argv[1])
    keys.mkdir(parents=True, exist_ok=True)
    threading.Thread(target=end_with_input, daemon=True).start()
    served = Served()
    server = make_server("127.0.0.1", 0, served, threaded=True, request_handler=Quiet)
    served.begin(configuration(keys, server.port))
    print(server.port, flush=True)
    server.serve_forever()


main()
