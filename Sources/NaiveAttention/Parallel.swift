import Dispatch
import Synchronization

/// Indices that threads take one at a time, so that a faster core does more of them.
final class JobQueue: Sendable {
  private let count: Int
  private let taken = Atomic(0)

  init(count: Int) {
    self.count = count
  }

  /// The next index, or `nil` after the last.
  func next() -> Int? {
    let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < count ? index : nil
  }
}

/// Calls `worker` on up to `threads` threads, which share the indices below `jobs`.
///
/// A worker takes indices until there are none, and may set up its own buffers before.
func share(jobs: Int, threads: Int, worker: @Sendable (JobQueue) -> Void) {
  let queue = JobQueue(count: jobs)
  DispatchQueue.concurrentPerform(iterations: min(jobs, threads)) { _ in worker(queue) }
}
