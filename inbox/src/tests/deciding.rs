//! What becomes of a drop.

use sealpress_config::Approval;
use sealpress_ledger::ApprovalCause;
use std::sync::atomic::Ordering;

use super::*;

#[tokio::test]
async fn a_page_that_cannot_be_read_waits_for_approval() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, &fixture("scan-jpg.pdf"));
    folder.after(5).await;
    let [one] = folder.certificates().await.try_into().unwrap();
    assert_eq!(one.waiting_for, Some(WaitingFor::Approval));
    assert_eq!(one.approval, Some(ApprovalCause::Unreadable));
    assert!(folder.rung.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_schools_policy_decides_which_pages_are_looked_at() {
    use ApprovalCause::{FirstOfBatch, Policy, Unreadable};
    let second = "B11012345_en_first.pdf";
    for (approval, cause) in [
        (Approval::None, None),
        (Approval::FirstOfBatch, Some(FirstOfBatch)),
        (Approval::All, Some(Policy)),
    ] {
        let mut folder = Folder::with(|settings| settings.approval = approval).await;
        folder.put(NAMED, &page());
        folder.after(5).await;
        // A page that can't be read waits whatever the policy says.
        folder.put(second, &fixture("scan-jpg.pdf"));
        folder.after(5).await;
        let [later, first] = folder.certificates().await.try_into().unwrap();
        let first_waits = first.waiting_for.is_some();
        assert_eq!((first.approval, first_waits), (cause, cause.is_some()), "{approval:?}");
        assert_eq!(later.approval, Some(Unreadable), "{approval:?}");
        assert_eq!(folder.rung.0.lock().unwrap().len(), usize::from(!first_waits));
    }
}

#[tokio::test]
async fn those_that_come_after_the_first_of_a_batch_was_approved_are_rung_for() {
    let mut folder = Folder::with(|settings| settings.approval = Approval::FirstOfBatch).await;
    let sidecar = "student_no: B11012345\nkind: first\nlanguage: zh\n";
    folder.put(NAMED, &page());
    folder.after(5).await;
    let first = folder.certificates().await.remove(0);
    let by = By::new("test", Via::Cli, "test");
    folder.ledger.approve(first.id, &by, Timestamp::now()).await.unwrap();
    // Another degree of the same student, whose page says the same.
    let other =
        Degree { programme: "p".into(), degree: "d".into(), college: None, certificate_no: None };
    let student = Student { degrees: vec![other], ..wang() };
    folder.ledger.import_students(&[student], &by, Timestamp::now()).await.unwrap();
    folder.put("b.yaml", format!("{sidecar}programme: p\ndegree: d\n").as_bytes());
    folder.put("b.pdf", &fixture("libreoffice-pdfa2b.pdf"));
    folder.after(15).await;
    let second = folder.certificates().await.remove(0);
    assert_ne!(second.id, first.id);
    assert_eq!((second.waiting_for, second.approval), (None, None));
    assert_eq!(*folder.rung.0.lock().unwrap(), [second.id]);
}

#[tokio::test]
async fn a_reissue_waits_for_the_first_issue_and_needs_one() {
    let mut folder = Folder::new().await;
    folder.put("B11012345_en_reissue.pdf", &fixture("weasyprint-pdfa2b.pdf"));
    folder.after(5).await;
    assert_eq!(
        folder.code("inbox/failed/B11012345_en_reissue.error.json"),
        "no_earlier_certificate"
    );
    folder.put(NAMED, &page());
    folder.after(5).await;
    folder.put("B11012345_zh_reissue.pdf", &fixture("libreoffice-pdfa2b.pdf"));
    folder.after(5).await;
    assert_eq!(folder.certificates().await.len(), 1);
    assert_eq!(folder.names("work").len(), 2, "the reissue waits");
    let first = folder.certificates().await.remove(0);
    folder
        .ledger
        .cancel(
            first.id,
            &By::new("test", Via::Cli, "test"),
            "test",
            Timestamp::now(),
            Timestamp::now(),
        )
        .await
        .unwrap();
    folder.after(61).await;
    assert_eq!(
        folder.code("inbox/failed/B11012345_zh_reissue.error.json"),
        "no_earlier_certificate"
    );
    assert_eq!(folder.code("inbox/failed/B11012345_zh_first.error.json"), "cancelled");
}

#[tokio::test]
async fn a_second_first_issue_is_a_duplicate_of_the_degree() {
    let mut folder = Folder::new().await;
    folder.put(NAMED, &page());
    folder.after(5).await;
    folder.put(NAMED, &fixture("libreoffice-pdfa2b.pdf"));
    folder.after(5).await;
    assert_eq!(folder.code("inbox/duplicate/B11012345_zh_first.error.json"), "duplicate_degree");
}

#[tokio::test]
async fn combinations_that_the_school_does_not_issue_are_refused() {
    let mut folder = Folder::new().await;
    folder.put("B11012345_en_rename.pdf", &page());
    folder.after(5).await;
    assert_eq!(folder.code("inbox/failed/B11012345_en_rename.error.json"), "flow_not_allowed");
}

#[tokio::test]
async fn a_student_whom_the_roster_lacks_is_the_sidecars_or_nobodys() {
    let sidecar = "student_no: X1\nkind: first\nlanguage: zh\nname_zh: 王大明\n\
                   programme: p\ndegree: d\ncertificate_no: 114-000009\n";
    for required in [false, true] {
        let mut folder = Folder::with(|settings| settings.roster.required = required).await;
        folder.put("a.yaml", sidecar.as_bytes());
        folder.put("a.pdf", &page());
        folder.after(5).await;
        let code = match required {
            // The page shows another number than X1 and 114-000009.
            false => "text_differs",
            true => "student_unknown",
        };
        assert_eq!(folder.code("inbox/failed/a.error.json"), code);
        folder.put("b.yaml", sidecar.replace("X1", "B11012346").as_bytes());
        folder.put("b.pdf", &fixture("scan-jpg.pdf"));
        folder.after(5).await;
        assert_eq!(folder.certificates().await.len(), usize::from(!required));
    }
}

#[tokio::test]
async fn neither_logs_nor_reasons_name_a_person() {
    let (said, mut folder) = (Said::begin(), Folder::new().await);
    folder.put(NAMED, &page());
    folder.after(5).await;
    folder.put("a.pdf", &page());
    folder.put("a.yaml", SIDECAR.as_bytes());
    folder.put("b.pdf", b"%PDF-1.7\n%%EOF\n");
    folder.put("b.yaml", format!("{SIDECAR}name_zh: 王小明\n").as_bytes());
    folder.put("c.pdf", b"%PDF-1.7\n%%EOF\n\n");
    folder.put("c.yaml", "student_no: [王大明, B11012345]\n".as_bytes());
    folder.put("d.pdf", b"%PDF-1.7\n%%EOF\n\n\n");
    folder.put("d.yaml", format!("{SIDECAR}nmae_zh: 王大明\n").as_bytes());
    folder.after(15).await;
    let mut told = said.all();
    for (name, code) in [
        ("duplicate/a", "duplicate_drop"),
        ("failed/b", "roster_differs"),
        ("failed/c", "sidecar_malformed"),
        ("failed/d", "sidecar_unknown_key"),
    ] {
        assert_eq!(folder.code(&format!("inbox/{name}.error.json")), code);
        for ending in ["json", "txt"] {
            let path = folder.path(&format!("inbox/{name}.error.{ending}"));
            let text = fs::read_to_string(path).unwrap();
            assert!(!text.contains('\r'));
            told += &text;
        }
    }
    assert!(told.contains("accepted") && told.contains("refused"), "{told}");
    for personal in ["王大明", "王小明", "B11012345", "WANG", "wang@"] {
        assert!(!told.contains(personal), "{personal} in {told}");
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_examined_now_is_examined_later() {
    let mut folder = Folder::new().await;
    folder.broken.store(true, Ordering::Relaxed);
    folder.put(NAMED, &page());
    folder.after(5).await;
    folder.after(5).await;
    assert_eq!(folder.certificates().await.len(), 0);
    assert_eq!(folder.names("inbox/failed"), Vec::<String>::new(), "it is not refused");
    assert_eq!(folder.names("work").len(), 1, "and waits where it is");
    folder.broken.store(false, Ordering::Relaxed);
    folder.after(5).await;
    assert_eq!(folder.certificates().await.len(), 1);
    assert_eq!(folder.rung.0.lock().unwrap().len(), 1);
}
