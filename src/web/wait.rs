//! Waiting with an end: `AbortSignal`s of the caller and time limits. A future that loses the race is dropped, which ends its downloads.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, MessageChannel};

use super::host::{clear_timeout, set_timeout};
use crate::error::{Error, Result};

/// `work`, or `Aborted` as soon as the signal fires.
pub(super) async fn unless_aborted<T>(
    signal: Option<&AbortSignal>,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let Some(signal) = signal else { return work.await };
    if signal.aborted() {
        return Err(Error::Aborted);
    }
    let (fired, _listening) = Listening::to(signal);
    match select(pin!(work), fired).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Error::Aborted),
    }
}

/// `work`, or `DownloadTimeout` naming `url` when `milliseconds` have passed since its start or the last restart of the timer that it is given.
pub(super) async fn while_moving<T>(
    milliseconds: f64,
    url: &str,
    work: impl AsyncFnOnce(&Timer) -> Result<T>,
) -> Result<T> {
    let (rings, timer) = Timer::start(milliseconds);
    match select(pin!(work(&timer)), rings).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => Err(Error::DownloadTimeout { url: url.to_owned(), seconds: milliseconds / 1000.0 }),
    }
}

/// Lets the event loop turn once: answers of the network that have come are taken up.
pub(super) async fn turn() {
    // A message to oneself: timers wait for a second and more in pages that are not seen.
    let Ok(channel) = MessageChannel::new() else { return };
    let (promise, resolver) = promise_and_resolver();
    channel.port1().set_onmessage(Some(&resolver));
    if channel.port2().post_message(&JsValue::UNDEFINED).is_ok() {
        let _ = JsFuture::from(promise).await;
    }
    channel.port1().close();
}

/// A listener for `abort` that is taken off again when it is dropped, so that a long-lived signal does not gather them.
///
/// Its promise is settled then too: a `JsFuture` keeps its closures until its promise settles, also when nobody waits for it any more.
struct Listening {
    signal: AbortSignal,
    listener: Function,
}

impl Listening {
    fn to(signal: &AbortSignal) -> (JsFuture, Self) {
        let (promise, listener) = promise_and_resolver();
        let _ = signal.add_event_listener_with_callback("abort", &listener);
        (JsFuture::from(promise), Self { signal: signal.clone(), listener })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener_with_callback("abort", &self.listener);
        let _ = self.listener.call0(&JsValue::UNDEFINED);
    }
}

/// A timer that is cleared when it is dropped. Its promise is settled then, for the reason that `Listening` has.
pub(super) struct Timer {
    milliseconds: f64,
    ring: Function,
    id: RefCell<JsValue>,
}

impl Timer {
    fn start(milliseconds: f64) -> (JsFuture, Self) {
        let (promise, ring) = promise_and_resolver();
        let id = RefCell::new(set_timeout(&ring, milliseconds));
        (JsFuture::from(promise), Self { milliseconds, ring, id })
    }

    /// Lets the time begin anew.
    pub(super) fn restart(&self) {
        let former = self.id.replace(set_timeout(&self.ring, self.milliseconds));
        clear_timeout(&former);
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(&self.id.borrow());
        let _ = self.ring.call0(&JsValue::UNDEFINED);
    }
}

fn promise_and_resolver() -> (Promise, Function) {
    let mut resolver = None;
    let promise = Promise::new(&mut |resolve, _reject| resolver = Some(resolve));
    // The executor of a promise runs at once, so the resolver is there.
    (promise, resolver.unwrap_or_else(|| Function::new_no_args("")))
}
