//! The one page: its dictionary, what it inherits, and its size as a reader shows it
//! (ISO 32000-2, 7.7.3 and 14.11.2).

use std::collections::HashSet;

use lopdf::{Dictionary, Object, ObjectId, Stream};

use super::ExpectedPage;
use super::fault::{Fault, Part};
use super::geometry::Rect;
use super::pdf::{Pdf, as_dict};

/// How far a page may be from the layout's size, in points: Ghostscript rounds up to whole
/// points, Chromium to its pixels.
const TOLERANCE_PT: f64 = 1.5;

/// Largest side of a page, in points (ISO 32000-1, annex C), and smallest that shows anything.
const SIDE_PT: std::ops::RangeInclusive<f64> = 36.0..=14_400.0;

/// Points in a millimetre.
pub(super) const PT_PER_MM: f64 = 72.0 / 25.4;

/// The page.
pub(super) struct Page<'a> {
    pdf: &'a Pdf,
    /// The page's own dictionary first, then its ancestors'.
    levels: Vec<&'a Dictionary>,
}

impl<'a> Page<'a> {
    /// The only page.
    pub(super) fn only(pdf: &'a Pdf, max_depth: usize) -> Result<Self, Fault> {
        let mut pages = Self::all(pdf, max_depth)?;
        let count = pages.len();
        match pages.pop() {
            Some(levels) if count == 1 => Ok(Self { pdf, levels }),
            _ => Err(Fault::PageCount(count)),
        }
    }

    /// The first page.
    pub(super) fn first(pdf: &'a Pdf, max_depth: usize) -> Result<Self, Fault> {
        let levels = Self::all(pdf, max_depth)?.into_iter().next().ok_or(Fault::PageCount(0))?;
        Ok(Self { pdf, levels })
    }

    fn all(pdf: &'a Pdf, max_depth: usize) -> Result<Vec<Vec<&'a Dictionary>>, Fault> {
        let catalog = pdf.catalog().ok_or(Fault::Damaged(Part::NoCatalog))?;
        let mut tree = Tree { pdf, max_depth, seen: HashSet::new(), pages: Vec::new() };
        tree.walk(catalog.get(b"Pages").unwrap_or(&Object::Null), None, &mut Vec::new())?;
        Ok(tree.pages)
    }

    /// The page's own dictionary.
    pub(super) fn dict(&self) -> Option<&'a Dictionary> {
        self.levels.first().copied()
    }

    fn inherited(&self, key: &[u8]) -> Option<&'a Object> {
        self.levels.iter().map(|level| self.pdf.get(level, key)).find(|value| !value.is_null())
    }

    pub(super) fn resources(&self) -> Option<&'a Dictionary> {
        self.inherited(b"Resources").and_then(as_dict)
    }

    /// The content streams in order. One that is missing is an error: its part of the page
    /// would be missing too.
    pub(super) fn contents(&self) -> Result<Vec<&'a Stream>, Fault> {
        let lost = || Fault::Damaged(Part::NoContent);
        match self.dict().map(|page| self.pdf.get(page, b"Contents")) {
            Some(Object::Stream(stream)) => Ok(vec![stream]),
            Some(Object::Array(parts)) => parts
                .iter()
                .map(|part| self.pdf.resolve(part).as_stream().map_err(|_| lost()))
                .collect(),
            _ => Err(lost()),
        }
    }

    /// What a reader shows of the page, in the page's own coordinates.
    pub(super) fn visible(&self) -> Result<Rect, Fault> {
        let media = self.rect(b"MediaBox")?.ok_or(Fault::PageBox)?;
        let visible = match self.rect(b"CropBox")? {
            Some(crop) => media.intersection(crop),
            None => media,
        };
        let sound = |side: f64| SIDE_PT.contains(&side);
        if sound(visible.width()) && sound(visible.height()) {
            Ok(visible)
        } else {
            Err(Fault::PageBox)
        }
    }

    fn rect(&self, key: &[u8]) -> Result<Option<Rect>, Fault> {
        let Some(entry) = self.inherited(key) else { return Ok(None) };
        let edges: Option<Vec<f64>> = entry
            .as_array()
            .ok()
            .and_then(|edges| edges.iter().map(|edge| self.pdf.number(edge)).collect());
        let edges: [f64; 4] = edges.unwrap_or_default().try_into().map_err(|_| Fault::PageBox)?;
        let rect = Rect { edges };
        if rect.width() > 0.0 && rect.height() > 0.0 { Ok(Some(rect)) } else { Err(Fault::PageBox) }
    }

    /// Compares the size with the layout's, as a reader shows the page: turned by `/Rotate`,
    /// enlarged by `/UserUnit`.
    pub(super) fn check_size(&self, visible: Rect, expected: ExpectedPage) -> Result<(), Fault> {
        let unit = match self.dict().map(|page| self.pdf.get(page, b"UserUnit")) {
            None | Some(Object::Null) => 1.0,
            Some(unit) => self.pdf.number(unit).unwrap_or(0.0),
        };
        let (width, height) = (visible.width() * unit, visible.height() * unit);
        if !SIDE_PT.contains(&width) || !SIDE_PT.contains(&height) {
            return Err(Fault::PageBox);
        }
        let (width, height) = if self.is_turned()? { (height, width) } else { (width, height) };
        let near = |found: f64, wanted: f64| (found - wanted).abs() <= TOLERANCE_PT;
        if expected.fit || near(width, expected.width_pt) && near(height, expected.height_pt) {
            return Ok(());
        }
        Err(Fault::PageSize([width, height].map(|side| side / PT_PER_MM)))
    }

    /// Whether `/Rotate` exchanges width and height.
    fn is_turned(&self) -> Result<bool, Fault> {
        let degrees = match self.inherited(b"Rotate") {
            None => 0.0,
            Some(rotate) => self.pdf.number(rotate).unwrap_or(1.0),
        };
        let turned = degrees.rem_euclid(180.0);
        if turned == 0.0 {
            Ok(false)
        } else if turned == 90.0 {
            Ok(true)
        } else {
            Err(Fault::PageBox)
        }
    }
}

struct Tree<'a> {
    pdf: &'a Pdf,
    /// Levels that the tree may have. One page needs two.
    max_depth: usize,
    seen: HashSet<ObjectId>,
    pages: Vec<Vec<&'a Dictionary>>,
}

impl<'a> Tree<'a> {
    /// Collects the pages below `node`; `above` are its ancestors, outermost first.
    fn walk(
        &mut self,
        node: &'a Object,
        parent: Option<ObjectId>,
        above: &mut Vec<&'a Dictionary>,
    ) -> Result<(), Fault> {
        let broken = || Fault::Damaged(Part::PageTree);
        // A node that is its own ancestor, or that two parents share, is no tree.
        let id = node.as_reference().map_err(|_| broken())?;
        if !self.seen.insert(id) {
            return Err(broken());
        }
        if above.len() > self.max_depth {
            return Err(Fault::TooDeep);
        }
        let dict = as_dict(self.pdf.resolve(node)).ok_or_else(broken)?;
        if !is_below(dict, parent) {
            return Err(broken());
        }
        above.push(dict);
        match (self.pdf.name(dict, b"Type"), self.pdf.array(dict, b"Kids")) {
            (b"Pages", Some(kids)) => {
                for kid in kids {
                    self.walk(kid, Some(id), above)?;
                }
            }
            (b"Page", _) => self.pages.push(above.iter().rev().copied().collect()),
            _ => return Err(broken()),
        }
        above.pop();
        Ok(())
    }
}

/// Whether a node names the node above it as its parent. Some readers inherit on the way down, others
/// by `/Parent`: where those are two ways, a page has two looks, and one of them was examined.
fn is_below(node: &Dictionary, parent: Option<ObjectId>) -> bool {
    match (node.get(b"Parent"), parent) {
        (Ok(Object::Reference(named)), Some(parent)) => *named == parent,
        (Err(_) | Ok(Object::Null), None) => true,
        _ => false,
    }
}
