//! QR codes on a page, by rqrr.

use super::grey::Grey;
use super::paint::Page;

/// Dots an inch at which a page is looked at, one after another until there is a code: enough for
/// a code of 20 mm on an A4 page, then for a page that was made smaller. The others are for copies
/// that are pictures themselves: which raster agrees with theirs, nobody knows. Of 22 certificates
/// printed as pictures of 200 dots an inch, each a part of a pixel aside, the code was read of 22
/// at 200 and of 8 at 150.
const DOTS: [f64; 5] = [200.0, 300.0, 150.0, 240.0, 120.0];

/// Most codes that are read off a page.
const MOST: usize = 8;

/// Longest text of a code that is kept, in bytes.
const LONGEST: usize = 1024;

/// A code.
pub(super) struct Code {
    pub(super) text: String,
    /// Where its upper left, upper right and lower left corners are, in points of the page.
    pub(super) corners: [[f64; 2]; 3],
}

/// The codes on a page; `None` where there is no page to be seen.
pub(super) fn on(page: &Page) -> Option<Vec<Code>> {
    let mut found = Vec::new();
    for dots in DOTS {
        let picture = page.at(dots)?.grey();
        let points = page.points()?.0 / picture.width as f64;
        found = read(&picture, points);
        if found.is_empty() {
            // Where a raster has frayed the edges, softer ones are straight again.
            found = read(&picture.softened(), points);
        }
        if !found.is_empty() {
            break;
        }
    }
    Some(found)
}

/// The codes in a picture, each of whose pixels is so many points wide.
fn read(picture: &Grey, points: f64) -> Vec<Code> {
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(picture.width, picture.height, |x, y| {
            picture.at(x, y)
        });
    let mut codes = Vec::new();
    for grid in prepared.detect_grids() {
        if let Ok((_, text)) = grid.decode()
            && text.len() <= LONGEST
            && codes.len() < MOST
        {
            let [left, right, _, below] =
                grid.bounds.map(|at| [f64::from(at.x) * points, f64::from(at.y) * points]);
            codes.push(Code { text, corners: [left, right, below] });
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use qrcode::{Color, QrCode};

    /// A white page with one code at (150, 100), each module `module` pixels wide.
    fn page_with(text: &str, module: usize) -> Grey {
        let code = QrCode::new(text).unwrap();
        let (side, colours) = (code.width(), code.to_colors());
        let (width, height) = (side * module + 300, side * module + 200);
        let mut pixels = vec![255; width * height];
        for (at, pixel) in pixels.iter_mut().enumerate() {
            let (x, y) = ((at % width).wrapping_sub(150), (at / width).wrapping_sub(100));
            if x < side * module && y < side * module {
                let module = (y / module) * side + x / module;
                *pixel = if colours[module] == Color::Dark { 0 } else { 255 };
            }
        }
        Grey { width, height, pixels }
    }

    #[test]
    fn a_code_is_read_where_it_stands_and_a_blank_page_has_none() {
        let link = "https://verify.example/0123456789abcdef0123456789abcdef";
        let codes = read(&page_with(link, 5), 0.5);
        let [code] = codes.as_slice() else { panic!("one code") };
        assert_eq!(code.text, link);
        let [[left, top], [right, _], [_, below]] = code.corners;
        assert!((left - 75.0).abs() < 1.5 && (top - 50.0).abs() < 1.5, "{left} {top}");
        assert!(right > left + 50.0 && below > top + 50.0);
        assert!(read(&page_with(&"x".repeat(1100), 4), 1.0).is_empty());
        let blank = Grey { width: 300, height: 200, pixels: vec![255; 300 * 200] };
        assert!(read(&blank, 1.0).is_empty());
    }
}
