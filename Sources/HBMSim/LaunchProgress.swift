internal import Synchronization

/// How far the launches of a machine are; may be read while they run.
public final class LaunchProgress: Sendable {
  private let done = Atomic<Int>(0)
  private let started = Atomic<Int>(0)

  /// Creates a progress at zero.
  public init() {}

  /// Launches that were asked for since the last reset.
  public var total: Int { started.load(ordering: .relaxed) }

  /// Launches that are done.
  public var completed: Int { done.load(ordering: .relaxed) }

  /// Forgets all.
  public func reset() {
    done.store(0, ordering: .relaxed)
    started.store(0, ordering: .relaxed)
  }

  func add(total: Int) { started.add(total, ordering: .relaxed) }
  func complete() { done.add(1, ordering: .relaxed) }
}
