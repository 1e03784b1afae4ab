//! Around every request: the leash by which it can be ended from outside (the library itself has no such handle), and
//! the deadline for its header.

use crate::{flight::Leash, forward::Forward, options::Limits};
use async_trait::async_trait;
use pingora_core::{
    apps::{HttpServerApp, HttpServerOptions, ReusedHttpStream},
    protocols::http::{
        ServerSession,
        v2::server::{H2Options, default_h2_options},
    },
    server::ShutdownWatch,
};
use pingora_proxy::HttpProxy;
use std::{sync::Arc, time::Duration};

tokio::task_local! {
    /// The leash of the request that the current task serves.
    static LEASH: Arc<Leash>;
}

/// The leash of the request that the current task serves.
pub(crate) fn leash() -> Option<Arc<Leash>> {
    LEASH.try_with(Arc::clone).ok()
}

/// The proxy for connections of one protocol.
pub(crate) struct Front {
    proxy: Arc<HttpProxy<Forward>>,
    options: HttpServerOptions,
    h2: H2Options,
    arrive: Duration,
}

impl Front {
    /// For HTTP/2 without TLS (`h2`), or for HTTP/1.
    pub(crate) fn new(proxy: Arc<HttpProxy<Forward>>, limits: &Limits, h2: bool) -> Self {
        let mut options = HttpServerOptions::default();
        options.h2c = h2;
        options.h2_idle_timeout = Some(limits.idle);
        let mut h2 = default_h2_options();
        h2.max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX));
        h2.max_concurrent_streams(limits.h2_streams);
        Self { proxy, options, h2, arrive: limits.idle + limits.header_timeout }
    }

    /// Ends when the request should have arrived and has not.
    async fn overdue(&self, leash: &Leash) {
        tokio::time::sleep(self.arrive).await;
        if leash.has_arrived() {
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl HttpServerApp for Front {
    async fn process_new_http(
        self: &Arc<Self>,
        session: ServerSession,
        shutdown: &ShutdownWatch,
    ) -> Option<ReusedHttpStream> {
        let leash = Arc::new(Leash::default());
        let request = LEASH.scope(leash.clone(), self.proxy.process_new_http(session, shutdown));
        // Dropping the request closes both of its connections and takes it out of its gauge.
        tokio::select! {
            biased;
            reusable = request => reusable,
            () = leash.was_cut() => None,
            () = self.overdue(&leash) => None,
        }
    }

    fn h2_options(&self) -> Option<H2Options> {
        Some(self.h2.clone())
    }

    fn server_options(&self) -> Option<&HttpServerOptions> {
        Some(&self.options)
    }

    async fn http_cleanup(&self) {
        self.proxy.http_cleanup().await;
    }
}
