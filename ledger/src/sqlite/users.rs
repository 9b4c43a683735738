//! People and their roles.

use jiff::Timestamp;
use sealpress_config::Role;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;

use super::events::{NewEvent, append};
use super::{Ledger, Tx, millis, timestamp};
use crate::{By, CertificateId, EventKind, LedgerError, NewUser, Reason, Right, User};

/// A question about people, with what [`user`] reads.
macro_rules! of_users {
    ($rest:literal) => {
        concat!(
            "SELECT users.name, users.full_name, users.created_at, users.locked_at,
                users.locked_until, users.totp,
                EXISTS (SELECT 1 FROM passwords WHERE user = users.name) AS has_password,
                (SELECT group_concat(role) FROM user_roles WHERE user = users.name) AS roles ",
            $rest
        )
    };
}
pub(super) use of_users;

/// Names that stand in the history for who is nobody.
const NOBODY: [&str; 2] = ["system", "unknown"];

impl Ledger {
    /// Whether there are people. As long as there are none, whoever can write the ledger's file
    /// is trusted on the command line.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn has_users(&self) -> Result<bool, LedgerError> {
        Ok(sqlx::query("SELECT 1 FROM users LIMIT 1").fetch_optional(&self.read).await?.is_some())
    }

    /// Whether an administrator can log in. As long as none can, whoever can write the ledger's
    /// file adds people: there is nobody else to ask.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn has_manager(&self) -> Result<bool, LedgerError> {
        let mut connection = self.read.acquire().await?;
        Ok(managers(&mut connection).await? > 0)
    }

    /// Everyone, by name.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn users(&self) -> Result<Vec<User>, LedgerError> {
        sqlx::query(of_users!("FROM users ORDER BY users.name"))
            .fetch_all(&self.read)
            .await?
            .iter()
            .map(user)
            .collect()
    }

    /// One person.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn user(&self, name: &str) -> Result<Option<User>, LedgerError> {
        sqlx::query(of_users!("FROM users WHERE users.name = ?"))
            .bind(name)
            .fetch_optional(&self.read)
            .await?
            .as_ref()
            .map(user)
            .transpose()
    }

    /// Adds a person, who has no password yet.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when the name is taken or is none, no role is given, or the
    /// first person is no administrator.
    pub async fn add_user(
        &self,
        new: &NewUser,
        by: &By,
        now: Timestamp,
    ) -> Result<User, LedgerError> {
        fits(new)?;
        let mut tx = self.change().await?;
        let first = sqlx::query("SELECT 1 FROM users LIMIT 1").fetch_optional(&mut *tx).await?;
        if first.is_none() && !new.roles.contains(&Role::Admin) {
            return Err(not_possible(
                "first_is_admin",
                [
                    "第一位使用者必須具備 admin（帳號管理員）角色。",
                    "The first person must have the role admin.",
                ],
            ));
        }
        let added = sqlx::query(
            "INSERT INTO users (name, full_name, created_at) VALUES (?, ?, ?)
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(&new.name)
        .bind(&new.full_name)
        .bind(millis(now))
        .execute(&mut *tx)
        .await?;
        if added.rows_affected() == 0 {
            return Err(not_possible(
                "name_taken",
                ["此帳號已有人使用。", "This name is taken already."],
            ));
        }
        write_roles(&mut tx, &new.name, &new.roles).await?;
        let detail = json!({ "user": new.name, "roles": new.roles });
        self.tell_user(tx, &new.name, EventKind::UserAdded, by, now, detail).await
    }

    /// Locks a person out, and ends their sessions. Their tokens open nothing from here on.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when there is no such person, they are locked already, or are
    /// the last administrator.
    pub async fn lock_user(
        &self,
        name: &str,
        by: &By,
        now: Timestamp,
    ) -> Result<User, LedgerError> {
        let mut tx = self.change().await?;
        if load(&mut tx, name).await?.locked {
            return Err(not_possible(
                "locked",
                ["此帳號已鎖定。", "The account is locked already."],
            ));
        }
        let before = managers(&mut tx).await?;
        sqlx::query("UPDATE users SET locked_at = ? WHERE name = ?")
            .bind(millis(now))
            .bind(name)
            .execute(&mut *tx)
            .await?;
        keeps_a_manager(&mut tx, before).await?;
        sqlx::query("DELETE FROM sessions WHERE user = ?").bind(name).execute(&mut *tx).await?;
        let detail = json!({ "user": name });
        self.tell_user(tx, name, EventKind::UserLocked, by, now, detail).await
    }

    /// Lets a person in again, whether an administrator or failures locked them out.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when there is no such person, or they are not locked.
    pub async fn unlock_user(
        &self,
        name: &str,
        by: &By,
        now: Timestamp,
    ) -> Result<User, LedgerError> {
        let mut tx = self.change().await?;
        let user = load(&mut tx, name).await?;
        if !user.locked && user.locked_until.is_none_or(|until| until <= now) {
            return Err(not_possible(
                "not_locked",
                ["此帳號並未鎖定。", "The account is not locked."],
            ));
        }
        sqlx::query(
            "UPDATE users SET locked_at = NULL, locked_until = NULL, failures = 0 WHERE name = ?",
        )
        .bind(name)
        .execute(&mut *tx)
        .await?;
        let detail = json!({ "user": name });
        self.tell_user(tx, name, EventKind::UserUnlocked, by, now, detail).await
    }

    /// Gives a person other roles than they had; their sessions go on with the new ones.
    ///
    /// # Errors
    /// [`LedgerError::NotPossible`] when there is no such person, their roles are no longer
    /// `before`, no role would be left, or they are the last administrator.
    pub async fn set_roles(
        &self,
        name: &str,
        before: &BTreeSet<Role>,
        after: &BTreeSet<Role>,
        by: &By,
        now: Timestamp,
    ) -> Result<User, LedgerError> {
        some_role(after)?;
        let mut tx = self.change().await?;
        if load(&mut tx, name).await?.roles != *before {
            return Err(not_possible(
                "changed_meanwhile",
                [
                    "此帳號的角色剛被其他人變更，這次沒有更動。",
                    "Someone else just changed the roles; nothing was changed this time.",
                ],
            ));
        }
        let managers_before = managers(&mut tx).await?;
        write_roles(&mut tx, name, after).await?;
        keeps_a_manager(&mut tx, managers_before).await?;
        let detail = json!({ "user": name, "before": before, "after": after });
        self.tell_user(tx, name, EventKind::RolesChanged, by, now, detail).await
    }

    /// A person asked for what they have no right to; the history keeps it.
    ///
    /// # Errors
    /// [`LedgerError`] of the database.
    pub async fn refuse_act(
        &self,
        right: Right,
        what: &str,
        certificate: Option<CertificateId>,
        by: &By,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut tx = self.change().await?;
        let detail = json!({ "right": right, "what": what });
        append(&mut tx, NewEvent::by(by, certificate, EventKind::ActRefused, now, detail)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Appends the event of a change to a person, commits both, and returns the person.
    pub(super) async fn tell_user(
        &self,
        mut tx: Tx,
        name: &str,
        kind: EventKind,
        by: &By,
        at: Timestamp,
        detail: serde_json::Value,
    ) -> Result<User, LedgerError> {
        append(&mut tx, NewEvent::by(by, None, kind, at, detail)).await?;
        let user = load(&mut tx, name).await?;
        tx.commit().await?;
        Ok(user)
    }
}

/// Reads a person. A role that this version does not know gives no right, and is left out.
pub(super) fn user(row: &SqliteRow) -> Result<User, LedgerError> {
    let roles: Option<String> = row.try_get("roles")?;
    Ok(User {
        name: row.try_get("name")?,
        full_name: row.try_get("full_name")?,
        roles: roles.iter().flat_map(|roles| roles.split(',')).flat_map(str::parse).collect(),
        locked: row.try_get::<Option<i64>, _>("locked_at")?.is_some(),
        locked_until: row.try_get::<Option<i64>, _>("locked_until")?.map(timestamp),
        has_password: row.try_get("has_password")?,
        has_second_factor: row.try_get::<Option<String>, _>("totp")?.is_some(),
        created_at: timestamp(row.try_get("created_at")?),
    })
}

/// A person who must be there.
pub(super) async fn load(tx: &mut Tx, name: &str) -> Result<User, LedgerError> {
    let row = sqlx::query(of_users!("FROM users WHERE users.name = ?"))
        .bind(name)
        .fetch_optional(&mut **tx)
        .await?;
    row.as_ref().map(user).transpose()?.ok_or_else(|| {
        not_possible("no_such_user", ["沒有這個帳號。", "There is no person of this name."])
    })
}

/// Administrators who can log in.
async fn managers(connection: &mut sqlx::SqliteConnection) -> Result<i64, LedgerError> {
    let row = sqlx::query(
        "SELECT COUNT(*) FROM users JOIN user_roles ON user_roles.user = users.name
         WHERE role = 'admin' AND locked_at IS NULL
            AND EXISTS (SELECT 1 FROM passwords WHERE passwords.user = users.name)",
    )
    .fetch_one(connection)
    .await?;
    Ok(row.try_get(0)?)
}

async fn keeps_a_manager(tx: &mut Tx, before: i64) -> Result<(), LedgerError> {
    if before == 0 || managers(tx).await? > 0 {
        return Ok(());
    }
    Err(not_possible(
        "last_admin",
        [
            "這是最後一位能登入的帳號管理員，不能移除或鎖定；請先新增另一位並由其設定密碼。",
            "This is the last administrator who can log in; add another one, who sets their \
             password, first.",
        ],
    ))
}

async fn write_roles(tx: &mut Tx, name: &str, roles: &BTreeSet<Role>) -> Result<(), LedgerError> {
    sqlx::query("DELETE FROM user_roles WHERE user = ?").bind(name).execute(&mut **tx).await?;
    for role in roles {
        sqlx::query("INSERT INTO user_roles (user, role) VALUES (?, ?)")
            .bind(name)
            .bind(role.as_str())
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

fn fits(new: &NewUser) -> Result<(), LedgerError> {
    let starts_well = new.name.starts_with(|c: char| c.is_ascii_lowercase());
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let name_fits =
        starts_well && (2..=32).contains(&new.name.len()) && new.name.chars().all(plain);
    if !name_fits || NOBODY.contains(&new.name.as_str()) {
        return Err(not_possible(
            "bad_name",
            [
                "帳號須為 2 至 32 個小寫英文字母、數字、點、底線或連字號，以字母開頭。",
                "A name is 2 to 32 small letters, digits, dots, underscores or hyphens, a letter first.",
            ],
        ));
    }
    let shown = new.full_name.chars().count();
    if !(1..=64).contains(&shown) || new.full_name.chars().any(char::is_control) {
        return Err(not_possible(
            "bad_full_name",
            ["姓名須為 1 至 64 個字。", "A full name has 1 to 64 characters."],
        ));
    }
    some_role(&new.roles)
}

fn some_role(roles: &BTreeSet<Role>) -> Result<(), LedgerError> {
    if !roles.is_empty() {
        return Ok(());
    }
    Err(not_possible(
        "no_role",
        [
            "至少要有一個角色；要停用帳號請改用鎖定。",
            "At least one role is needed; to shut a person out, lock them.",
        ],
    ))
}

pub(super) fn not_possible(code: &str, message: [&str; 2]) -> LedgerError {
    LedgerError::NotPossible(Reason::new(
        code,
        message,
        ["可用 sealpress user list 查看帳號。", "See the people with `sealpress user list`."],
    ))
}
