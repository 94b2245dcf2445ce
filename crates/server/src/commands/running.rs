//! What `dev` and `serve` share: a runtime, a socket, the server until it is told to stop.

use super::{Failure, Outcome};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::{listen, serving};

/// Serves a configuration. `secret` is what `dev` shows of its confidential application; `banner` is printed when the
/// first request can be answered.
pub fn run(config: Config, secret: Option<String>, banner: &str) -> Outcome {
    run_after(config, secret, banner, async |_| Ok(()))
}

/// The same, once `first` has been done with the parts.
pub fn run_after(
    config: Config,
    secret: Option<String>,
    banner: &str,
    first: impl AsyncFnOnce(&App) -> Result<(), Failure>,
) -> Outcome {
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::from_error)?;
    runtime.block_on(async {
        let address = config.server.listen;
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|cause| Failure(format!("`{address}` cannot be listened on: {cause}")))?;
        let app = serving::prepare(config, Clock::System, secret).await.map_err(Failure::from_error)?;
        first(&app).await?;
        tracing::info!(%address, "listening");
        if !banner.is_empty() {
            println!("{banner}");
        }
        serving::run(app, listener, listen::stop_signal()).await.map_err(Failure::from_error)?;
        tracing::info!("stopped");
        Ok(true)
    })
}
