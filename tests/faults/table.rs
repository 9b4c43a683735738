//! The matrix as a table.

use std::time::Duration;

use crate::Ran;
use crate::case::Case;
use crate::effects::{EFFECTS, Fault};

/// A case, and how it went.
pub(crate) type Row = (Case, Ran);

/// Prints every case: how long it took, or that it failed; below, what went wrong.
pub(crate) fn print(title: &str, rows: &[Row], took: Duration) {
    println!("{title}");
    print!("{:<26}", "effect");
    for fault in Fault::ALL {
        print!("{:>16}", fault.name());
    }
    println!();
    for effect in &EFFECTS {
        print!("{:<26}", effect.name);
        for fault in Fault::ALL {
            let ran = rows
                .iter()
                .find(|(case, _)| case.effect.name == effect.name && case.fault == fault);
            let cell = match ran {
                Some((_, Ok(time))) => format!("✓ {:.1} s", time.as_secs_f32()),
                Some((_, Err(_))) => "✘".to_owned(),
                None => "not run".to_owned(),
            };
            print!("{cell:>16}");
        }
        println!();
    }
    let good = rows.iter().filter(|(_, ran)| ran.is_ok()).count();
    println!("{} cases ran, {good} as promised, in {:.0} s", rows.len(), took.as_secs_f32());
    for (case, ran) in rows {
        if let Err(said) = ran {
            println!("✘ {}, {}: {said}", case.effect.name, case.fault.name());
        }
    }
}
