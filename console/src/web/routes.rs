//! # Every path, and who may come there
//!
//! A path exists by standing in this table, and can't stand here without its [`Access`]. The
//! table of rights in the tests is compared with it, so that a new path without an entry there
//! fails.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodFilter, MethodRouter, on};
use sealpress_ledger::Right;

use super::pages::{
    account, approvals, certificate, deliveries, drops, find, jobs, login, metrics, people, roster,
    start, token, verify,
};
use super::{Web, assets, gate, headers};
use crate::api;

/// Who may come to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anyone from anywhere, at a measured pace.
    Public,
    /// Anyone from anywhere: what costs nothing.
    Free,
    /// Anyone from the staff's networks: the way to the login.
    Door,
    /// A person whose second factor is still to come.
    Half,
    /// Any person who is logged in.
    Person,
    /// A person with this right.
    May(Right),
    /// A page of theirs that keeps itself up to date: as `May`, but it does not count as use of the
    /// session, which would never be idle.
    Watch(Right),
    /// A program with the token of a person with this right, from the API's networks.
    Api(Right),
    /// Anyone from the networks of monitoring.
    Metrics,
}

impl Access {
    /// The word in `sealpress serve --routes`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Public | Self::Free => "public",
            Self::Door => "door",
            Self::Half => "half",
            Self::Person => "person",
            Self::May(right) | Self::Watch(right) | Self::Api(right) => right.as_str(),
            Self::Metrics => "metrics",
        }
    }
}

/// A path with its method, its access, and what answers there.
pub(crate) struct Route {
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    handler: MethodRouter<Web>,
}

/// Every path.
pub(crate) fn routes() -> Vec<Route> {
    [public(), sign_in(), certificates(), operators(), desk(), programs()]
        .into_iter()
        .flatten()
        .collect()
}

fn public() -> Vec<Route> {
    use Access::{Free, Metrics, Public};
    vec![
        get("/assets/{version}/{name}", Free, assets::file),
        get("/health", Free, start::health_check),
        get("/language/{tongue}", Free, start::language),
        get("/metrics", Metrics, metrics::page),
        get("/verify", Public, verify::page),
        post("/verify", Public, verify::judge),
        get("/v/{token}", Public, token::page),
    ]
}

fn sign_in() -> Vec<Route> {
    use Access::{Door, Half, Person};
    vec![
        get("/login", Door, login::page),
        post("/login", Door, login::enter),
        get("/password/{link}", Door, login::link),
        post("/password/{link}", Door, login::use_link),
        get("/login/code", Half, login::code),
        post("/login/code", Half, login::prove),
        get("/login/enrol", Half, login::enrolment),
        post("/login/enrol", Half, login::enrol),
        post("/logout", Half, login::leave),
        get("/account", Person, account::page),
        post("/account/password", Person, account::change_password),
    ]
}

fn certificates() -> Vec<Route> {
    use Access::May;
    use Right::{Approve, Export, Recall, Reissue, Resend, Revoke, See};
    vec![
        get("/certificates", May(See), find::page),
        get("/certificates.csv", May(Export), find::csv),
        get("/certificates/{id}", May(See), certificate::page),
        get("/certificates/{id}/picture", May(See), certificate::picture),
        get("/certificates/{id}/pdf", May(Export), certificate::pdf),
        post("/certificates/{id}/approve", May(Approve), certificate::approve),
        post("/certificates/{id}/refuse", May(Approve), certificate::refuse),
        post("/certificates/{id}/resend", May(Resend), certificate::resend),
        post("/certificates/{id}/hand-over", May(Resend), certificate::hand_over),
        post("/certificates/{id}/reissue", May(Reissue), certificate::reissue),
        post("/certificates/{id}/recall", May(Recall), certificate::recall),
        post("/certificates/{id}/revoke", May(Revoke), certificate::revoke),
        get("/drops/{name}", May(Reissue), drops::page),
        get("/approvals", May(Approve), approvals::page),
        post("/approvals", May(Approve), approvals::decide),
    ]
}

fn operators() -> Vec<Route> {
    use Access::{May, Watch};
    use Right::{RunJobs, SeeJobs};
    vec![
        get("/jobs", May(SeeJobs), jobs::page),
        post("/jobs", May(RunJobs), jobs::run),
        get("/jobs/live", Watch(SeeJobs), jobs::live),
        get("/jobs/{id}", May(SeeJobs), jobs::one),
        post("/jobs/{id}/retry", May(RunJobs), jobs::retry),
        post("/jobs/{id}/cancel", May(RunJobs), jobs::cancel),
        post("/lanes/{lane}/pause", May(RunJobs), jobs::pause),
        post("/lanes/{lane}/resume", May(RunJobs), jobs::resume),
    ]
}

fn desk() -> Vec<Route> {
    use Access::{May, Person};
    use Right::{ImportRoster, ManageUsers, Resend};
    vec![
        get("/", Person, start::page),
        get("/deliveries", May(Resend), deliveries::page),
        post("/deliveries/{sending}/review", May(Resend), deliveries::review),
        post("/deliveries/{sending}/release", May(Resend), deliveries::release),
        get("/roster", May(ImportRoster), roster::page),
        post("/roster", May(ImportRoster), roster::read),
        post("/roster/import", May(ImportRoster), roster::import),
        get("/people", May(ManageUsers), people::page),
        post("/people", May(ManageUsers), people::add),
        post("/people/{name}/roles", May(ManageUsers), people::set_roles),
        post("/people/{name}/link", May(ManageUsers), people::link),
        post("/people/{name}/lock", May(ManageUsers), people::lock),
        post("/people/{name}/unlock", May(ManageUsers), people::unlock),
        post("/people/{name}/clear-second-factor", May(ManageUsers), people::clear_second_factor),
    ]
}

fn programs() -> Vec<Route> {
    use Access::Api;
    use Right::{Approve, Export, Recall, Resend, Revoke, RunJobs, See, SeeJobs};
    use api::{certificates, jobs};
    vec![
        get("/api/v1/certificates", Api(See), certificates::find),
        get("/api/v1/certificates/{id}", Api(See), certificates::one),
        get("/api/v1/certificates/{id}/pdf", Api(Export), certificates::pdf),
        post("/api/v1/certificates/{id}/approve", Api(Approve), certificates::approve),
        post("/api/v1/certificates/{id}/refuse", Api(Approve), certificates::refuse),
        post("/api/v1/certificates/{id}/resend", Api(Resend), certificates::resend),
        post("/api/v1/certificates/{id}/hand-over", Api(Resend), certificates::hand_over),
        post("/api/v1/certificates/{id}/recall", Api(Recall), certificates::recall),
        post("/api/v1/certificates/{id}/revoke", Api(Revoke), certificates::revoke),
        get("/api/v1/jobs", Api(SeeJobs), jobs::list),
        post("/api/v1/jobs/{id}/retry", Api(RunJobs), jobs::retry),
        post("/api/v1/jobs/{id}/cancel", Api(RunJobs), jobs::cancel),
        post("/api/v1/lanes/{lane}/pause", Api(RunJobs), jobs::pause),
        post("/api/v1/lanes/{lane}/resume", Api(RunJobs), jobs::resume),
    ]
}

/// The pages, each behind its gate.
pub(crate) fn router(web: Web) -> Router {
    let mut router = Router::new();
    for Route { path, access, handler, .. } in routes() {
        let gate = from_fn_with_state((web.clone(), access), gate::pass);
        router = router.route(path, handler.route_layer(gate));
    }
    let largest = usize::try_from(web.opened.settings.serve.max_upload_bytes).unwrap_or(usize::MAX);
    let nowhere = from_fn_with_state((web.clone(), Access::Public), gate::pass);
    router
        .fallback_service(Router::new().fallback(start::nowhere).layer(nowhere))
        .layer(DefaultBodyLimit::max(largest))
        .layer(from_fn(headers::add))
        .with_state(web)
}

fn get<H, T>(path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    Route { method: Method::GET, path, access, handler: on(MethodFilter::GET, handler) }
}

fn post<H, T>(path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, Web>,
    T: 'static,
{
    Route { method: Method::POST, path, access, handler: on(MethodFilter::POST, handler) }
}
