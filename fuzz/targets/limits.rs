//! What an examination may cost here: little, so that a slow one is seen.

use sealpress_inbox::preflight::{ExpectedPage, Limits};

pub const LIMITS: Limits = Limits {
    max_inflated_bytes: 4 << 20,
    max_objects: 2_000,
    max_depth: 32,
    max_image_pixels: 10_000_000,
};

pub const A4: ExpectedPage = ExpectedPage { width_pt: 841.89, height_pt: 595.28, fit: true };
