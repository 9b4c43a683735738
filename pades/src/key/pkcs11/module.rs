//! The vendor's library in this process. It has one state for everybody (PKCS#11 3.0, section
//! 5.4): it is started once, and who starts it anew takes away everybody's sessions.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use super::super::KeyError;
use super::fault::Fault;
use super::place::Pin;

/// The modules that were loaded, for as long as the process lives: a vendor's library need not
/// survive being unloaded.
static MODULES: Mutex<Vec<(PathBuf, Arc<Module>)>> = Mutex::new(Vec::new());

/// A module that was loaded and started.
pub(super) struct Module {
    context: Pkcs11,
    /// How often it was started. Held for reading while it is used: it must not be ended under
    /// somebody's call.
    starts: RwLock<u64>,
    /// PINs that were wrong, with the serial number of their token.
    refused: Mutex<Vec<(String, Pin)>>,
}

impl Module {
    /// The module at `path`.
    ///
    /// # Errors
    /// [`KeyError::ModuleUnusable`] when it can't be loaded or started.
    pub(super) fn at(path: &Path) -> Result<Arc<Self>, KeyError> {
        // Two spellings of a path are one library, with one state.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut modules = lock(&MODULES);
        if let Some((_, module)) = modules.iter().find(|(at, _)| *at == path) {
            return Ok(Arc::clone(module));
        }
        let context = Pkcs11::new(&path).map_err(|error| unusable(&error))?;
        start(&context)?;
        let module =
            Arc::new(Self { context, starts: RwLock::new(1), refused: Mutex::new(Vec::new()) });
        modules.push((path, Arc::clone(&module)));
        Ok(module)
    }

    /// Use it. A thread that is inside must not enter again.
    pub(super) fn enter(&self) -> Entered<'_> {
        let starts = self.starts.read().unwrap_or_else(PoisonError::into_inner);
        Entered { context: &self.context, starts, refused: &self.refused }
    }

    /// End it and start it anew, unless somebody did so since it was seen to have been started
    /// `seen` times.
    pub(super) fn restart(&self, seen: u64) -> Result<(), Fault> {
        let mut starts = self.starts.write().unwrap_or_else(PoisonError::into_inner);
        if *starts != seen {
            return Ok(());
        }
        *starts += 1;
        // Whether it was ended before is found when it is started.
        let _ = self.context.clone().finalize();
        Ok(start(&self.context)?)
    }
}

/// A module in use.
pub(super) struct Entered<'a> {
    context: &'a Pkcs11,
    starts: RwLockReadGuard<'a, u64>,
    refused: &'a Mutex<Vec<(String, Pin)>>,
}

impl Entered<'_> {
    /// How often the module was started; a session of an earlier time is gone, and its number may
    /// be another's by now.
    pub(super) fn starts(&self) -> u64 {
        *self.starts
    }

    /// The PINs that were wrong. Whoever logs in holds this, so that no two try a wrong one.
    pub(super) fn refused(&self) -> MutexGuard<'_, Vec<(String, Pin)>> {
        lock(self.refused)
    }
}

impl Deref for Entered<'_> {
    type Target = Pkcs11;

    fn deref(&self) -> &Pkcs11 {
        self.context
    }
}

fn start(context: &Pkcs11) -> Result<(), KeyError> {
    match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        // Another part of the process may use the library too.
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(error) => Err(unusable(&error)),
    }
}

fn unusable(error: &Error) -> KeyError {
    KeyError::ModuleUnusable(match error {
        Error::Pkcs11(value, function) => format!("{function}: {value:?}"),
        other => other.to_string(),
    })
}

/// What a lock guards here is whole after every statement, so that a panic elsewhere is no reason
/// to stop signing.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
