//! Intake: what becomes of a claimed drop. The same path is walked every day and after a crash:
//! look at what the ledger and the folder say, and do the next thing.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sealpress_config::{Approval, Home, Kind, Layout, Settings, Stage};
use sealpress_ledger::{
    Acceptance, ApprovalCause, CertificateId, Clock, Ledger, LedgerError, NewCertificate, Progress,
    Reason, Refusal, RefusalFolder, Sha256Hash, WaitingFor,
};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use crate::drop::{self, Drop};
use crate::fields::Fields;
use crate::filing::{FilingError, file_away};
use crate::names::BAD_NAME;
use crate::particulars::{self, Particulars};
use crate::preflight::{self, Examine, ExpectedPage, ExpectedText, NotExamined, TextVerdict};
use crate::reasons;
use crate::standing::{self, Standing};

/// Who is told that a certificate waits for its first stage. Telling may fail in silence: whoever
/// is not told finds it in the ledger.
pub trait Doorbell: Send + Sync {
    /// A certificate waits for this stage.
    fn ring(
        &self,
        id: CertificateId,
        stage: Stage,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Where unguessable bits come from; a test can set it.
pub type Randomness = Arc<dyn Fn() -> io::Result<[u8; 16]> + Send + Sync>;

/// The kernel's randomness.
#[must_use]
pub fn system_randomness() -> Randomness {
    Arc::new(|| {
        let mut bits = [0; 16];
        let drawn = rustix::rand::getrandom(&mut bits, rustix::rand::GetRandomFlags::empty())?;
        // The kernel gives so few bytes whole, or says why not (getrandom(2)).
        if drawn == bits.len() { Ok(bits) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    })
}

/// What became of a drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is a certificate on its way.
    Certificate,
    /// Its way ended, and its files are filed.
    Filed,
    /// It waits until an earlier certificate is through.
    Deferred,
}

/// Why a drop could not be dealt with now. It stays where it is, and is looked at again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Later {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Filing(#[from] FilingError),
    #[error("a claimed drop can't be read now ({0}); it is tried again")]
    Folder(#[from] io::Error),
    #[error("{0}; it is tried again")]
    Examination(#[from] NotExamined),
}

impl Later {
    /// Whether the ledger is down, or no page can be examined, so that other drops need not be tried now.
    pub(crate) const fn is_outage(&self) -> bool {
        match self {
            Self::Ledger(error) | Self::Filing(FilingError::Ledger(error)) => {
                error.is_unavailable()
            }
            Self::Filing(FilingError::Folder(_)) | Self::Folder(_) => false,
            Self::Examination(error) => error.is_of_all(),
        }
    }
}

/// Makes certificates and refusals of claimed drops.
#[derive(Clone)]
pub(crate) struct Intake {
    pub(crate) home: Home,
    pub(crate) settings: Arc<Settings>,
    pub(crate) layouts: Arc<[Layout]>,
    pub(crate) ledger: Ledger,
    pub(crate) doorbell: Arc<dyn Doorbell>,
    pub(crate) examiner: Arc<dyn Examine>,
    pub(crate) clock: Clock,
    pub(crate) randomness: Randomness,
}

/// What is to be done with a drop.
enum Decision {
    Accept(Box<NewCertificate>),
    Refuse(Verdict),
    Wait,
}

/// A refusal without what all refusals of the drop have in common.
struct Verdict {
    folder: RefusalFolder,
    stage: &'static str,
    reason: Reason,
}

impl Verdict {
    const fn failed(reason: Reason) -> Self {
        Self { folder: RefusalFolder::Failed, stage: "inbox", reason }
    }

    const fn page(reason: Reason) -> Self {
        Self { folder: RefusalFolder::Failed, stage: "preflight", reason }
    }

    const fn duplicate(reason: Reason) -> Self {
        Self { folder: RefusalFolder::Duplicate, stage: "inbox", reason }
    }
}

impl Intake {
    /// Does the next thing for the drop in `work/<id>/`; `left_behind` is one that this process
    /// did not claim itself.
    pub(crate) async fn take(
        &self,
        id: CertificateId,
        left_behind: bool,
    ) -> Result<Outcome, Later> {
        if let Some(certificate) = self.ledger.certificate(id).await? {
            if certificate.progress != Progress::Closed {
                return Ok(Outcome::Certificate);
            }
            return self.filed(id).await;
        }
        if self.ledger.refusal(id).await?.is_some() {
            return self.filed(id).await;
        }
        let folder = self.home.work().join(id.to_string());
        let inbox = self.home.resolve(&self.settings.inbox.path);
        let claimed = blocking(move || drop::files(&folder, &inbox, left_behind)).await??;
        let Some(claimed) = claimed else { return Ok(Outcome::Filed) };
        let (Some(name), Some(path)) = (claimed.name(), claimed.pdf) else {
            let name = claimed.sidecars.first().and_then(|path| path.file_name());
            let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let verdict = Verdict::failed(reasons::sidecar_without_pdf());
            return self.refuse(id, name, None, verdict).await;
        };
        let (limit, named) = (self.settings.inbox.max_bytes, name.clone());
        let read = move || Drop::read(id, named, &path, claimed.sidecars, limit);
        let drop = match blocking(read).await?? {
            Ok(drop) => drop,
            Err(reason) => return self.refuse(id, name, None, Verdict::failed(reason)).await,
        };
        match self.decide(&drop).await? {
            Decision::Wait => Ok(Outcome::Deferred),
            Decision::Refuse(verdict) => self.refuse(id, name, Some(drop.hash), verdict).await,
            Decision::Accept(new) => self.accept(drop, *new).await,
        }
    }

    async fn decide(&self, drop: &Drop) -> Result<Decision, Later> {
        if let Some(same) = self.ledger.by_drop_hash(drop.hash).await? {
            let reason = reasons::duplicate_drop(&same.certified.certificate_no);
            return Ok(Decision::Refuse(Verdict::duplicate(reason)));
        }
        if drop.name.starts_with(BAD_NAME) {
            return Ok(Decision::Refuse(Verdict::failed(reasons::bad_name())));
        }
        if let Err(reason) = drop.is_whole() {
            return Ok(Decision::Refuse(Verdict::page(reason)));
        }
        let particulars = match self.particulars(drop).await? {
            Ok(particulars) => particulars,
            Err(reason) => return Ok(Decision::Refuse(Verdict::failed(reason))),
        };
        let degree = &particulars.degree;
        let earlier = self
            .ledger
            .of_degree(
                &particulars.student_no,
                &degree.programme,
                &degree.degree,
                particulars.language,
            )
            .await?;
        let supersedes = match standing::standing(particulars.kind, &earlier) {
            Standing::May(supersedes) => supersedes,
            Standing::Wait => return Ok(Decision::Wait),
            Standing::Duplicate(reason) => return Ok(Decision::Refuse(Verdict::duplicate(reason))),
            Standing::Refused(reason) => return Ok(Decision::Refuse(Verdict::failed(reason))),
        };
        Ok(match self.examine(drop, &particulars).await? {
            Err(verdict) => Decision::Refuse(verdict),
            Ok(approval) => Decision::Accept(Box::new(self.certificate(
                drop,
                particulars,
                supersedes,
                approval,
            )?)),
        })
    }

    /// What is said about the drop, completed by the roster.
    async fn particulars(&self, drop: &Drop) -> Result<Result<Particulars, Reason>, Later> {
        let inbox = &self.settings.inbox;
        let by_name = Fields::of_name(&drop.name, &inbox.name_pattern).unwrap_or_default();
        let fields = match drop.sidecars.as_slice() {
            [] if inbox.sidecar_required => return Ok(Err(reasons::sidecar_required())),
            [] => by_name,
            [sidecar] => {
                let (sidecar, limit) = (sidecar.clone(), inbox.max_sidecar_bytes);
                match blocking(move || Fields::of_sidecar(&sidecar, limit)).await? {
                    Ok(fields) => fields.or(by_name),
                    Err(reason) => return Ok(Err(reason)),
                }
            }
            _ => return Ok(Err(reasons::two_sidecars())),
        };
        let stated = match particulars::stated(&fields) {
            Ok(stated) => stated,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Err(reason) = standing::allowed(&self.settings.flows, stated.kind, stated.language) {
            return Ok(Err(reason));
        }
        let known = self.ledger.student(&stated.student_no).await?;
        Ok(particulars::complete(&fields, stated, known, self.settings.roster.required))
    }

    /// Examines the page, compares what it shows with whom it is for, and says why a person must
    /// look at it, if one must.
    async fn examine(
        &self,
        drop: &Drop,
        about: &Particulars,
    ) -> Result<Result<Option<ApprovalCause>, Verdict>, Later> {
        let college = about.degree.college.as_deref();
        let Some(layout) = Layout::choose(&self.layouts, about.language, about.kind, college)
        else {
            return Ok(Err(Verdict::failed(reasons::no_layout(about.kind, about.language))));
        };
        let page = ExpectedPage::from(layout);
        let examined = match self.examiner.examine(Arc::clone(&drop.bytes), page).await? {
            Ok(examined) => examined,
            Err(reason) => return Ok(Err(Verdict::page(reason))),
        };
        let about = about.clone();
        let compared = blocking(move || {
            examined.text.check(&ExpectedText {
                name: about.name().unwrap_or_default(),
                student_no: &about.student_no,
                certificate_no: about.degree.certificate_no.as_deref(),
            })
        });
        Ok(match compared.await? {
            TextVerdict::Agrees => Ok(match self.settings.approval {
                Approval::None => None,
                Approval::FirstOfBatch => Some(ApprovalCause::FirstOfBatch),
                Approval::All => Some(ApprovalCause::Policy),
            }),
            TextVerdict::Unreadable => Ok(Some(ApprovalCause::Unreadable)),
            TextVerdict::Differs => Err(Verdict::page(preflight::text_differs())),
        })
    }

    fn certificate(
        &self,
        drop: &Drop,
        about: Particulars,
        supersedes: Option<CertificateId>,
        approval: Option<ApprovalCause>,
    ) -> Result<NewCertificate, Later> {
        let accepted_at: Timestamp = (self.clock)();
        let timezone = TimeZone::get(&self.settings.school.timezone).unwrap_or(TimeZone::UTC);
        let token = (self.randomness)()?.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(NewCertificate {
            id: drop.id,
            student_no: about.student_no,
            name_zh: about.name_zh,
            name_en: about.name_en,
            programme: about.degree.programme,
            degree: about.degree.degree,
            college: about.degree.college,
            kind: about.kind,
            language: about.language,
            certificate_no: about.degree.certificate_no,
            issued_on: about.issued_on,
            token,
            drop_name: drop.name.clone(),
            drop_hash: drop.hash,
            supersedes,
            approval,
            sidecar_student: about.from_sidecar,
            accepted_at,
            numbering: self.settings.numbering.pattern.clone(),
            day: accepted_at.to_zoned_datetime(timezone).date(),
        })
    }

    async fn accept(&self, drop: Drop, new: NewCertificate) -> Result<Outcome, Later> {
        let (id, name, hash, kind) = (drop.id, drop.name, drop.hash, new.kind);
        let verdict = match self.ledger.accept(new).await? {
            Acceptance::Accepted(certificate) | Acceptance::AlreadyThere(certificate) => {
                tracing::info!(certificate = %id, waiting_for = certificate.waiting_for.map(WaitingFor::as_str), "accepted");
                if certificate.waiting_for.is_none() {
                    self.doorbell.ring(id, Stage::Compose).await;
                }
                return Ok(Outcome::Certificate);
            }
            // Another drop was faster since we looked.
            Acceptance::SameDrop(other) => {
                Verdict::duplicate(reasons::duplicate_drop(&self.number(other).await?))
            }
            Acceptance::DegreeTaken(other) => match kind {
                Kind::First => {
                    Verdict::duplicate(reasons::duplicate_degree(&self.number(other).await?))
                }
                // What it was to take the place of changed since we looked: it is looked at again.
                Kind::Reissue | Kind::Rename => return Ok(Outcome::Deferred),
            },
            Acceptance::NumberTaken(_) => Verdict::failed(reasons::number_taken()),
        };
        self.refuse(id, name, Some(hash), verdict).await
    }

    async fn number(&self, id: CertificateId) -> Result<String, LedgerError> {
        let certificate = self.ledger.certificate(id).await?;
        Ok(certificate.map(|one| one.certified.certificate_no).unwrap_or_default())
    }

    /// First the ledger, then the files: a crash between finds the refusal and moves them.
    async fn refuse(
        &self,
        id: CertificateId,
        drop_name: String,
        drop_hash: Option<Sha256Hash>,
        verdict: Verdict,
    ) -> Result<Outcome, Later> {
        let Verdict { folder, stage, reason } = verdict;
        tracing::warn!(drop = %id, stage, code = reason.code, folder = folder.as_str(), "refused");
        let stage = stage.to_owned();
        let at = (self.clock)();
        self.ledger
            .refuse(&Refusal { id, drop_name, drop_hash, folder, stage, reason, at })
            .await?;
        self.filed(id).await
    }

    async fn filed(&self, id: CertificateId) -> Result<Outcome, Later> {
        file_away(&self.home, &self.settings, &self.ledger, id).await?;
        Ok(Outcome::Filed)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}
