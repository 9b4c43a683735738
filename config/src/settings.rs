//! `sealpress.yaml` as types. Every key is documented where a school reads it, in
//! `defaults/sealpress.yaml`; here stands what the program takes it to mean.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::{
    Approval, ArchiveUrl, Kind, Language, LedgerUrl, MailTransport, People, QueueUrl, Sandbox,
    Secret, Serve, Sign, Span, Stage,
};

/// Everything a school sets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who issues.
    pub school: School,
    /// The doorbell.
    pub queue: QueueUrl,
    /// The database of record.
    pub ledger: LedgerUrl,
    /// Where issued certificates are kept.
    pub archive: ArchiveUrl,
    /// What the print system sees.
    pub inbox: Inbox,
    /// What reading a foreign file may take.
    #[serde(default)]
    pub sandbox: Sandbox,
    /// What is known of students.
    #[serde(default)]
    pub roster: Roster,
    /// Which combinations of kind and language the school issues.
    pub flows: Vec<Flow>,
    /// Which certificates wait for a person's look at the page.
    #[serde(default)]
    pub approval: Approval,
    /// How a certificate gets its number when neither drop nor roster gives one.
    #[serde(default)]
    pub numbering: Numbering,
    /// The signature.
    pub sign: Sign,
    /// The message to the graduate.
    pub mail: Mail,
    /// People and their sessions.
    #[serde(default)]
    pub people: People,
    /// The pages and the Web API.
    #[serde(default)]
    pub serve: Serve,
    /// Which stages run together, and how many at once.
    pub lanes: BTreeMap<String, Lane>,
    /// When a failed stage runs again.
    #[serde(default)]
    pub retry: Retry,
    /// How a lane waits for a dependency.
    #[serde(default)]
    pub hold: Hold,
    /// How often the ledger is compared with the queue.
    #[serde(default)]
    pub reconcile: Reconcile,
    /// When a silent worker counts as dead.
    #[serde(default)]
    pub worker: WorkerLease,
    /// How a process ends.
    #[serde(default)]
    pub shutdown: Shutdown,
}

/// Who issues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct School {
    /// The school's name in Chinese.
    pub name_zh: String,
    /// The school's name in English.
    pub name_en: String,
    /// The page that a certificate's QR code opens; the certificate's token is appended.
    pub verify_url: String,
    /// IANA time zone of dates on certificates, in mails and in the archive's folders.
    #[serde(default = "taipei")]
    pub timezone: String,
}

/// What the print system sees, and what is asked of a drop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    /// The folder, relative to the home. It must be on the same file system as `work/`.
    pub path: PathBuf,
    /// Size and time of change must stand still this long.
    #[serde(default = "settle")]
    pub settle: Span,
    /// How often the folder is read. This is the truth; notifications only shorten the wait.
    #[serde(default = "scan")]
    pub scan: Span,
    /// Whether the kernel is asked for notifications. Off for network shares, where it is silent.
    #[serde(default = "yes")]
    pub notify: bool,
    /// How long a PDF without a sidecar waits for one before the file name must do.
    #[serde(default = "sidecar_wait")]
    pub sidecar_wait: Span,
    /// Whether a drop without a sidecar is refused when `sidecar_wait` is over.
    #[serde(default)]
    pub sidecar_required: bool,
    /// How the fields stand in the name of a file without sidecar.
    #[serde(default = "name_pattern")]
    pub name_pattern: String,
    /// Largest PDF taken, in bytes.
    #[serde(default = "max_bytes")]
    pub max_bytes: u64,
    /// Largest sidecar taken, in bytes.
    #[serde(default = "max_sidecar_bytes")]
    pub max_sidecar_bytes: u64,
    /// Most bytes that one drop's structure, text and fonts may inflate to.
    #[serde(default = "max_inflated_bytes")]
    pub max_inflated_bytes: u64,
    /// Most objects that a drop may have.
    #[serde(default = "max_objects")]
    pub max_objects: usize,
    /// How deep arrays, dictionaries, the page tree and forms may stand in one another.
    #[serde(default = "max_depth")]
    pub max_depth: usize,
    /// Most pixels that a drop's images may have, all together.
    #[serde(default = "max_image_pixels")]
    pub max_image_pixels: u64,
}

/// What is known of students.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Roster {
    /// Refuse a student whom the roster lacks, whatever a sidecar says.
    pub required: bool,
    /// For each field of the roster, the header names under which a file may carry it.
    pub columns: BTreeMap<String, Vec<String>>,
}

/// One combination that the school issues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The kind.
    pub kind: Kind,
    /// The language.
    pub language: Language,
}

/// How a certificate gets its number when neither drop nor roster gives one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Numbering {
    /// `{roc_year}`, `{year}` and `{seq}` (counted per year, six digits) are filled in.
    pub pattern: String,
}

/// The message to the graduate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `folder:DIR` or `smtp://HOST:PORT`.
    pub transport: MailTransport,
    /// The `From` of every message, `Name <address>`.
    pub from: String,
    /// Where answers go, when not to `from`.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Envelope sender; `{sending}` is filled in, so that a bounce names its sending (VERP).
    #[serde(default)]
    pub bounce: Option<String>,
    /// Time between archive and mail, in which a recall also stops the mail.
    #[serde(default = "no_time")]
    pub delay: Span,
    /// Most messages a minute and process; 0 is no limit.
    #[serde(default)]
    pub per_minute: u32,
    /// SMTP user, where the relay asks for one.
    #[serde(default)]
    pub user: Option<String>,
    /// SMTP password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// How long a relay that says “later” (4xx) is asked again before a person must look.
    #[serde(default = "two_days")]
    pub give_up: Span,
    /// How long a relay may take over one message. Giving up early sends it twice.
    #[serde(default = "ten_minutes")]
    pub patience: Span,
    /// DKIM signature, where the school signs its own mail.
    #[serde(default)]
    pub dkim: Option<Dkim>,
}

/// DKIM signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    /// Selector of the public key in the DNS.
    pub selector: String,
    /// Signing domain.
    pub domain: String,
    /// PEM of the RSA private key.
    pub key: Secret,
}

/// Which stages run together, and how many at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// The stages, one after another on the same worker.
    pub stages: Vec<Stage>,
    /// Certificates at once in one process; 0 is one for each core.
    #[serde(default)]
    pub at_once: usize,
}

/// When a failed stage runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Runs of a lane before the certificate is parked for a person.
    pub attempts: u32,
    /// Wait after the first failure; doubled after each.
    pub first: Span,
    /// Longest wait.
    pub longest: Span,
}

/// How a lane waits for a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hold {
    /// How often one certificate is let through to see whether the dependency is back.
    pub probe: Span,
}

/// How often the ledger is compared with the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reconcile {
    /// Time between two looks.
    pub every: Span,
}

/// When a silent worker counts as dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkerLease {
    /// How often a process says that it lives.
    pub heartbeat: Span,
    /// Silence after which its certificates are given to others.
    pub dead_after: Span,
}

/// How a process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shutdown {
    /// Time for what is in flight; what is not done by then is handed back.
    pub grace: Span,
}

impl Settings {
    /// The lane that runs `stage`. Validation has seen to it that there is exactly one.
    #[must_use]
    pub fn lane_of(&self, stage: Stage) -> Option<(&str, &Lane)> {
        self.lanes
            .iter()
            .find(|(_, lane)| lane.stages.contains(&stage))
            .map(|(name, lane)| (name.as_str(), lane))
    }
}

impl Mail {
    /// The domain that the school's mail comes from, which its Message-IDs end with.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.from.trim_end_matches('>').rsplit('@').next().unwrap_or("localhost")
    }
}

impl Default for Numbering {
    fn default() -> Self {
        Self { pattern: "{roc_year}-{seq}".into() }
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 8, first: Span::secs(5), longest: Span::secs(3600) }
    }
}

impl Default for Hold {
    fn default() -> Self {
        Self { probe: Span::secs(15) }
    }
}

impl Default for Reconcile {
    fn default() -> Self {
        Self { every: Span::secs(5) }
    }
}

impl Default for WorkerLease {
    fn default() -> Self {
        Self { heartbeat: Span::secs(3), dead_after: Span::secs(15) }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { grace: Span::secs(30) }
    }
}

fn taipei() -> String {
    "Asia/Taipei".into()
}

fn settle() -> Span {
    Span::secs(2)
}

fn scan() -> Span {
    Span::secs(5)
}

fn sidecar_wait() -> Span {
    Span::secs(10)
}

fn ten_minutes() -> Span {
    Span::secs(600)
}

fn two_days() -> Span {
    Span::secs(48 * 3600)
}

fn no_time() -> Span {
    Span::secs(0)
}

fn yes() -> bool {
    true
}

fn name_pattern() -> String {
    "{student_no}_{language}_{kind}.pdf".into()
}

fn max_bytes() -> u64 {
    20 * 1024 * 1024
}

fn max_sidecar_bytes() -> u64 {
    64 * 1024
}

fn max_inflated_bytes() -> u64 {
    64 * 1024 * 1024
}

fn max_objects() -> usize {
    50_000
}

fn max_depth() -> usize {
    32
}

fn max_image_pixels() -> u64 {
    150_000_000
}
