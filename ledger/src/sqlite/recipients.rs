//! Whom a message goes to: the addresses there are, without those that do not exist.

use sqlx::Row;

use super::Tx;
use crate::{LedgerError, Purpose, RouteTaken, Sending, SendingState};

/// An address, and whose it is.
pub(super) struct Recipient {
    pub(super) route: RouteTaken,
    pub(super) address: String,
}

/// What is left of the addresses there are.
pub(super) enum Reach {
    /// This one.
    To(Recipient),
    /// There is none.
    NoAddress,
    /// None of them exists (5.1.x).
    Suppressed,
}

/// The student's own address, and the one that the school gave them.
pub(super) async fn of_roster(
    tx: &mut Tx,
    student_no: &str,
) -> Result<Vec<Recipient>, LedgerError> {
    let row = sqlx::query("SELECT email, school_email FROM students WHERE student_no = ?")
        .bind(student_no)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(Vec::new()) };
    let mut there = Vec::new();
    for (route, column) in [(RouteTaken::Personal, "email"), (RouteTaken::School, "school_email")] {
        let address = row.try_get::<Option<String>, _>(column)?.unwrap_or_default();
        if !address.trim().is_empty() {
            there.push(Recipient { route, address });
        }
    }
    Ok(there)
}

/// Where the certificate was mailed, the latest first: where word of its recall goes, except where
/// a relay refused that word already. `all` are the certificate's sendings, oldest first.
pub(super) fn of_mails(all: &[Sending]) -> impl Iterator<Item = Recipient> {
    let refused = |address: &str| {
        all.iter().any(|one| {
            one.purpose == Purpose::Recall
                && one.to == address
                && matches!(one.state, SendingState::Refused(_))
        })
    };
    all.iter()
        .rev()
        .filter(|one| one.may_have_brought_it() && one.route != RouteTaken::Hand)
        .filter(move |one| !refused(&one.to))
        .map(|one| Recipient { route: one.route, address: one.to.clone() })
}

/// The first that exists.
pub(super) async fn reach(
    tx: &mut Tx,
    there: impl IntoIterator<Item = Recipient>,
) -> Result<Reach, LedgerError> {
    let mut left = Reach::NoAddress;
    for recipient in there {
        if !is_suppressed(tx, &recipient.address).await? {
            return Ok(Reach::To(recipient));
        }
        left = Reach::Suppressed;
    }
    Ok(left)
}

pub(super) async fn is_suppressed(tx: &mut Tx, address: &str) -> Result<bool, LedgerError> {
    let row = sqlx::query("SELECT 1 FROM suppressed WHERE address = ?")
        .bind(address.trim())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}
