//! Certificates whose mail went out, for tests of what came back.

use uuid::Uuid;

use super::desk::{Desk, post, worker};
use crate::{After, CertificateId, Lease, Mailed, SendingId, ToSend};

impl Desk {
    /// The certificate's turn in lane `post`, by a worker that lives.
    pub(super) async fn posting(&self, id: CertificateId) -> Lease {
        let worker = worker();
        self.alive(worker, self.now).await;
        self.begin(id, &post(), worker).await.unwrap()
    }

    /// Its sending, recorded and not yet sent.
    pub(super) async fn queued(&self, lease: &Lease) -> SendingId {
        let id = SendingId::new(Uuid::now_v7());
        let message_id = format!("<{id}@example.edu.tw>");
        match self.ledger.sending(lease, id, &message_id, self.now).await.unwrap() {
            ToSend::Send(sending) => sending.id,
            other => panic!("{other:?}"),
        }
    }

    /// The relay took it, and the certificate is closed.
    pub(super) async fn taken(&self, lease: &Lease, sending: SendingId) {
        let mailed = Mailed::Accepted { sending, answer: "250".into() };
        let after = After { same_lane: true, due_at: self.now };
        assert!(self.ledger.mailed(lease, &mailed, after, self.now).await.unwrap());
        assert!(self.ledger.close_certificate(lease, 1, self.now).await.unwrap());
    }

    /// Mails a certificate in force.
    pub(super) async fn mailed(&self, id: CertificateId) -> SendingId {
        let lease = self.posting(id).await;
        let sending = self.queued(&lease).await;
        self.taken(&lease, sending).await;
        sending
    }

    pub(super) async fn state_of(&self, sending: SendingId) -> String {
        sqlx::query_scalar("SELECT state FROM sendings WHERE id = ?")
            .bind(sending.to_string())
            .fetch_one(&self.ledger.read)
            .await
            .unwrap()
    }
}
