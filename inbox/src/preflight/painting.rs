//! The operators that paint or cut: what lies behind text, over it, or around it.

use lopdf::Object;

use super::content::Runner;
use super::ink::Look;
use super::shape::Shape;
use super::state::Frame;

impl<'a> Runner<'a> {
    /// Sets a colour.
    pub(super) fn colour(&self, word: &[u8], operands: &[Object], frame: &mut Frame<'a, '_>) {
        let named = || {
            let found = self.resource(b"ColorSpace", operands.last(), frame);
            match found {
                Object::Array(parts) => match parts.as_slice() {
                    // A profile is as wide as its stream says.
                    [kind, profile] if kind.as_name().is_ok_and(|kind| kind == b"ICCBased") => {
                        let stream = self.pdf().resolve(profile).as_stream();
                        let width =
                            stream.map_or(&Object::Null, |one| self.pdf().get(&one.dict, b"N"));
                        Object::Array(vec![kind.clone(), width.clone()])
                    }
                    _ => Object::Array(parts.iter().take(1).cloned().collect()),
                },
                Object::Name(_) => found.clone(),
                _ => operands.last().cloned().unwrap_or(Object::Null),
            }
        };
        let space = if matches!(word, b"cs" | b"CS") { named() } else { Object::Null };
        frame.state.ink.set(word, operands, &|| space.clone());
    }

    /// Ends a path: fills it, cuts by it, or neither.
    pub(super) fn paint(&mut self, word: &[u8], frame: &mut Frame<'a, '_>) {
        let path = std::mem::take(&mut frame.path);
        let cuts = frame.cuts.take();
        if frame.state.fonts_only || path.points() == 0 {
            return;
        }
        if !matches!(word, b"S" | b"s" | b"n") {
            let even_odd = word.ends_with(b"*");
            self.canvas().paint(path.clone(), even_odd, frame.state.clip, frame.state.ink.area());
        }
        if let Some(even_odd) = cuts {
            self.canvas().cut(path, even_odd, &mut frame.state.clip);
        }
    }

    /// Paints a picture, which fills its unit square (8.9.5).
    pub(super) fn paint_picture(&mut self, frame: &Frame<'a, '_>) {
        let square = Shape::of_box([0.0, 0.0, 1.0, 1.0], frame.state.matrix);
        self.cover(square, frame.state.ink.picture(), frame);
    }

    /// Paints a shading wherever can be painted.
    pub(super) fn flood(&mut self, frame: &Frame<'a, '_>) {
        if !frame.state.fonts_only {
            self.canvas().flood(frame.state.clip, frame.state.ink.picture());
        }
    }

    fn cover(&mut self, shape: Shape, look: Look, frame: &Frame<'a, '_>) {
        if !frame.state.fonts_only {
            self.canvas().paint(shape, false, frame.state.clip, look);
        }
    }
}
