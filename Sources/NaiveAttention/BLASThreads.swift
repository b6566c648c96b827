import COpenBLAS
import Synchronization

/// Held while a computation relies on OpenBLAS's number of threads, which belongs to the process.
private let threadCountLock = Mutex(())

/// The result of `body`, during which each product of this thread runs on `threads` threads.
///
/// Calls run one after another. The count that OpenBLAS had before is restored.
func withBLASThreads<Result>(_ threads: Int, _ body: () -> sending Result) -> sending Result {
  threadCountLock.withLock { _ in
    let before = openblas_get_num_threads()
    openblas_set_num_threads(Int32(clamping: threads))
    defer { openblas_set_num_threads(before) }
    return body()
  }
}

/// Makes the products of this thread run on it alone.
///
/// Needed on each worker: OpenBLAS built with OpenMP, as Homebrew's is, counts per thread.
func useOneBLASThread() {
  openblas_set_num_threads(1)
}
