//! Which colleges there are.

use sqlx::Row;

use super::Ledger;
use crate::LedgerError;

/// From one college to the next by the index: as many steps as there are colleges, however many
/// certificates each has.
pub(super) const COLLEGES: &str = "
    WITH RECURSIVE known (college) AS (
        SELECT MIN(college) FROM certificates WHERE college IS NOT NULL
        UNION ALL
        SELECT (SELECT MIN(college) FROM certificates WHERE college > known.college)
        FROM known WHERE known.college IS NOT NULL
    )
    SELECT college FROM known WHERE college IS NOT NULL AND college <> ''";

impl Ledger {
    /// The colleges of all certificates, in the order of their names' characters.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn colleges(&self) -> Result<Vec<String>, LedgerError> {
        let rows = sqlx::query(COLLEGES).fetch_all(&self.read).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}
