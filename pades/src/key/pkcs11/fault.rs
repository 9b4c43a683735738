//! What a token says when something is wrong (PKCS#11 3.0, section 5.1), and what may help.

use cryptoki::error::{Error, RvError};

use super::super::KeyError;

/// Something went wrong with a token.
#[derive(Debug)]
pub(super) enum Fault {
    /// Sessions, handles, login or the token itself are lost: opened anew, it may work. If it
    /// does not, this is why.
    Lost(KeyError),
    /// Opening it anew would change nothing.
    Lasting(KeyError),
}

impl From<KeyError> for Fault {
    fn from(error: KeyError) -> Self {
        Self::Lasting(error)
    }
}

impl From<Fault> for KeyError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Lost(error) | Fault::Lasting(error) => error,
        }
    }
}

impl From<der::Error> for Fault {
    fn from(_: der::Error) -> Self {
        Self::Lasting(KeyError::SigningFailed)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let Error::Pkcs11(value, function) = error else {
            return Self::Lasting(KeyError::TokenRefused(error.to_string()));
        };
        let said = format!("{function}: {value:?}");
        match value {
            RvError::CryptokiNotInitialized
            | RvError::DeviceError
            | RvError::DeviceRemoved
            | RvError::FunctionFailed
            | RvError::GeneralError
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::OperationActive
            | RvError::SessionClosed
            | RvError::SessionHandleInvalid
            | RvError::SlotIdInvalid
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::UserNotLoggedIn => Self::Lost(KeyError::TokenGone(said)),
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => {
                Self::Lasting(KeyError::PinWrong)
            }
            RvError::PinLocked => Self::Lasting(KeyError::PinLocked),
            RvError::PinExpired | RvError::UserPinNotInitialized => {
                Self::Lasting(KeyError::PinUnset)
            }
            RvError::SessionCount => Self::Lasting(KeyError::TokenBusy),
            _ => Self::Lasting(KeyError::TokenRefused(said)),
        }
    }
}
