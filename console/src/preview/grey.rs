//! Grey pictures, and what comparing them needs. The loops are plain: they run over millions of
//! pixels, in test builds too.

/// A grey picture, row by row from the top; 0 is black.
#[derive(Clone)]
pub(super) struct Grey {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) pixels: Vec<u8>,
}

impl Grey {
    /// A picture of these colours: red, green, blue.
    pub(super) fn of(width: usize, height: usize, colours: &[u8]) -> Self {
        let mut pixels = vec![0; width * height];
        for (grey, colour) in pixels.iter_mut().zip(colours.as_chunks::<3>().0) {
            let sum = 77 * u32::from(colour[0]) + 150 * u32::from(colour[1]);
            *grey = ((sum + 29 * u32::from(colour[2])) >> 8) as u8;
        }
        Self { width, height, pixels }
    }

    /// The pixel there; outside is white.
    pub(super) fn at(&self, x: usize, y: usize) -> u8 {
        if x < self.width && y < self.height { self.pixels[y * self.width + x] } else { u8::MAX }
    }

    /// What stands between pixels, by the four around; outside is white.
    pub(super) fn between(&self, x: f32, y: f32) -> f32 {
        if x < 0.0 || y < 0.0 || x > (self.width - 1) as f32 || y > (self.height - 1) as f32 {
            return 255.0;
        }
        let (left, top) = (x as usize, y as usize);
        let (along, down) = (x - left as f32, y - top as f32);
        let here = top * self.width + left;
        let right = if left + 1 < self.width { 1 } else { 0 };
        let below = if top + 1 < self.height { self.width } else { 0 };
        let upper = f32::from(self.pixels[here]) * (1.0 - along)
            + f32::from(self.pixels[here + right]) * along;
        let lower = f32::from(self.pixels[here + below]) * (1.0 - along)
            + f32::from(self.pixels[here + below + right]) * along;
        upper * (1.0 - down) + lower * down
    }

    /// Half as wide and high; each pixel is the mean of four.
    pub(super) fn halved(&self) -> Self {
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut pixels = vec![0; width * height];
        for y in 0..height {
            for x in 0..width {
                let sum = u16::from(self.at(2 * x, 2 * y))
                    + u16::from(self.at(2 * x + 1, 2 * y))
                    + u16::from(self.at(2 * x, 2 * y + 1))
                    + u16::from(self.at(2 * x + 1, 2 * y + 1));
                pixels[y * width + x] = (sum / 4) as u8;
            }
        }
        Self { width, height, pixels }
    }

    /// How far a value is from all that stand there and a pixel away.
    pub(super) fn beyond(&self, x: usize, y: usize, value: u8) -> u8 {
        let (mut dark, mut light) = (u8::MAX, 0);
        for y in y.saturating_sub(1)..(y + 2).min(self.height) {
            for x in x.saturating_sub(1)..(x + 2).min(self.width) {
                let grey = self.pixels[y * self.width + x];
                dark = dark.min(grey);
                light = light.max(grey);
            }
        }
        dark.saturating_sub(value).max(value.saturating_sub(light))
    }

    /// The fifth of the picture around its middle, from edge to edge.
    pub(super) fn middle(&self) -> Self {
        let (from, to) = (self.height * 2 / 5, (self.height * 3).div_ceil(5));
        let pixels = self.pixels[from * self.width..to * self.width].to_vec();
        Self { width: self.width, height: to - from, pixels }
    }

    /// Softer by about a pixel.
    pub(super) fn softened(&self) -> Self {
        let (width, height) = (self.width, self.height);
        let mean = |before: u8, here: u8, after: u8| {
            ((u16::from(before) + 2 * u16::from(here) + u16::from(after)) / 4) as u8
        };
        let mut rows = self.pixels.clone();
        for (soft, row) in rows.chunks_exact_mut(width).zip(self.pixels.chunks_exact(width)) {
            for (soft, near) in soft.iter_mut().skip(1).zip(row.windows(3)) {
                *soft = mean(near[0], near[1], near[2]);
            }
        }
        let mut pixels = rows.clone();
        for at in width..(width * height).saturating_sub(width) {
            pixels[at] = mean(rows[at - width], rows[at], rows[at + width]);
        }
        Self { width, height, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot() -> Grey {
        let mut pixels = vec![255; 49];
        pixels[24] = 0;
        Grey { width: 7, height: 7, pixels }
    }

    #[test]
    fn neighbours_are_those_on_all_sides() {
        for (x, y, beyond) in [(3, 3, 0), (2, 2, 0), (4, 2, 0), (1, 3, 245), (3, 5, 245)] {
            assert_eq!(dot().beyond(x, y, 10), beyond, "{x},{y}");
        }
        assert_eq!(dot().beyond(3, 3, 200), 0, "between the two that are there");
        assert_eq!(dot().softened().at(3, 3), 191);
        assert_eq!(dot().middle().height, 3);
    }

    #[test]
    fn between_pixels_stands_their_mean() {
        assert_eq!(dot().between(3.0, 3.0), 0.0);
        assert_eq!(dot().between(3.5, 3.0), 127.5);
        assert_eq!(dot().between(6.0, 6.0), 255.0);
        assert_eq!(dot().between(-1.0, 3.0), 255.0);
        assert_eq!(dot().halved().at(1, 1), 191);
    }
}
