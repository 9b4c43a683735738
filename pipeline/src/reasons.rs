//! Why a turn stops before, between or without a stage. What a stage says of itself stands there.

use sealpress_ledger::Reason;

pub(crate) fn not_ready() -> Reason {
    Reason::new(
        "stage_not_ready",
        ["此工作程序未備妥這個階段。", "This process did not make the stage ready."],
        ["請重新啟動負責此佇列的服務。", "Restart the service of this lane."],
    )
}

pub(crate) fn nothing_to_supersede() -> Reason {
    Reason::new(
        "nothing_to_supersede",
        [
            "要取代的證書已不是有效狀態（例如已收回），此件不能發證。",
            "The certificate whose place this one should take is no longer in force, so this one is not issued.",
        ],
        [
            "請確認後以 sealpress jobs cancel 取消，必要時重新投件。",
            "Look into it, then run `sealpress jobs cancel`, and drop the file again if need be.",
        ],
    )
}

pub(crate) fn no_address() -> Reason {
    Reason::new(
        "no_address",
        [
            "學生名冊中沒有此畢業生的電子郵件地址。",
            "The roster has no e-mail address for this graduate.",
        ],
        [
            "請在名冊補上地址並重新匯入，再以 sealpress jobs retry 重試。證書已發證並歸檔。",
            "Add the address to the roster, import it, then run `sealpress jobs retry`. The certificate is issued and archived.",
        ],
    )
}

pub(crate) fn suppressed() -> Reason {
    Reason::new(
        "address_suppressed",
        [
            "此畢業生的電子郵件地址先前退信，顯示不存在，已停止寄送。",
            "Mail to every address of this graduate came back because it does not exist.",
        ],
        [
            "請聯絡畢業生，在名冊更正地址並重新匯入（或解除停寄），再重試。證書紀錄不受影響。",
            "Ask the graduate, mend the address in the roster and import it (or release the address), then retry. The certificate's record is not touched by this.",
        ],
    )
}

pub(crate) fn no_way(status: &str, progress: &str) -> Reason {
    Reason::new(
        "unexpected_state",
        [
            format!("登錄簿記載的狀態 {status} 與下一步 {progress} 互相矛盾。"),
            format!("The ledger says {status} and next {progress}, which can't both be."),
        ],
        [
            "請執行 sealpress audit，並洽系統維護人員。",
            "Run `sealpress audit`, and ask whoever maintains the system.",
        ],
    )
}

pub(crate) fn overtaken() -> Reason {
    Reason::new(
        "overtaken",
        ["另一個工作程序已接手此件。", "Another worker took the certificate over."],
        ["系統會自動再試。", "It is tried again by itself."],
    )
}

pub(crate) fn panicked() -> Reason {
    Reason::new(
        "panicked",
        ["處理此件時程式發生內部錯誤。", "The program failed inside while it worked on this one."],
        [
            "請將系統日誌交給系統維護人員；排除後以 sealpress jobs retry 重試。",
            "Give the system log to whoever maintains the system; then run `sealpress jobs retry`.",
        ],
    )
}
