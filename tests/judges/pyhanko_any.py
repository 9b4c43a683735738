"""Judge any signed PDFs with pyHanko's own defaults: one line of JSON a file.

    pyhanko_any.py --trust root.pem FILE…

“valid” means: there is a signature, and every signature and document timestamp in the file is intact, valid,
trusted, and covers its revision whole, with nothing after it that it does not allow. Nothing is fetched.
"""

import argparse
import json
import logging
import sys

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import SuspiciousModification
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


def fault_of(signature, roots):
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    if signature.sig_object_type == "/DocTimeStamp":
        status = validate_pdf_timestamp(signature, context)
        good = status.intact and status.valid and status.trusted
        diff_ok = not isinstance(status.diff_result, SuspiciousModification)
    else:
        status = validate_pdf_signature(signature, context)
        good, diff_ok = status.bottom_line, status.docmdp_ok
    faults = [name for name in ("intact", "valid", "trusted") if not getattr(status, name)]
    if status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        faults.append("coverage " + status.coverage.name)
    if not diff_ok:
        faults.append("later change")
    if not good and not faults:
        faults.append("timestamp or seed value")
    return ", ".join(faults)


def judge(path, roots):
    with open(path, "rb") as handle:
        signatures = PdfFileReader(handle).embedded_signatures
        faults = [fault_of(signature, roots) for signature in signatures]
    if not any(one.sig_object_type == "/Sig" for one in signatures):
        faults.append("no signature")
    return next((fault for fault in faults if fault), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trust", required=True, action="append", help="PEM of a root to trust")
    parser.add_argument("files", nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    roots = list(load_certs_from_pemder(arguments.trust))
    for path in arguments.files:
        try:
            fault = judge(path, roots)
        except Exception as error:  # whatever pyHanko says of a broken file is its verdict
            fault = f"{type(error).__name__}: {error}"
        print(json.dumps({"file": path, "valid": fault is None, "fault": fault}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
