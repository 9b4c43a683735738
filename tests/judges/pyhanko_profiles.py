"""Judge certified PDFs at a PAdES baseline profile with pyHanko: one line of JSON a file, exit code 1 if
any is not OK.

    pyhanko_profiles.py --profile b-lta --trust root.pem [--years-ahead 20] FILE…

Nothing is fetched. OK means, by the validation of ETSI EN 319 102-1: one signature, a certification that
allows form filling, passed; its signature timestamp passed; each certificate shown not to
be revoked by what the file has for b-lt and above; a document timestamp that covers the file to its end for
b-lta; and nothing after the signature but what such a profile adds.
"""

import argparse
import asyncio
import dataclasses
import datetime
import gc
import json
import logging
import sys

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation.ades import ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator.context import CertValidationPolicySpec, ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

PROFILES = ["b-t", "b-lt", "b-lta"]


def specification(profile, roots):
    rule = (
        RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
        if profile in ("b-lt", "b-lta")
        else RevocationCheckingRule.CHECK_IF_DECLARED_SOFT
    )
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(roots),
        revinfo_policy=CertRevTrustPolicy(
            RevocationCheckingPolicy(ee_certificate_rule=rule, intermediate_ca_cert_rule=rule)
        ),
    )
    return PdfSignatureValidationSpec(
        SignatureValidationSpec(
            cert_validation_policy=policy,
            revinfo_gathering_policy=RevocationInfoGatheringSpec(
                RevinfoOnlineFetchingRule.LOCAL_ONLY
            ),
        )
    )


def stored_in(reader):
    """What the file brings with it."""
    if "/DSS" not in reader.root:
        return LocalKnowledge()
    store = DocumentSecurityStore.read_dss(reader)
    responses = [
        asn1_ocsp.OCSPResponse.load(one.get_object().data) for one in store.ocsps
    ]
    return LocalKnowledge(
        known_ocsps=[one for each in responses for one in OCSPContainer.load_multi(each)],
        known_crls=[
            CRLContainer(asn1_crl.CertificateList.load(one.get_object().data)) for one in store.crls
        ],
        known_certs=list(store.load_certs()),
    )


async def verdict(profile, reader, signature, spec, timing):
    if profile == "b-lta":
        return await ades_lta_validation(signature, spec, timing_info=timing)
    return await ades_with_time_validation(
        signature.signed_data,
        dataclasses.replace(spec.signature_validation_spec, local_knowledge=stored_in(reader)),
        timing_info=timing,
        raw_digest=signature.compute_digest(),
        extra_status_kwargs=signature.summarise_integrity_info(),
        status_cls=PdfSignatureStatus,
    )


def judge(path, profile, roots, moments):
    with open(path, "rb") as handle:
        reader = PdfFileReader(handle)
        signatures = reader.embedded_regular_signatures
        if len(signatures) != 1:
            raise ValueError(f"{len(signatures)} signatures")
        signature = signatures[0]
        signature.compute_integrity_info(diff_policy=DEFAULT_DIFF_POLICY)
        spec = specification(profile, roots)
        stamps = reader.embedded_timestamp_signatures
        store = reader.root["/DSS"] if "/DSS" in reader.root else {}
        result = {
            "certification": signature.docmdp_level == MDPPerm.FILL_FORMS,
            "store": sorted(store),
            "document_timestamps": [stamp.evaluate_signature_coverage().name for stamp in stamps],
            "at": [],
        }
        for timing in moments:
            said = asyncio.run(verdict(profile, reader, signature, spec, timing))
            status = said.api_status
            stamp = status.timestamp_validity
            result["at"].append(
                {
                    "time": str(timing.validation_time),
                    "indication": str(said.ades_subindic),
                    "passed": said.ades_subindic == AdESPassed.OK,
                    # Of a signature that is valid today it says that the past could not improve that.
                    "said": said.failure_msg,
                    "docmdp_ok": bool(status.docmdp_ok),
                    "modification": status.modification_level.name,
                    "coverage": status.coverage.name,
                    "timestamp": stamp is not None
                    and bool(stamp.intact and stamp.valid and stamp.trusted),
                }
            )
        return result


def is_ok(result, profile):
    stored = profile != "b-t"
    most = ModificationLevel.LTA_UPDATES if stored else ModificationLevel.NONE
    return (
        result["certification"]
        and bool(result["store"]) == stored
        and result["document_timestamps"] == (["ENTIRE_FILE"] if profile == "b-lta" else [])
        and all(
            at["passed"]
            and at["docmdp_ok"]
            and at["timestamp"]
            and ModificationLevel[at["modification"]] <= most
            and at["coverage"] == ("ENTIRE_REVISION" if stored else "ENTIRE_FILE")
            for at in result["at"]
        )
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", required=True, choices=PROFILES)
    parser.add_argument("--trust", required=True, action="append", help="PEM of a root to trust")
    parser.add_argument("--years-ahead", type=int, action="append", help="judge as of then too")
    parser.add_argument("files", nargs="+", metavar="FILE")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    # It lives for some seconds, a fifth of which would go into looking for what can be freed.
    gc.disable()
    roots = list(load_certs_from_pemder(arguments.trust))
    now = datetime.datetime.now(datetime.timezone.utc)
    moments = [
        ValidationTimingInfo(at, best_signature_time=at, point_in_time_validation=False)
        for years in [0, *(arguments.years_ahead or [])]
        for at in [now + datetime.timedelta(days=365 * years)]
    ]
    all_ok = True
    for path in arguments.files:
        try:
            result = judge(path, arguments.profile, roots, moments)
            ok = is_ok(result, arguments.profile)
        except Exception as error:  # whatever pyHanko says of a broken file is its verdict
            result, ok = {"said": f"{type(error).__name__}: {error}"}, False
        all_ok = ok and all_ok
        print(json.dumps({"file": path, "ok": ok, **result}), flush=True)
    return 0 if all_ok else 1


if __name__ == "__main__":
    sys.exit(main())
