//! Work that takes its time, beside what must not wait: on few threads that stay, because each keeps memory of its own. Knows nothing of
//! the work.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::thread;

use tokio::sync::oneshot;

/// How many threads there are.
const THREADS: usize = 3;

type Job = Box<dyn FnOnce() + Send>;

/// Takes work in; the threads begin with the first.
static DESK: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (desk, jobs) = channel();
    let jobs = Arc::new(Mutex::new(jobs));
    for number in 0..THREADS {
        let jobs = Arc::clone(&jobs);
        let thread = thread::Builder::new().name(format!("aside-{number}")).spawn(move || attend(&jobs));
        thread.expect("a program that cannot start a thread can start nothing else");
    }
    desk
});

fn attend(jobs: &Mutex<Receiver<Job>>) {
    loop {
        // Whoever waits for work keeps the others waiting for it, which comes to the same.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

/// Does `work` on a thread that may wait; the error is that it panicked.
///
/// IMPORTANT: `work` must not wait for other work that is done here: all threads may be taken by those who wait.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let (tell, told) = oneshot::channel();
    let job = move || {
        // What `work` owns is gone after a panic, so nobody meets it half done.
        let done = catch_unwind(AssertUnwindSafe(work)).map_err(|_| "BUG: it panicked".to_owned());
        // Nobody may wait any more.
        drop(tell.send(done));
    };
    DESK.send(Box::new(job)).expect("the threads stay as long as the program");
    told.await.unwrap_or_else(|_| Err("BUG: nobody did it".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_few_threads_do_it_all_also_after_a_panic() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
        let threads = runtime.block_on(async {
            let work = |n: u32| {
                assert!(!n.is_multiple_of(7), "no");
                thread::current().id()
            };
            let all: Vec<_> = (0..200).map(|n| tokio::spawn(aside(move || work(n)))).collect();
            let mut threads = BTreeSet::new();
            let mut panics = 0;
            for one in all {
                match one.await.expect("it ends") {
                    Ok(thread) => drop(threads.insert(format!("{thread:?}"))),
                    Err(why) => panics += usize::from(why.contains("BUG")),
                }
            }
            assert_eq!(panics, 29);
            threads
        });
        assert!((1..=THREADS).contains(&threads.len()), "{threads:?}");
    }
}
