internal import Dispatch
internal import SIMDKernels
internal import Synchronization

/// A grid of equal programs, and what each needs.
public struct Launch: Sendable {
  /// How many times the program runs: once a head, or once a head and block of queries.
  public var grid: Int
  /// The SRAM that a program occupies at most, in bytes.
  public var footprint: Int
  /// The axis that SIMD lanes run along: tiles whose rows it is lie in memory column by column.
  public var lanes: any Axis.Type
  /// How many programs in a row take turns, by ``Core/awaitTurn(_:)``; nil where none do.
  public var chain: Int?

  /// Creates a launch.
  ///
  /// - Precondition: A chain has a program at least.
  public init(grid: Int, footprint: Int, lanes: any Axis.Type, chain: Int? = nil) {
    precondition(chain ?? 1 > 0, "Empty chain")
    self.grid = grid
    self.footprint = footprint
    self.lanes = lanes
    self.chain = chain
  }
}

extension Machine {
  /// Runs a program for every index of a grid, on all host threads, and adds up what was counted.
  ///
  /// Programs of one launch must not store where another loads or stores, but in turns. Then counts
  /// and results are the same, bit for bit, whatever the number of threads.
  ///
  /// - Parameters:
  ///   - launch: The grid, and what a program needs.
  ///   - memory: The memory that the program's matrices are in.
  ///   - program: What runs, given a core of its own and its index in the grid.
  /// - Throws: ``LaunchError/insufficientSRAM(needed:available:)``.
  /// - Precondition: No program holds more SRAM than declared, and no tile outlives its program.
  public func launch(
    _ launch: Launch, memory: HBM, _ program: @Sendable (borrowing Core, Int) -> Void
  ) throws(LaunchError) -> Execution {
    if let available = sram.byteCount, launch.footprint > available {
      throw .insufficientSRAM(needed: launch.footprint, available: available)
    }
    progress?.add(total: launch.grid)
    let turns = launch.chain.map { Turns(programs: launch.grid, chain: $0) }
    let workers = Workers(count: observer == nil ? min(threads, launch.grid) : 1) {
      CoreState(
        kernels: simd.kernelTable, executes: mode == .execute, lanes: launch.lanes,
        footprint: launch.footprint, records: memory.records, turns: turns, observer: observer)
    }
    let next = Atomic<Int>(0)
    workers.run { state in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        if index >= launch.grid { break }
        state.pointee.beginProgram(index)
        observer?.observe(.begin(launch: index))
        program(Core(state: state), index)
        precondition(state.pointee.used == 0, "A tile outlived its program")
        turns?.end(program: index)
        observer?.observe(.end(launch: index))
        progress?.complete()
      }
    }
    var execution = workers.execution
    // Which keeps what the handles of the program point to.
    execution.allocations = memory.allocations
    return execution
  }
}

/// The cores that share the grid of a launch.
private struct Workers: ~Copyable {
  private let states: UnsafeMutableBufferPointer<CoreState>

  init(count: Int, _ make: () -> CoreState) {
    states = .allocate(capacity: max(count, 1))
    for i in states.indices { states.initializeElement(at: i, to: make()) }
  }

  deinit {
    let states = states  // Changed through `self`, Swift 6.3 cannot compile it for TSan.
    for i in states.indices { states[i].freeMemory() }
    states.deinitialize()
    states.deallocate()
  }

  /// Calls `body` once a core, each on a thread of its own as far as there are threads.
  func run(_ body: @Sendable (UnsafeMutablePointer<CoreState>) -> Void) {
    nonisolated(unsafe) let states = states
    if states.count == 1 {
      body(states.baseAddress!)
    } else {
      DispatchQueue.concurrentPerform(iterations: states.count) { i in
        body(states.baseAddress! + i)
      }
    }
  }

  /// What all cores have done.
  var execution: Execution { states.reduce(Execution()) { $0 + $1.execution } }
}
