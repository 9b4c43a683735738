//! Sessions with a token: so many at most, kept open, and opened anew when the token lost them.

use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use super::super::KeyError;
use super::fault::Fault;
use super::mechanism::Way;
use super::module::{Entered, Module, lock};
use super::place::{Pin, TokenPlace};
use super::token::{self, Access};

/// A bounded number of sessions with one token.
pub(super) struct Pool {
    module: Arc<Module>,
    place: TokenPlace,
    pin: Pin,
    most: usize,
    state: Mutex<State>,
    freed: Condvar,
}

struct State {
    idle: Vec<Opened>,
    /// How many threads use a session, or are about to open one.
    busy: usize,
}

/// A session that is logged in, and the key as it sees it.
pub(super) struct Opened {
    pub(super) session: Session,
    pub(super) slot: Slot,
    pub(super) key: ObjectHandle,
    /// Whether the token asks for the PIN before each signature.
    pub(super) asks_each_time: bool,
    starts: u64,
}

impl Pool {
    /// At most `most` sessions, and at least one.
    pub(super) fn new(place: &TokenPlace, pin: &Pin, most: usize) -> Result<Self, KeyError> {
        Ok(Self {
            module: Module::at(&place.module)?,
            place: place.clone(),
            pin: pin.clone(),
            most: most.max(1),
            state: Mutex::new(State { idle: Vec::new(), busy: 0 }),
            freed: Condvar::new(),
        })
    }

    /// Do `work` in a session, after waiting until one is free. When the token lost its state, it
    /// is tried again in a new session, which logs in; and then once more with the module started
    /// anew, which is what helps where a card was pulled and put back, or an HSM was restarted.
    pub(super) fn run<T>(
        &self,
        work: impl Fn(&Entered<'_>, &Opened) -> Result<T, Fault>,
    ) -> Result<T, KeyError> {
        let _turn = self.wait();
        let mut remedies = [Remedy::Sessions, Remedy::Module].into_iter();
        loop {
            let starts = self.module.enter().starts();
            let error = match self.attempt(&work) {
                Ok(done) => return Ok(done),
                Err(Fault::Lasting(error)) => return Err(error),
                Err(Fault::Lost(error)) => error,
            };
            match remedies.next() {
                Some(Remedy::Sessions) => self.forget(),
                Some(Remedy::Module) => match self.module.restart(starts) {
                    Ok(()) => self.forget(),
                    Err(Fault::Lasting(_) | Fault::Lost(_)) => return Err(error),
                },
                None => return Err(error),
            }
        }
    }

    /// The signature over `message`.
    pub(super) fn sign(&self, way: Way, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.run(|module, opened| self.signature(module, opened, way, message))
    }

    /// The signature over `message`, in this session.
    pub(super) fn signature(
        &self,
        module: &Entered<'_>,
        opened: &Opened,
        way: Way,
        message: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let (session, input) = (&opened.session, way.input(message)?);
        if !opened.asks_each_time {
            return Ok(way.output(session.sign(&way.mechanism(), opened.key, &input)?)?);
        }
        session.sign_init(&way.mechanism(), opened.key)?;
        token::confirm(module, session, opened.slot, &self.pin)?;
        session.sign_update(&input)?;
        Ok(way.output(session.sign_final()?)?)
    }

    fn attempt<T>(
        &self,
        work: impl Fn(&Entered<'_>, &Opened) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let module = self.module.enter();
        let idle = lock(&self.state).idle.pop().filter(|one| one.starts == module.starts());
        let opened = match idle {
            Some(opened) => opened,
            None => self.open(&module)?,
        };
        let done = work(&module, &opened);
        // What failed may have left an operation open in its session.
        if done.is_ok() {
            lock(&self.state).idle.push(opened);
        } else {
            token::close(opened.session);
        }
        done
    }

    fn open(&self, module: &Entered<'_>) -> Result<Opened, Fault> {
        let (session, slot) = token::open(module, &self.place.token, &self.pin, Access::Read)?;
        let found = token::private_key(&session, &self.place.key)
            .and_then(|key| Ok((key, token::asks_each_time(&session, key)?)));
        match found {
            Ok((key, asks_each_time)) => {
                Ok(Opened { session, slot, key, asks_each_time, starts: module.starts() })
            }
            Err(fault) => {
                token::close(session);
                Err(fault)
            }
        }
    }

    /// Drop the idle sessions: a token that lost one lost all.
    fn forget(&self) {
        let module = self.module.enter();
        let idle = std::mem::take(&mut lock(&self.state).idle);
        for one in idle {
            // A session of an earlier start is closed, and its number may be another's by now.
            if one.starts == module.starts() {
                token::close(one.session);
            }
        }
    }

    fn wait(&self) -> Turn<'_> {
        let state = lock(&self.state);
        let free = self.freed.wait_while(state, |state| state.busy >= self.most);
        free.unwrap_or_else(PoisonError::into_inner).busy += 1;
        Turn(self)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.forget();
    }
}

enum Remedy {
    Sessions,
    Module,
}

/// The right to use one session.
struct Turn<'a>(&'a Pool);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).busy -= 1;
        self.0.freed.notify_one();
    }
}
