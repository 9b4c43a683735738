//! What a layout must say: files that exist, and places on its page.

use std::path::Path;

use super::{Wrong, braces};
use crate::{Home, Layout, PlacedImage};

/// Longest side of a page, in millimetres: A0.
const LONGEST_SIDE: f64 = 1189.0;

/// What can be filled into a layout's texts.
const FILLED: [&str; 2] = ["certificate_no", "student_no"];

/// Why a layout is refused: the key, and the sentence.
type Refused = (String, String);

pub(super) fn check(home: &Home, at: usize, layout: &Layout) -> Result<(), Wrong> {
    size(layout)
        .and_then(|()| files(home, layout))
        .and_then(|()| places(layout))
        .and_then(|()| words(layout))
        .map_err(|(key, message)| Wrong {
            layout: Some(at),
            path: key.split('.').map(str::to_owned).collect(),
            message,
        })
}

fn size(layout: &Layout) -> Result<(), Refused> {
    let sane = |side: f64| side.is_finite() && (20.0..=LONGEST_SIDE).contains(&side);
    if layout.page_mm.into_iter().all(sane) {
        return Ok(());
    }
    refuse("page_mm", "must be width and height in millimetres; A4 landscape is [297, 210]")
}

fn files(home: &Home, layout: &Layout) -> Result<(), Refused> {
    file(home, "background", &layout.background)?;
    file(home, "font", &layout.font)?;
    for (key, image) in images(layout) {
        file(home, &format!("{key}.image"), &image.image)?;
    }
    Ok(())
}

fn file(home: &Home, key: &str, path: &Path) -> Result<(), Refused> {
    if home.resolve(path).is_file() {
        return Ok(());
    }
    refuse(key, &format!("names the file {}, which does not exist in the home", path.display()))
}

/// Every seal with its key.
fn images(layout: &Layout) -> impl Iterator<Item = (String, &PlacedImage)> {
    let deans = layout.seals.deans.iter().enumerate();
    let deans = deans.map(|(at, dean)| (format!("seals.deans.{at}.seal"), &dean.seal));
    std::iter::once(("seals.president".to_owned(), &layout.seals.president)).chain(deans)
}

fn places(layout: &Layout) -> Result<(), Refused> {
    for (key, image) in images(layout) {
        on_page(layout, &key, [image.x, image.y], [image.width, image.height])?;
    }
    let qr = layout.qr;
    on_page(layout, "qr", [qr.x, qr.y], [qr.size, qr.size])?;
    let texts = [
        ("serial", layout.serial.x, layout.serial.y, layout.serial.size),
        ("note", layout.note.x, layout.note.y, layout.note.size),
    ];
    for (key, x, y, size) in texts {
        if !(size.is_finite() && (1.0..=200.0).contains(&size)) {
            return refuse(&format!("{key}.size"), "must be from 1 to 200 points");
        }
        // A point of the baseline alone: how long the line is, the certificate decides.
        on_page(layout, key, [x, y], [0.1, 0.1])?;
    }
    Ok(())
}

fn on_page(layout: &Layout, key: &str, at: [f64; 2], size: [f64; 2]) -> Result<(), Refused> {
    let inside = (0..2).all(|axis| {
        let (at, size, page) = (at[axis], size[axis], layout.page_mm[axis]);
        at.is_finite() && size.is_finite() && at >= 0.0 && size > 0.0 && at + size <= page
    });
    if inside {
        return Ok(());
    }
    let [width, height] = layout.page_mm;
    refuse(key, &format!("does not stand on the page, which is {width} × {height} mm"))
}

fn words(layout: &Layout) -> Result<(), Refused> {
    if let Err(message) = braces(&layout.serial.text, &FILLED) {
        return refuse("serial.text", &message);
    }
    for (kind, text) in &layout.note.text {
        if let Err(message) = braces(text, &FILLED) {
            return refuse(&format!("note.text.{kind}"), &message);
        }
    }
    for (at, dean) in layout.seals.deans.iter().enumerate() {
        if dean.colleges.is_empty() {
            let message = "names no college, so the seal would never be used";
            return refuse(&format!("seals.deans.{at}.colleges"), message);
        }
    }
    Ok(())
}

fn refuse(key: &str, message: &str) -> Result<(), Refused> {
    Err((key.to_owned(), message.to_owned()))
}
