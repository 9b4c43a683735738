"""Judge certified PDFs with pyHanko: one line of JSON a file, exit code 1 if any is not OK.

    pyhanko_validate.py --trust cert.pem FILE…

OK means: one signature, a certification that allows form filling, intact and valid, trusted by
the given root, covering the entire file, with nothing forbidden after it, and with the signed
attributes of PAdES B-B (no signing-time, a signing-certificate-v2).
"""

import argparse
import json
import logging
import sys

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

DEMANDED = {"content_type", "message_digest", "signing_certificate_v2"}
FORBIDDEN = {"signing_time"}


def judge(path, roots):
    with open(path, "rb") as handle:
        reader = PdfFileReader(handle)
        signatures = reader.embedded_regular_signatures
        if len(signatures) != 1:
            return {"error": f"{len(signatures)} signatures"}
        signature = signatures[0]
        context = ValidationContext(trust_roots=roots, allow_fetching=False)
        status = validate_pdf_signature(signature, context)
        attributes = sorted(attribute["type"].native for attribute in signature.signer_info["signed_attrs"])
        certification = (
            reader.root["/Perms"].raw_get("/DocMDP").reference == signature.sig_field.raw_get("/V").reference
            and signature.docmdp_level == MDPPerm.FILL_FORMS
        )
        return {
            "valid": bool(status.intact and status.valid and status.bottom_line),
            "certification": certification,
            "coverage": status.coverage.name,
            "docmdp_ok": bool(status.docmdp_ok),
            "trusted": bool(status.trusted),
            "signed_attributes": attributes,
            "error": None,
        }


def is_ok(result):
    attributes = set(result.get("signed_attributes", []))
    return (
        result["error"] is None
        and result["valid"]
        and result["certification"]
        and result["coverage"] == "ENTIRE_FILE"
        and result["docmdp_ok"]
        and result["trusted"]
        and DEMANDED <= attributes
        and not FORBIDDEN & attributes
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trust", required=True, action="append", help="PEM of a root to trust")
    parser.add_argument("files", nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    roots = list(load_certs_from_pemder(arguments.trust))
    all_ok = True
    for path in arguments.files:
        try:
            result = judge(path, roots)
        except Exception as error:  # whatever pyHanko says of a broken file is its verdict
            result = {"error": f"{type(error).__name__}: {error}"}
        all_ok = is_ok(result) and all_ok
        print(json.dumps({"file": path, **result}), flush=True)
    return 0 if all_ok else 1


if __name__ == "__main__":
    sys.exit(main())
