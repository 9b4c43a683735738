//! Running a page's content: which fonts it uses, and what it shows as text
//! (ISO 32000-2, 8.4 and 9.4). Nothing is drawn and no image is decoded.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use lopdf::{Dictionary, Object, Stream};

use super::Limits;
use super::canvas::{Canvas, Clip};
use super::fault::{Fault, Part};
use super::filter::{Budget, FilterError};
use super::font::Font;
use super::geometry::{Matrix, Rect};
use super::ink::Mode;
use super::inline_image;
use super::layers::Layers;
use super::lexer::{Lexer, Token};
use super::pdf::{Pdf, as_dict, number};
use super::pen::{Drawn, Pen};
use super::shape::Shape;
use super::state::{Frame, Graphics, four, matrix, six};
use super::text::PageText;

/// What an operator, or a byte of a shown string, costs of the budget besides its own bytes.
const STEP_COST: usize = 16;

/// Operands before an operator; more are dropped, as no operator takes them.
const MAX_OPERANDS: usize = 64;

/// The refusal of a page whose streams give no bytes.
pub(super) fn refuse(error: FilterError) -> Fault {
    match error {
        FilterError::Exhausted => Fault::Inflates,
        FilterError::Unsupported => Fault::UnsupportedFilter,
        FilterError::Damaged => Fault::Damaged(Part::Content),
    }
}

/// Runs content streams.
pub(super) struct Runner<'a> {
    pdf: &'a Pdf,
    layers: &'a Layers,
    limits: Limits,
    budget: Budget,
    fonts: HashMap<usize, Rc<Font<'a>>>,
    drawn_once: HashSet<usize>,
    page: Clip,
    pen: Pen,
    canvas: Canvas,
}

impl<'a> Runner<'a> {
    pub(super) fn new(
        pdf: &'a Pdf,
        layers: &'a Layers,
        limits: Limits,
        budget: Budget,
        page: Rect,
    ) -> Self {
        Self {
            pdf,
            layers,
            limits,
            budget,
            fonts: HashMap::new(),
            drawn_once: HashSet::new(),
            page: Clip::of(page),
            pen: Pen::default(),
            canvas: Canvas::default(),
        }
    }

    /// Runs the page's content and gives its text.
    pub(super) fn page(
        mut self,
        streams: &[&'a Stream],
        resources: &'a Dictionary,
    ) -> Result<PageText, Fault> {
        let mut content = Vec::new();
        for stream in streams {
            match self.decode(stream)? {
                // The only one, or the first, is not held twice.
                part if content.is_empty() => content = part,
                part => content.extend(part),
            }
            content.push(b'\n');
        }
        self.run(&content, &[resources], Graphics::new(self.page), 0)?;
        Ok(self.pen.finish(self.canvas))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Fault> {
        self.budget.spend(bytes).map_err(refuse)
    }

    fn decode(&mut self, stream: &'a Stream) -> Result<Vec<u8>, Fault> {
        self.pdf.decode(stream, &mut self.budget).map_err(refuse)
    }

    fn run(
        &mut self,
        content: &[u8],
        resources: &[&'a Dictionary],
        state: Graphics<'a>,
        depth: usize,
    ) -> Result<(), Fault> {
        // Forms inside forms. Print systems stay below five.
        if depth > self.limits.max_depth {
            return Err(Fault::TooDeep);
        }
        // A form is paid for each time it is drawn: forms of forms of forms end here.
        self.spend(content.len())?;
        let mut frame = Frame {
            resources,
            state,
            saved: Vec::new(),
            text: Matrix::IDENTITY,
            line: Matrix::IDENTITY,
            depth,
            path: Shape::default(),
            cuts: None,
        };
        let mut lexer = Lexer::new(content, 0);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(token) = lexer.token() {
            match token {
                Token::Word(b"BI") => {
                    inline_image::skip(content, &mut lexer);
                    self.paint_picture(&frame);
                    operands.clear();
                }
                Token::Word(word) if !matches!(word, b"true" | b"false" | b"null") => {
                    self.operator(word, &operands, &mut frame)?;
                    operands.clear();
                }
                token => {
                    if let Some(operand) = lexer.object(token)
                        && operands.len() < MAX_OPERANDS
                    {
                        operands.push(operand);
                    }
                }
            }
        }
        Ok(())
    }

    fn operator(
        &mut self,
        word: &[u8],
        operands: &[Object],
        frame: &mut Frame<'a, '_>,
    ) -> Result<(), Fault> {
        self.spend(STEP_COST)?;
        match word {
            b"q" if frame.saved.len() < 1_000 => frame.saved.push(frame.state.clone()),
            b"Q" => frame.state = frame.saved.pop().unwrap_or_else(|| frame.state.clone()),
            b"cm" => {
                if let Some(matrix) = matrix(operands) {
                    frame.state.matrix = matrix.then(frame.state.matrix);
                }
            }
            b"Do" => self.draw(operands, frame)?,
            b"gs" => self.external_state(operands, frame)?,
            b"scn" | b"SCN" => {
                frame.state.ink.set(word, operands, &|| Object::Null);
                self.pattern(operands, frame)?;
            }
            b"g" | b"G" | b"rg" | b"RG" | b"k" | b"K" | b"sc" | b"SC" | b"cs" | b"CS" => {
                self.colour(word, operands, frame);
            }
            b"m" | b"l" | b"c" | b"v" | b"y" | b"re" | b"h" => {
                frame.path.build(word, operands, frame.state.matrix);
            }
            b"W" | b"W*" => frame.cuts = Some(word == b"W*"),
            b"f" | b"F" | b"f*" | b"B" | b"B*" | b"b" | b"b*" | b"s" | b"S" | b"n" => {
                self.paint(word, frame);
            }
            b"sh" => self.flood(frame),
            b"BDC" => self.marked(operands, frame)?,
            b"Tf" => self.select_font(operands, frame)?,
            b"Tj" => self.show(operands.last(), frame)?,
            b"'" => {
                frame.next_line();
                self.show(operands.last(), frame)?;
            }
            b"\"" => {
                frame.state.set(b"Tw", operands.first());
                frame.state.set(b"Tc", operands.get(1));
                frame.next_line();
                self.show(operands.last(), frame)?;
            }
            b"TJ" => self.show_adjusted(operands, frame)?,
            b"BT" | b"Td" | b"TD" | b"Tm" | b"T*" => frame.place(word, operands),
            _ => frame.state.set(word, operands.last()),
        }
        Ok(())
    }

    pub(super) const fn pdf(&self) -> &'a Pdf {
        self.pdf
    }

    /// What is painted so far.
    pub(super) const fn canvas(&mut self) -> &mut Canvas {
        &mut self.canvas
    }

    pub(super) fn resource(
        &self,
        kind: &[u8],
        operand: Option<&Object>,
        frame: &Frame<'a, '_>,
    ) -> &'a Object {
        let name = operand.and_then(|name| name.as_name().ok()).unwrap_or_default();
        frame
            .resources
            .iter()
            .filter_map(|resources| self.pdf.dict(resources, kind))
            .map(|entries| self.pdf.get(entries, name))
            .find(|found| !found.is_null())
            .unwrap_or(&Object::Null)
    }

    fn select_font(&mut self, operands: &[Object], frame: &mut Frame<'a, '_>) -> Result<(), Fault> {
        let [name, size] = operands else { return Ok(()) };
        let dict = as_dict(self.resource(b"Font", Some(name), frame));
        frame.state.size = number(size).unwrap_or(0.0);
        frame.state.font = match dict {
            Some(dict) => Some(self.font(dict)?),
            None => None,
        };
        Ok(())
    }

    fn font(&mut self, dict: &'a Dictionary) -> Result<Rc<Font<'a>>, Fault> {
        // Objects stay where they are while the document is borrowed, so the place is a name.
        let key = std::ptr::from_ref(dict).addr();
        if let Some(font) = self.fonts.get(&key) {
            return Ok(Rc::clone(font));
        }
        let font = Font::read(self.pdf, dict, &mut self.budget).map_err(refuse)?;
        let font = Rc::new(font);
        self.fonts.insert(key, Rc::clone(&font));
        Ok(font)
    }

    fn show_adjusted(
        &mut self,
        operands: &[Object],
        frame: &mut Frame<'a, '_>,
    ) -> Result<(), Fault> {
        let Some(Object::Array(items)) = operands.last() else { return Ok(()) };
        for item in items {
            match number(item) {
                Some(adjustment) => frame.adjust(adjustment),
                None => self.show(Some(item), frame)?,
            }
        }
        Ok(())
    }

    fn show(&mut self, string: Option<&Object>, frame: &mut Frame<'a, '_>) -> Result<(), Fault> {
        let Some(mut rest) = string.and_then(|string| string.as_str().ok()) else { return Ok(()) };
        if rest.is_empty() {
            return Ok(());
        }
        let Some(font) = frame.state.font.clone() else {
            let nothing = frame.state.mode == Mode::Nothing;
            return if nothing { Ok(()) } else { Err(Fault::FontMissing) };
        };
        self.spend(rest.len().saturating_mul(STEP_COST))?;
        let shown = frame.state.mode != Mode::Nothing;
        let drawn = frame.state.ink.text(frame.state.mode).map(|look| Drawn {
            look,
            clip: frame.state.clip,
            height: self.canvas.height(),
        });
        while !rest.is_empty() {
            let glyph = font.glyph(rest);
            rest = rest.get(glyph.length.max(1)..).unwrap_or_default();
            if shown && !font.is_blank(&glyph) {
                font.can_be_shown()?;
                self.procedure(&font, glyph.code, frame)?;
            }
            let place = frame.place_of_glyph();
            let advance = frame.advance(&font, &glyph);
            if !frame.state.fonts_only {
                self.pen.show(place, advance, glyph.text.as_deref(), drawn);
            }
        }
        Ok(())
    }

    /// Runs a Type 3 glyph's procedure for the fonts in it.
    fn procedure(
        &mut self,
        font: &Rc<Font<'a>>,
        code: u32,
        frame: &Frame<'a, '_>,
    ) -> Result<(), Fault> {
        let Some(procedures) = &font.procedures else { return Ok(()) };
        let Some(&stream) = procedures.by_code.get(&code) else { return Ok(()) };
        self.once(stream, procedures.resources, frame)
    }

    /// Runs a stream for the fonts in it, once however often it is drawn.
    fn once(
        &mut self,
        stream: &'a Stream,
        own: Option<&'a Dictionary>,
        frame: &Frame<'a, '_>,
    ) -> Result<(), Fault> {
        if !self.drawn_once.insert(std::ptr::from_ref(stream).addr()) {
            return Ok(());
        }
        let content = self.decode(stream)?;
        let mut state = Graphics::new(self.page);
        state.fonts_only = true;
        match own {
            Some(own) => self.run(&content, &[own], state, frame.depth + 1),
            None => self.run(&content, frame.resources, state, frame.depth + 1),
        }
    }

    fn draw(&mut self, operands: &[Object], frame: &Frame<'a, '_>) -> Result<(), Fault> {
        let Object::Stream(stream) = self.resource(b"XObject", operands.last(), frame) else {
            return Ok(());
        };
        self.layers.check(self.pdf, &stream.dict)?;
        if self.pdf.name(&stream.dict, b"Subtype") != b"Form" {
            self.paint_picture(frame);
            return Ok(());
        }
        let content = self.decode(stream)?;
        let own =
            self.pdf.numbers(&stream.dict, b"Matrix").and_then(six).unwrap_or(Matrix::IDENTITY);
        let mut state = frame.state.clone();
        state.matrix = own.then(state.matrix);
        state.ink = state.ink.within();
        if let Some(bounds) = self.pdf.numbers(&stream.dict, b"BBox").and_then(four) {
            let bounds = Shape::of_box(bounds, state.matrix);
            self.canvas.cut(bounds, false, &mut state.clip);
        }
        match self.pdf.dict(&stream.dict, b"Resources") {
            Some(own) => self.run(&content, &[own], state, frame.depth + 1),
            // Old writers leave a form's resources to the page.
            None => self.run(&content, frame.resources, state, frame.depth + 1),
        }
    }

    fn external_state(
        &mut self,
        operands: &[Object],
        frame: &mut Frame<'a, '_>,
    ) -> Result<(), Fault> {
        let Some(state) = as_dict(self.resource(b"ExtGState", operands.last(), frame)) else {
            return Ok(());
        };
        if let Some([font, size]) = self.pdf.array(state, b"Font") {
            frame.state.size = self.pdf.number(size).unwrap_or(0.0);
            frame.state.font = match as_dict(self.pdf.resolve(font)) {
                Some(dict) => Some(self.font(dict)?),
                None => None,
            };
        }
        frame.state.ink.external(self.pdf, state);
        let mask = self.pdf.dict(state, b"SMask").and_then(|mask| self.pdf.stream(mask, b"G"));
        match mask {
            Some(group) => self.once(group, self.pdf.dict(&group.dict, b"Resources"), frame),
            None => Ok(()),
        }
    }

    fn pattern(&mut self, operands: &[Object], frame: &Frame<'a, '_>) -> Result<(), Fault> {
        match self.resource(b"Pattern", operands.last(), frame) {
            Object::Stream(tile) => self.once(tile, self.pdf.dict(&tile.dict, b"Resources"), frame),
            _ => Ok(()),
        }
    }

    fn marked(&self, operands: &[Object], frame: &Frame<'a, '_>) -> Result<(), Fault> {
        let [Object::Name(tag), properties] = operands else { return Ok(()) };
        if tag != b"OC" {
            return Ok(());
        }
        let name = properties.as_name().unwrap_or_default();
        let layer = frame
            .resources
            .iter()
            .filter_map(|resources| self.pdf.dict(resources, b"Properties"))
            .find_map(|properties| properties.get(name).ok());
        layer.map_or(Ok(()), |layer| self.layers.check_use(self.pdf, layer))
    }
}
