//! The pages in a real browser. Each Chromium wants a core and 300 MB: they run one after another.

mod harness;
mod jobs;
