//! How light or dark something is drawn, as far as that can be known without rendering
//! (ISO 32000-2, 8.6 and 11.3).

use lopdf::{Dictionary, Object};

use super::pdf::{Pdf, number};

/// Text whose contrast with what is behind it is smaller can't be read. (Of light grey on white,
/// 211 of 255; WCAG 2.2, 1.4.3, asks for 3 or 4.5 of text that is to be read with ease.)
const LEAST_CONTRAST: f64 = 1.5;

/// How much light white paper gives back.
pub(super) const WHITE: f64 = 1.0;

/// A space of colours whose lightness is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Gray,
    Rgb,
    Cmyk,
    /// Tints, palettes and patterns: whoever wrote the file chose what they look like.
    Unknown,
}

/// One of the two colours of a graphics state.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Colour {
    space: Space,
    /// Relative luminance; `None` where it can't be known.
    light: Option<f64>,
    opacity: f64,
}

impl Colour {
    const BLACK: Self = Self { space: Space::Gray, light: Some(0.0), opacity: 1.0 };

    fn set(&mut self, space: Space, operands: &[Object]) {
        self.space = space;
        let parts: Option<Vec<f64>> = operands.iter().map(number).collect();
        self.light = parts.and_then(|parts| luminance(space, &parts));
    }
}

/// What of a graphics state decides how light something is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ink {
    fill: Colour,
    stroke: Colour,
    /// Opacity of the groups around it.
    around: f64,
    masked: bool,
    blend: Blend,
    /// A group around it is masked, or blended in a way that may show nothing.
    unclear: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blend {
    Normal,
    /// White vanishes, and black stays.
    Darkens,
    Other,
}

/// How something looks by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// Relative luminance; `None` where it can't be known.
    pub(super) light: Option<f64>,
    /// 0 is nothing, 1 hides what is behind it.
    pub(super) opacity: f64,
    /// White lets what is behind it through.
    pub(super) darkens: bool,
}

impl Ink {
    /// Black, as a page begins.
    pub(super) const BLACK: Self = Self {
        fill: Colour::BLACK,
        stroke: Colour::BLACK,
        around: 1.0,
        masked: false,
        blend: Blend::Normal,
        unclear: false,
    };

    /// Runs an operator of colour (8.6.8); `named` is the space that `cs` names.
    pub(super) fn set(&mut self, operator: &[u8], operands: &[Object], named: &dyn Fn() -> Object) {
        let colour = if operator.first().is_some_and(u8::is_ascii_uppercase) {
            &mut self.stroke
        } else {
            &mut self.fill
        };
        match operator {
            b"g" | b"G" => colour.set(Space::Gray, operands),
            b"rg" | b"RG" => colour.set(Space::Rgb, operands),
            b"k" | b"K" => colour.set(Space::Cmyk, operands),
            b"sc" | b"SC" | b"scn" | b"SCN" => colour.set(colour.space, operands),
            b"cs" | b"CS" => {
                colour.space = space(&named());
                colour.light = (colour.space != Space::Unknown).then_some(0.0);
            }
            _ => {}
        }
    }

    /// Takes what a dictionary of `gs` says (8.4.5, table 57).
    pub(super) fn external(&mut self, pdf: &Pdf, state: &Dictionary) {
        let opacity =
            |key: &[u8]| pdf.number(pdf.get(state, key)).map(|alpha| alpha.clamp(0.0, 1.0));
        self.fill.opacity = opacity(b"ca").unwrap_or(self.fill.opacity);
        self.stroke.opacity = opacity(b"CA").unwrap_or(self.stroke.opacity);
        match pdf.get(state, b"SMask") {
            Object::Null => {}
            mask => self.masked = !mask.as_name().is_ok_and(|name| name == b"None"),
        }
        let mode = match pdf.get(state, b"BM") {
            // A reader takes the first that it knows.
            Object::Array(modes) => modes.first().map_or(&Object::Null, |mode| pdf.resolve(mode)),
            mode => mode,
        };
        if let Ok(mode) = mode.as_name() {
            self.blend = match mode {
                b"Normal" | b"Compatible" => Blend::Normal,
                b"Multiply" | b"Darken" | b"ColorBurn" => Blend::Darkens,
                _ => Blend::Other,
            };
        }
    }

    /// The state with which the content of a form begins: what it is drawn with goes around it.
    pub(super) fn within(mut self) -> Self {
        self.around *= self.fill.opacity;
        self.unclear |= self.masked || self.blend == Blend::Other;
        (self.fill.opacity, self.stroke.opacity) = (1.0, 1.0);
        (self.masked, self.blend) = (false, Blend::Normal);
        self
    }

    /// How an area looks that is filled.
    pub(super) fn area(&self) -> Look {
        self.look(self.fill)
    }

    /// How a picture looks, or a shading: nobody decodes it here.
    pub(super) fn picture(&self) -> Look {
        Look { light: None, ..self.area() }
    }

    /// How text looks that is filled, stroked or both; `None` where that can't be known.
    pub(super) fn text(&self, mode: Mode) -> Option<Look> {
        if self.masked || self.unclear || self.blend == Blend::Other {
            return None;
        }
        let look = match mode {
            Mode::Fill => self.look(self.fill),
            // The outline is drawn over the inside.
            Mode::Stroke => self.look(self.stroke),
            Mode::Nothing => return None,
        };
        look.light.is_some().then_some(look)
    }

    fn look(&self, colour: Colour) -> Look {
        let darkens = self.blend == Blend::Darkens;
        Look { light: colour.light, opacity: colour.opacity * self.around, darkens }
    }
}

/// What `Tr` makes of text (9.3.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Fill,
    Stroke,
    Nothing,
}

impl Mode {
    /// The mode of a number.
    pub(super) fn of(number: f64) -> Self {
        match number {
            0.0 | 4.0 => Self::Fill,
            1.0 | 2.0 | 5.0 | 6.0 => Self::Stroke,
            _ => Self::Nothing,
        }
    }
}

impl Look {
    /// What is seen where this lies on something so light.
    pub(super) fn on(self, behind: f64) -> f64 {
        // A picture is as likely as not a scan, or the page's white ground.
        let light = self.light.unwrap_or(WHITE);
        let light = if self.darkens { light * behind } else { light };
        self.opacity * light + (1.0 - self.opacity) * behind
    }

    /// Whether it can be told from what is behind it.
    pub(super) fn stands_out(self, behind: f64) -> bool {
        let (one, other) = (self.on(behind) + 0.05, behind + 0.05);
        one.max(other) / one.min(other) >= LEAST_CONTRAST
    }

    /// How much of what is behind it is still seen.
    pub(super) fn lets_through(self) -> f64 {
        match self.light {
            Some(light) if self.darkens => (light * self.opacity) + (1.0 - self.opacity),
            Some(_) | None => 1.0 - self.opacity,
        }
    }
}

/// The space that a name or an array says.
fn space(named: &Object) -> Space {
    let by_name = |name: &[u8]| match name {
        b"DeviceGray" | b"G" | b"CalGray" => Space::Gray,
        b"DeviceRGB" | b"RGB" | b"CalRGB" => Space::Rgb,
        b"DeviceCMYK" | b"CMYK" => Space::Cmyk,
        _ => Space::Unknown,
    };
    match named {
        Object::Name(name) => by_name(name),
        Object::Array(parts) => match parts.as_slice() {
            [Object::Name(name), Object::Integer(parts)] if name == b"ICCBased" => match parts {
                1 => Space::Gray,
                3 => Space::Rgb,
                4 => Space::Cmyk,
                _ => Space::Unknown,
            },
            [Object::Name(name), ..] => by_name(name),
            _ => Space::Unknown,
        },
        _ => Space::Unknown,
    }
}

/// Relative luminance (WCAG 2.2), as if every space were that of a screen.
fn luminance(space: Space, parts: &[f64]) -> Option<f64> {
    let linear = |part: f64| {
        let part = part.clamp(0.0, 1.0);
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let rgb = |[r, g, b]: [f64; 3]| 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    match (space, parts) {
        (Space::Gray, [gray]) => Some(linear(*gray)),
        (Space::Rgb, [r, g, b]) => Some(rgb([*r, *g, *b])),
        (Space::Cmyk, [c, m, y, k]) => {
            let part = |ink: f64| (1.0 - ink.clamp(0.0, 1.0)) * (1.0 - k.clamp(0.0, 1.0));
            Some(rgb([*c, *m, *y].map(part)))
        }
        (Space::Gray | Space::Rgb | Space::Cmyk | Space::Unknown, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_as_light_as_the_paper_does_not_stand_out() {
        let on_white = |operator: &[u8], parts: &[f32]| {
            let mut ink = Ink::BLACK;
            let operands: Vec<Object> = parts.iter().map(|part| Object::Real(*part)).collect();
            ink.set(operator, &operands, &|| Object::Null);
            ink.text(Mode::Fill).is_some_and(|look| look.stands_out(WHITE))
        };
        assert!(Ink::BLACK.text(Mode::Fill).unwrap().stands_out(WHITE));
        assert!(on_white(b"g", &[0.6]) && on_white(b"rg", &[0.9, 0.1, 0.1]));
        assert!(on_white(b"k", &[0.0, 0.0, 0.0, 1.0]));
        for (operator, parts) in [
            (b"g".as_slice(), &[1.0][..]),
            (b"g", &[0.95]),
            (b"rg", &[1.0, 1.0, 0.9]),
            (b"k", &[0.0, 0.0, 0.1, 0.0]),
            (b"k", &[0.0]),
        ] {
            assert!(!on_white(operator, parts), "{parts:?}");
        }
    }
}
