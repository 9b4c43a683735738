//! Finding certificates by what a person typed, and by what narrows a list. One question to one
//! index answers both: it is read from the newest down, and no further than the page is long.

use futures::Stream;
use jiff::Timestamp;
use serde_json::json;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::events::{NewEvent, append};
use super::words::{self, Word, facet, hex_facet};
use super::{Ledger, certificates, millis};
use crate::{By, Certificate, CertificateId, EventKind, Find, FoundPage, LedgerError, WaitingFor};

/// The first and the last place among which is looked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places(pub(super) i64, pub(super) i64);

/// How many people an e-mail address may fit by its beginning, where its `@` was typed, and where it
/// was not: what fits more is no address yet.
const MOST_ADDRESSES: [usize; 2] = [200, 20];

impl Ledger {
    /// A page of the certificates that a person looks for, newest first.
    ///
    /// # Errors
    /// [`LedgerError`] of the database; [`LedgerError::NoCertificate`] where there is none to go
    /// on below.
    pub async fn find(&self, find: &Find) -> Result<FoundPage, LedgerError> {
        let nothing = FoundPage { certificates: Vec::new(), more: false };
        let Some(question) = self.question(find).await? else { return Ok(nothing) };
        let Some(places) = self.places(find).await? else { return Ok(nothing) };
        let most = match find.limit {
            0 => Find::MOST,
            limit => limit.min(Find::MOST),
        };
        let rows = query(find, &question, places, most + 1).build().fetch_all(&self.read).await?;
        let mut certificates =
            rows.iter().map(certificates::certificate).collect::<Result<Vec<_>, _>>()?;
        let more = certificates.len() > most as usize;
        certificates.truncate(most as usize);
        Ok(FoundPage { certificates, more })
    }

    /// Every certificate that a person looks for, from the newest to the last, whatever page they
    /// are at; a page at a time, so that no more is ever in memory. What is accepted meanwhile is
    /// not among them.
    pub fn each_found(
        &self,
        find: &Find,
    ) -> impl Stream<Item = Result<Vec<Certificate>, LedgerError>> + Send + use<> {
        let first = Find { after: None, limit: 0, ..find.clone() };
        futures::stream::try_unfold((self.clone(), Some(first)), |(ledger, find)| async move {
            let Some(find) = find else { return Ok(None) };
            let page = ledger.find(&find).await?;
            let last = page.certificates.last().map(|certificate| certificate.id);
            let next = last.filter(|_| page.more).map(|id| Find { after: Some(id), ..find });
            Ok((!page.certificates.is_empty()).then_some((page.certificates, (ledger, next))))
        })
    }

    /// A person takes out a list of what was found. It stands in the history before the list is
    /// theirs, without what they typed.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn exported(&self, find: &Find, by: &By, now: Timestamp) -> Result<(), LedgerError> {
        let detail = json!({ "list": "certificates", "by_text": !find.text.trim().is_empty(),
            "status": find.status, "kind": find.kind, "language": find.language,
            "college": find.college, "from": find.from, "until": find.until,
            "waiting_for": find.waiting_for });
        let mut tx = self.change().await?;
        append(&mut tx, NewEvent::by(by, None, EventKind::Exported, now, detail)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The place of a certificate in the order in which they were accepted.
    pub(super) async fn place(&self, id: CertificateId) -> Result<i64, LedgerError> {
        let row = sqlx::query("SELECT place FROM certificates WHERE id = ?")
            .bind(id.to_string())
            .fetch_optional(&self.read)
            .await?
            .ok_or(LedgerError::NoCertificate(id))?;
        Ok(row.try_get(0)?)
    }

    /// The question to the index, empty where all fits; `None` where something was typed that
    /// nothing can fit.
    async fn question(&self, find: &Find) -> Result<Option<String>, LedgerError> {
        let mut all = Vec::new();
        for word in words::words(&find.text) {
            let Some(word) = self.word(&word).await? else { return Ok(None) };
            all.push(word);
        }
        let filters = [
            find.status.map(|status| facet("status", status.as_str())),
            find.kind.map(|kind| facet("kind", kind.as_str())),
            find.language.map(|language| facet("language", language.as_str())),
            find.college.as_deref().map(|college| hex_facet("college", college)),
            find.waiting_for.map(|what| facet("waiting", WaitingFor::as_str(what))),
        ];
        all.extend(filters.into_iter().flatten());
        Ok(Some(all.join(" AND ")))
    }

    /// Where one word may stand: in the index, or in an address.
    async fn word(&self, word: &Word) -> Result<Option<String>, LedgerError> {
        let mut anywhere = Vec::new();
        if !word.is_address() {
            anywhere.extend(word.question());
        }
        if let Some(address) = word.address() {
            let [most, most_unsaid] = MOST_ADDRESSES;
            let most = if word.is_address() { most } else { most_unsaid };
            let addressed = self.addressed(address, most + 1).await?;
            if word.is_address() || addressed.len() <= most {
                anywhere.extend(addressed);
            }
        }
        Ok(words::any(&anywhere))
    }

    /// Whose address begins like this, and which certificates went to one that does.
    async fn addressed(&self, beginning: &str, most: usize) -> Result<Vec<String>, LedgerError> {
        let rows = sqlx::query(ADDRESSED)
            .bind(beginning)
            .bind(format!("{beginning}{}", char::MAX))
            .bind(i64::try_from(most).unwrap_or(i64::MAX))
            .fetch_all(&self.read)
            .await?;
        rows.iter()
            .map(|row| {
                let value: String = row.try_get(1)?;
                let student: bool = row.try_get(0)?;
                Ok(if student { hex_facet("student", &value) } else { words::id(&value) })
            })
            .collect()
    }

    /// Among which places to look: below the page before, and within the dates. `None`: nowhere.
    async fn places(&self, find: &Find) -> Result<Option<Places>, LedgerError> {
        let mut places = Places(0, i64::MAX);
        if find.from.is_some() || find.until.is_some() {
            let row = sqlx::query(PLACES_OF_DATES)
                .bind(find.from.map_or(i64::MIN, day))
                .bind(find.until.map_or(i64::MAX, day))
                .fetch_one(&self.read)
                .await?;
            let Some(first) = row.try_get(0)? else { return Ok(None) };
            places = Places(first, row.try_get(1)?);
        }
        if let Some(after) = find.after {
            places.1 = places.1.min(self.place(after).await? - 1);
        }
        Ok(Some(places))
    }
}

/// Students (1) by number, and certificates (0) by id, whose address is between two. Each part stops
/// by itself: the whole would be put together before it was cut.
pub(super) const ADDRESSED: &str = "
    SELECT * FROM (SELECT 1, student_no FROM students
        WHERE email COLLATE NOCASE >= ?1 AND email COLLATE NOCASE < ?2 LIMIT ?3)
    UNION SELECT * FROM (SELECT 1, student_no FROM students
        WHERE school_email COLLATE NOCASE >= ?1 AND school_email COLLATE NOCASE < ?2 LIMIT ?3)
    UNION SELECT * FROM (SELECT 0, certificate FROM sendings
        WHERE address COLLATE NOCASE >= ?1 AND address COLLATE NOCASE < ?2 LIMIT ?3)";

/// Of the days, first and last included.
pub(super) const PLACES_OF_DATES: &str =
    "SELECT MIN(first), MAX(last) FROM days WHERE day >= ? AND day <= ?";

/// The day (UTC) of a time, as the table `days` counts them.
fn day(at: Timestamp) -> i64 {
    millis(at) / 86_400_000
}

/// The page: CROSS JOIN, so that the index leads. Its order is the page's order.
pub(super) fn query(
    find: &Find,
    question: &str,
    places: Places,
    most: u32,
) -> QueryBuilder<Sqlite> {
    let (mut query, place) = if question.is_empty() {
        (QueryBuilder::new("SELECT * FROM certificates WHERE TRUE"), "place")
    } else {
        let mut query = QueryBuilder::new(
            "SELECT certificates.* FROM found CROSS JOIN certificates
                 ON certificates.place = found.rowid WHERE found MATCH ",
        );
        query.push_bind(question.to_owned());
        (query, "found.rowid")
    };
    query.push(" AND ").push(place).push(" >= ").push_bind(places.0);
    query.push(" AND ").push(place).push(" <= ").push_bind(places.1);
    if let Some(from) = find.from {
        query.push(" AND accepted_at >= ").push_bind(millis(from));
    }
    if let Some(until) = find.until {
        query.push(" AND accepted_at < ").push_bind(millis(until));
    }
    query.push(" ORDER BY ").push(place).push(" DESC LIMIT ").push_bind(i64::from(most));
    query
}
