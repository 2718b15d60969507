//! Looking at one thing, so that of many who want to see it at once one looks for all. Knows nothing of what there is to see.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::Mutex;

use crate::aside::aside;

/// Looks at one thing; `M` is what it remembers from one look to the next.
#[derive(Debug)]
pub(super) struct Eye<T, M> {
    /// How many looks have begun.
    begun: AtomicU64,
    state: Mutex<State<T, M>>,
}

#[derive(Debug)]
struct State<T, M> {
    memory: M,
    /// The last look and its number, while somebody still has it.
    last: (u64, Weak<T>),
}

impl<T, M: Default> Default for Eye<T, M> {
    fn default() -> Self {
        let state = State { memory: M::default(), last: (0, Weak::new()) };
        Self { begun: AtomicU64::new(0), state: Mutex::new(state) }
    }
}

impl<T: Send + Sync + 'static, M: Default + Send + 'static> Eye<T, M> {
    /// What `look` sees, on a thread that may wait; or what another look saw that began after this was called: it tells the same. With
    /// it the number of the look: a later one has a larger number.
    ///
    /// # Errors
    /// Why nothing is seen.
    pub(super) async fn look<E: std::fmt::Display + Send + 'static>(
        &self,
        look: impl FnOnce(&mut M) -> Result<T, E> + Send + 'static,
    ) -> Result<(u64, Arc<T>), String> {
        let before = self.begun.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        if state.last.0 > before
            && let Some(seen) = state.last.1.upgrade()
        {
            return Ok((state.last.0, seen));
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let mut memory = std::mem::take(&mut state.memory);
        let done = aside(move || {
            let seen = look(&mut memory);
            (seen, memory)
        });
        let (seen, memory) = done.await?;
        state.memory = memory;
        let seen = Arc::new(seen.map_err(|e| e.to_string())?);
        state.last = (number, Arc::downgrade(&seen));
        Ok((number, seen))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    type Counting = Eye<u32, u32>;

    fn count(memory: &mut u32) -> Result<u32, String> {
        *memory += 1;
        Ok(*memory)
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime")
    }

    /// Begins to look and does not end before it is told to; returns how to tell it, and what it will see.
    fn slow(
        runtime: &tokio::runtime::Runtime,
        eye: &Arc<Counting>,
    ) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Arc<u32>>) {
        let (go, wait) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        let eye = Arc::clone(eye);
        let look = runtime.spawn(async move {
            let look = move |memory: &mut u32| {
                begun.send(()).expect("somebody waits");
                wait.recv().expect("somebody says when");
                count(memory)
            };
            eye.look(look).await.expect("it sees").1
        });
        begins.recv().expect("it begins");
        (go, look)
    }

    #[test]
    fn those_who_ask_while_somebody_looks_share_the_next_look() {
        let (runtime, eye) = (runtime(), Arc::new(Counting::default()));
        let (go, first) = slow(&runtime, &eye);
        let asking: Vec<_> = (0..5).map(|_| Arc::clone(&eye)).collect();
        let asked = runtime.block_on(async move {
            let mut all: Vec<_> = asking.iter().map(|eye| Box::pin(eye.look(count))).collect();
            for one in &mut all {
                // Each has asked before anybody goes on.
                assert!(futures_poll(one).await.is_none(), "nobody sees what began before it asked");
            }
            go.send(()).expect("it waits");
            let mut seen = Vec::new();
            for one in all {
                seen.push(one.await.expect("it sees").1);
            }
            seen
        });
        assert_eq!(*runtime.block_on(first).expect("it ends"), 1);
        assert!(asked.iter().all(|seen| **seen == 2), "{asked:?}");
    }

    /// Polls once.
    async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        std::future::poll_fn(|cx| match std::pin::Pin::new(&mut *future).poll(cx) {
            std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
            std::task::Poll::Pending => std::task::Poll::Ready(None),
        })
        .await
    }

    #[test]
    fn whoever_asks_later_looks_again() {
        let (runtime, eye) = (runtime(), Counting::default());
        let (before, first) = runtime.block_on(eye.look(count)).expect("it sees");
        let (after, second) = runtime.block_on(eye.look(count)).expect("it sees");
        assert_eq!((*first, *second), (1, 2));
        assert!(before < after);
    }

    #[test]
    fn a_look_that_fails_is_nobody_elses() {
        let (runtime, eye) = (runtime(), Counting::default());
        let failed = runtime.block_on(eye.look(|_| Err::<u32, _>("too dark"))).expect_err("it is dark");
        assert_eq!(failed, "too dark");
        let panicked = runtime.block_on(eye.look(|_| -> Result<u32, String> { panic!("blind") }));
        assert!(panicked.expect_err("it panics").contains("BUG"));
        assert_eq!(*runtime.block_on(eye.look(count)).expect("it sees").1, 1);
    }
}
