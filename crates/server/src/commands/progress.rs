//! A word to whoever waits: after two seconds it is told on standard error what is going on, on a terminal with the
//! seconds. Not known here: what is waited for.

use std::io::{IsTerminal as _, Write as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long nobody minds.
const PATIENCE: Duration = Duration::from_secs(2);

/// Something that may take long. It is over when this is dropped.
#[derive(Debug)]
pub struct Progress {
    over: Option<Sender<()>>,
    teller: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins; `what` as in "checking 480 files".
    pub fn of(what: String) -> Progress {
        let (over, ended) = channel::<()>();
        let teller = std::thread::spawn(move || {
            let terminal = std::io::stderr().is_terminal();
            let mut seconds = PATIENCE.as_secs();
            let mut wait = PATIENCE;
            while ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                if terminal {
                    eprint!("\r{what}, {seconds} s …");
                    let _ = std::io::stderr().flush();
                } else if wait == PATIENCE {
                    eprintln!("{what} …");
                }
                wait = Duration::from_secs(1);
                seconds += 1;
            }
            if terminal && wait != PATIENCE {
                eprint!("\r\u{1b}[K");
            }
        });
        Progress { over: Some(over), teller: Some(teller) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(teller) = self.teller.take() {
            let _ = teller.join();
        }
    }
}
