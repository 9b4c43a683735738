"""Sign a page with pyHanko in every way that others sign, and change the files as others change them.

    producers.py --p12 key.p12 --password … --tsa URL --root root.pem --page page.pdf --form form.pdf OUT

Writes NAME.pdf for each into the folder OUT. `page.pdf` has one page whose content is object 4; `form.pdf` has a
text field “Note” besides.
"""

import argparse
import asyncio
import io
import pathlib
import sys

import aiohttp
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfTimeStamper
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.fetchers.aiohttp_fetchers import AIOHttpFetcherBackend

PADES, PKCS7 = SigSeedSubFilter.PADES, SigSeedSubFilter.ADOBE_PKCS7_DETACHED
BOX = (10, 10, 110, 60)


class Producer:
    def __init__(self, arguments, session):
        secret = arguments.password.encode()
        self.signer = signers.SimpleSigner.load_pkcs12(arguments.p12, passphrase=secret)
        self.pss = signers.SimpleSigner.load_pkcs12(arguments.p12, passphrase=secret, prefer_pss=True)
        self.stamper = HTTPTimeStamper(arguments.tsa, session=session)
        self.root = load_cert_from_pemder(arguments.root)
        self.session = session
        self.page = pathlib.Path(arguments.page).read_bytes()
        self.form = pathlib.Path(arguments.form).read_bytes()
        self.out = pathlib.Path(arguments.out)

    def context(self):
        fetchers = AIOHttpFetcherBackend(self.session).get_fetchers()
        return ValidationContext(trust_roots=[self.root], allow_fetching=True, fetchers=fetchers)

    async def sign(self, pdf, field="One", level="b-b", signer=None, box=None, lock=None, **more):
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        lasting = level in ("b-lt", "b-lta")
        meta = PdfSignatureMetadata(
            field_name=field,
            md_algorithm=more.pop("digest", "sha256"),
            subfilter=more.pop("subfilter", PADES),
            embed_validation_info=lasting,
            use_pades_lta=level == "b-lta",
            validation_context=self.context() if lasting else None,
            **more,
        )
        spec = SigFieldSpec(field, box=box, field_mdp_spec=lock) if box or lock else None
        stamper = None if level == "b-b" else self.stamper
        pdf_signer = signers.PdfSigner(
            meta, signer or self.signer, timestamper=stamper, new_field_spec=spec
        )
        # Others sign even where the certification forbids it.
        pdf_signer._enforce_certification_constraints = lambda *_: None
        return (await pdf_signer.async_sign_pdf(writer)).getvalue()

    async def stamp(self, pdf):
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        stamper = PdfTimeStamper(self.stamper)
        return (await stamper.async_timestamp_pdf(writer, "sha256", None)).getvalue()

    def update(self, pdf, change):
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        change(writer)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()

    def write(self, name, pdf):
        (self.out / f"{name}.pdf").write_bytes(pdf)


def page_of(writer):
    return writer.root["/Pages"]["/Kids"][0]


def stream(writer, data):
    return writer.add_object(generic.StreamObject(stream_data=data))


def content_replaced(writer):
    writer.objects[(0, 4)] = generic.StreamObject(stream_data=b"0 g 0 0 100 100 re f")


def content_added(writer):
    page = page_of(writer)
    page["/Contents"] = generic.ArrayObject([page.raw_get("/Contents"), stream(writer, b"0 0 9 9 re f")])
    writer.update_container(page)


def annotation_added(writer):
    note = generic.DictionaryObject({
        pdf_name("/Type"): pdf_name("/Annot"), pdf_name("/Subtype"): pdf_name("/FreeText"),
        pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 400, 400))),
        pdf_name("/Contents"): pdf_string("something else"),
    })
    page = page_of(writer)
    annotations = list(page["/Annots"])
    page["/Annots"] = generic.ArrayObject([*annotations, writer.add_object(note)])
    writer.update_container(page)


def font_replaced(writer):
    font = writer.root["/Pages"]["/Resources"]["/Font"]["/F"]
    font["/BaseFont"] = pdf_name("/Symbol")
    writer.update_container(font)


def action_added(writer):
    writer.root["/OpenAction"] = generic.DictionaryObject({
        pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("1"),
    })
    writer.update_root()


def field_added(writer):
    form = writer.root["/AcroForm"]
    field = generic.DictionaryObject({
        pdf_name("/FT"): pdf_name("/Tx"), pdf_name("/T"): pdf_string("More"),
    })
    form["/Fields"].append(writer.add_object(field))
    writer.update_container(form["/Fields"])
    writer.update_container(form)


def field_deleted(writer):
    form = writer.root["/AcroForm"]
    form["/Fields"] = generic.ArrayObject(list(form["/Fields"])[1:])
    writer.update_container(form)


def note(writer):
    for raw in writer.root["/AcroForm"]["/Fields"]:
        field = raw.get_object()
        if field["/T"] == "Note":
            return field
    raise LookupError("Note")


def filled(writer):
    field = note(writer)
    field["/V"] = pdf_string("filled in")
    writer.update_container(field)


def moved(writer):
    field = note(writer)
    field["/Rect"] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 400, 400)))
    writer.update_container(field)


def signature_replaced(writer):
    for raw in writer.root["/AcroForm"]["/Fields"]:
        field = raw.get_object()
        if field["/T"] == "One":
            field["/V"]["/Reason"] = pdf_string("another")
            writer.update_container(field["/V"])


def information(writer):
    writer.set_info(writer.add_object(generic.DictionaryObject({pdf_name("/Title"): pdf_string("x")})))


def metadata(text):
    def change(writer):
        entries = {pdf_name("/Type"): pdf_name("/Metadata"), pdf_name("/Subtype"): pdf_name("/XML")}
        packet = generic.StreamObject(dict_data=entries, stream_data=text)
        writer.root["/Metadata"] = writer.add_object(packet)
        writer.update_root()
    return change


def nothing_needed(writer):
    stream(writer, b"nobody draws this")


def empty_field(box):
    return lambda writer: fields.append_signature_field(writer, SigFieldSpec("Empty", box=box))


CHANGES = {
    "content-replaced": content_replaced,
    "content-added": content_added,
    "annotation-added": annotation_added,
    "font-replaced": font_replaced,
    "action-added": action_added,
    "field-added": field_added,
    "field-deleted": field_deleted,
    "field-filled": filled,
    "field-moved": moved,
    "signature-replaced": signature_replaced,
    "information-added": information,
    "metadata-added": metadata(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>"),
    "orphan-added": nothing_needed,
    "empty-field-added": empty_field(None),
    "visible-field-added": empty_field(BOX),
}


async def produce(producer):
    page, form, sign, write = producer.page, producer.form, producer.sign, producer.write
    for level in ("b-b", "b-t", "b-lt", "b-lta"):
        write(f"approval-{level}", await sign(page, level=level))
        write(f"certification-{level}", await sign(page, level=level, certify=True))
        write(f"visible-{level}", await sign(page, level=level, box=BOX))
    write("pkcs7", await sign(page, subfilter=PKCS7))
    write("pkcs7-stamped", await sign(page, subfilter=PKCS7, level="b-t"))
    write("sha512", await sign(page, digest="sha512"))
    write("pss", await sign(page, signer=producer.pss))
    for level in MDPPerm:
        more = {"certify": True, "docmdp_permissions": level}
        certified = await sign(form, **more)
        name = f"certified-p{level.value}"
        write(name, certified)
        write(f"{name}-approved", await sign(certified, field="Two"))
        write(f"{name}-approved-visibly", await sign(certified, field="Two", box=BOX))
        write(f"{name}-stamped", await producer.stamp(certified))
        write(f"{name}-filled", producer.update(certified, filled))
    locked = await sign(form, box=BOX, lock=FieldMDPSpec(FieldMDPAction.ALL))
    write("locked", locked)
    write("locked-filled", producer.update(locked, filled))
    first = await sign(form)
    write("approved", first)
    for name, change in CHANGES.items():
        write(f"approved-{name}", producer.update(first, change))
    second = await sign(first, field="Two", box=BOX)
    write("approved-twice", second)
    write("approved-twice-stamped", await producer.stamp(second))
    write("approved-thrice-lta", await sign(second, field="Three", level="b-lta"))
    write("stamped-then-forged", producer.update(await producer.stamp(second), content_replaced))
    prepared = producer.update(page, empty_field(BOX))
    write("prepared-field", await sign(prepared, field="Empty"))


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--p12", "--password", "--tsa", "--root", "--page", "--form"):
        parser.add_argument(name, required=True)
    parser.add_argument("out")
    arguments = parser.parse_args()
    async with aiohttp.ClientSession() as session:
        await produce(Producer(arguments, session))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
