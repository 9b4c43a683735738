//! What is on its way, for operators. Few certificates are, and one index has them all with
//! whatever they are looked for by.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite};

use super::counts::count;
use super::{Ledger, certificates, millis, timestamp};
use crate::{Job, JobFilter, JobPage, JobState, JobWorker, LedgerError};

/// The most jobs that one page has.
const MOST: u32 = 500;

/// Where a job stands; asks for the time since which workers live, and for now.
pub(super) const STATE: [&str; 3] = [
    "CASE WHEN waiting_for = 'approval' THEN 'approval'
          WHEN waiting_for IS NOT NULL THEN 'parked'
          WHEN worker IS NOT NULL AND seen_at >= ",
    " THEN 'in_flight' WHEN due_at > ",
    " THEN 'later' ELSE 'due' END",
];

impl Ledger {
    /// A page of the certificates that are on their way, newest first; a worker not heard of since
    /// `dead_before` counts as dead.
    ///
    /// # Errors
    /// [`LedgerError`] of the database; [`LedgerError::NoCertificate`] where there is none to go
    /// on below.
    pub async fn jobs(
        &self,
        filter: &JobFilter,
        now: Timestamp,
        dead_before: Timestamp,
    ) -> Result<JobPage, LedgerError> {
        let below = match filter.after {
            Some(after) => self.place(after).await?,
            None => i64::MAX,
        };
        let most = match filter.limit {
            0 => MOST,
            limit => limit.min(MOST),
        };
        let mut query = query(filter, [dead_before, now], below, most + 1);
        let rows = query.build().fetch_all(&self.read).await?;
        let mut jobs = rows.iter().map(job).collect::<Result<Vec<_>, _>>()?;
        let more = jobs.len() > most as usize;
        jobs.truncate(most as usize);
        Ok(JobPage { jobs, more })
    }

    /// How many certificates on their way fit a filter, whatever its page.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn job_count(
        &self,
        filter: &JobFilter,
        now: Timestamp,
        dead_before: Timestamp,
    ) -> Result<u64, LedgerError> {
        let mut query = QueryBuilder::new("SELECT COUNT(*)");
        push_which(&mut query, filter, [dead_before, now], i64::MAX);
        Ok(count(query.build().fetch_one(&self.read).await?.try_get(0)?))
    }
}

pub(super) fn query(
    filter: &JobFilter,
    [dead_before, now]: [Timestamp; 2],
    below: i64,
    most: u32,
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("SELECT certificates.*, host, pid, seen_at, ");
    push_state(&mut query, dead_before, now);
    query.push(
        " AS job_state,
            (SELECT MAX(at) FROM events WHERE events.certificate = certificates.id
                AND events.kind = 'parked') AS parked_at",
    );
    push_which(&mut query, filter, [dead_before, now], below);
    query.push(" ORDER BY place DESC LIMIT ").push_bind(i64::from(most));
    query
}

/// Which rows are meant.
fn push_which(
    query: &mut QueryBuilder<Sqlite>,
    filter: &JobFilter,
    [dead_before, now]: [Timestamp; 2],
    below: i64,
) {
    query.push(
        " FROM certificates INDEXED BY on_the_way
         LEFT JOIN workers ON workers.id = certificates.worker
         WHERE progress <> 'closed' AND place < ",
    );
    query.push_bind(below);
    if !filter.stages.is_empty() {
        query.push(" AND progress IN (");
        let mut words = query.separated(", ");
        for stage in &filter.stages {
            words.push_bind(stage.as_str());
        }
        query.push(")");
    }
    if let Some(state) = filter.state {
        query.push(" AND ");
        push_state(query, dead_before, now);
        query.push(" = ").push_bind(state.as_str());
    }
    if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        let beginning = beginning(text);
        query.push(" AND (certificate_no LIKE ").push_bind(beginning.clone());
        query.push(" ESCAPE '\\' OR student_no LIKE ").push_bind(beginning);
        query.push(" ESCAPE '\\' OR certificates.id = ").push_bind(text.to_lowercase());
        query.push(")");
    }
    if let Some(code) = &filter.code {
        query.push(" AND CASE WHEN json_valid(last_error) THEN last_error ->> 'code' END = ");
        query.push_bind(code.clone());
    }
}

/// A pattern of LIKE for what begins with a text.
fn beginning(text: &str) -> String {
    let escape = |c| matches!(c, '\\' | '%' | '_').then_some('\\').into_iter().chain([c]);
    text.chars().flat_map(escape).chain(['%']).collect()
}

fn push_state(query: &mut QueryBuilder<Sqlite>, dead_before: Timestamp, now: Timestamp) {
    let [waits, lives, due] = STATE;
    query.push(waits).push_bind(millis(dead_before));
    query.push(lives).push_bind(millis(now)).push(due);
}

fn job(row: &SqliteRow) -> Result<Job, LedgerError> {
    let certificate = certificates::certificate(row)?;
    let word: String = row.try_get("job_state")?;
    let state = JobState::ALL.iter().copied().find(|state| state.as_str() == word);
    let state = state.ok_or_else(|| LedgerError::UnknownWord {
        id: certificate.id.to_string(),
        field: format!("job_state “{word}”"),
    })?;
    let at = |column| Ok::<_, LedgerError>(row.try_get::<Option<i64>, _>(column)?.map(timestamp));
    let since = match state {
        JobState::Due | JobState::Later => Some(certificate.due_at),
        JobState::InFlight => at("begun_at")?,
        JobState::Approval => None,
        JobState::Parked => at("parked_at")?,
    };
    let worker = if state == JobState::InFlight { worker(row)? } else { None };
    Ok(Job { since: since.unwrap_or(certificate.accepted_at), certificate, state, worker })
}

fn worker(row: &SqliteRow) -> Result<Option<JobWorker>, LedgerError> {
    let Some(id) = row.try_get::<Option<String>, _>("worker")? else { return Ok(None) };
    let Ok(id) = id.parse() else { return Ok(None) };
    Ok(Some(JobWorker {
        id,
        host: row.try_get("host")?,
        pid: u32::try_from(row.try_get::<i64, _>("pid")?).unwrap_or_default(),
        seen_at: timestamp(row.try_get("seen_at")?),
    }))
}
