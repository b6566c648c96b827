internal import Synchronization

/// How far the launches of a machine are; may be read while they run.
public final class LaunchProgress: Sendable {
  private let done = Atomic<Int>(0)
  private let started = Atomic<Int>(0)
  private let earlier = Atomic<Int>(0)
  private let grids = Atomic<Int>(0)

  /// Creates a progress at zero.
  public init() {}

  /// Launches that were asked for since the last reset.
  public var total: Int { started.load(ordering: .relaxed) }

  /// Launches that are done.
  public var completed: Int { done.load(ordering: .relaxed) }

  /// Grids that were launched since the last reset.
  public var launches: Int { grids.load(ordering: .relaxed) }

  /// The part that is done of so many launches of grids, between 0 and 1; grids count alike.
  public func fraction(ofLaunches count: Int) -> Double {
    if launches == 0 { return 0 }
    let before = earlier.load(ordering: .relaxed)
    let current = Double(completed - before) / Double(max(total - before, 1))
    let done = Double(launches - 1) + min(max(current, 0), 1)
    return min(done / Double(max(count, 1)), 1)
  }

  /// Forgets all.
  public func reset() {
    done.store(0, ordering: .relaxed)
    started.store(0, ordering: .relaxed)
    earlier.store(0, ordering: .relaxed)
    grids.store(0, ordering: .relaxed)
  }

  func add(total: Int) {
    let before = started.add(total, ordering: .relaxed).oldValue
    earlier.store(before, ordering: .relaxed)
    grids.add(1, ordering: .relaxed)
  }
  func complete() { done.add(1, ordering: .relaxed) }
}
