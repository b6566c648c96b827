internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How far the programs of a launch have come, in steps that they number themselves: so that one can wait
/// for the one before it.
///
/// A GPU's kernels do the same by counters in HBM ("semaphores"); transfers of these are not counted.
final class Turns: @unchecked Sendable {
  /// Programs in a row that wait for one another.
  private let chain: Int
  private let count: Int
  /// The steps that each program has passed.
  private let passed: UnsafeMutablePointer<Atomic<Int>>

  init(programs: Int, chain: Int) {
    self.chain = chain
    count = programs
    passed = .allocate(capacity: programs)
    for i in 0..<programs { (passed + i).initialize(to: Atomic(0)) }
  }

  deinit {
    passed.deinitialize(count: count)
    passed.deallocate()
  }

  /// Waits until the program before this one has passed a step; at once where this one is the first.
  func wait(program: Int, step: Int) {
    if program % chain == 0 { return }
    // Programs begin in ascending order: the one before is running, or has ended.
    while passed[program - 1].load(ordering: .acquiring) <= step { sched_yield() }
  }

  /// Lets the program after this one go beyond a step.
  func pass(program: Int, step: Int) {
    passed[program].store(step + 1, ordering: .releasing)
  }

  /// Lets the program after this one go beyond all steps, once this one may.
  func end(program: Int) {
    wait(program: program, step: .max - 1)
    pass(program: program, step: .max - 1)
  }
}
