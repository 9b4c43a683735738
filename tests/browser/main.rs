//! The pages in a real browser. Each Chromium wants a core and 300 MB: they run one after another.

mod approving;
mod deciding;
mod desk;
mod entering;
mod finding;
mod harness;
mod issuing;
mod jobs;
