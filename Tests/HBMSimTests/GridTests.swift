@_spi(Host) import HBMSim
import Synchronization
import Testing
import TileKernels

@Suite("A grid")
struct GridTests {
  private static let count = 23

  /// Softmax weights of one matrix an index, by blocks of queries, and their sums.
  ///
  /// A program ends in another phase than the one it began in.
  private func run(_ machine: Machine) throws -> (execution: Execution, output: [Float]) {
    let memory = machine.makeMemory()
    let (rows, columns) = (19, 21)
    let values = (0..<Self.count * rows * columns).map { Float($0 * 7919 % 1000) / 100 }
    let Q: HBMTensor<Queries, Features> = memory.place(
      "Q", HostBuffer(values), matrices: Self.count, rows: rows, columns: columns)
    let P: HBMTensor<Queries, Queries> = memory.allocate(
      "P", matrices: Self.count, rows: rows, columns: rows)
    let l: HBMTensor<Queries, One> = memory.allocate("l", vectors: Self.count, count: rows)
    let launch = Launch(grid: Self.count, footprint: 1 << 16, lanes: Queries.self)
    let execution = try machine.launch(launch, memory: memory) { core, index in
      let (Qs, Ps) = (Q[index].blocks(rows: 8), P[index].blocks(rows: 8, columns: 8))
      let sums = l[index].blocks(rows: 8)
      // Not all of P is computed, and what HBM holds at first is undefined.
      core.fill(P[index].blocks(rows: rows)[0], with: 0)
      for i in Qs.indices {
        core.begin(.main)
        let Qi = core.load(Qs[i])
        var li: TileVector<Queries> = core.vector(Qi.rows, repeating: 0)
        for j in Qs.indices where j <= index % 3 {  // not the same for all
          let Sij = product(Qi, transposed: core.load(Qs[j]), scaledBy: 0.1)
          let mij = rowMax(Sij)
          let Pij = exp(Sij, minus: mij)
          li = li + rowSum(Pij)
          core.store(Pij, to: Ps[i, j])
        }
        core.begin(Phase("sums"))
        core.store(li, to: sums[i])
      }
    }
    return (execution, memory.floats(of: P) + memory.floats(of: l))
  }

  @Test("counts and computes the same with any number of threads", arguments: [2, 7, 100])
  func threads(count: Int) throws {
    let one = try run(Machine(threads: 1))
    let many = try run(Machine(threads: count))
    #expect(one.execution == many.execution)
    #expect(one.output.map(\.bitPattern) == many.output.map(\.bitPattern))
  }

  @Test("counts the same whether it computes or not")
  func modes() throws {
    let counted = try run(Machine(mode: .count))
    #expect(try run(Machine(mode: .execute)).execution == counted.execution)
    #expect(counted.output.isEmpty)
  }

  @Test("counts the same with an observer")
  func observer() throws {
    let observed = try run(Machine(observer: Recorder()))
    let unobserved = try run(Machine())
    #expect(observed.execution == unobserved.execution)
    #expect(observed.output.map(\.bitPattern) == unobserved.output.map(\.bitPattern))
  }

  @Test("runs every index once", arguments: [0, 1, 2, 1000], [1, 2, 7])
  func indices(grid: Int, threads: Int) throws {
    let machine = Machine(mode: .count, threads: threads)
    // Not an array in a Mutex, whose lock the thread sanitizer does not see.
    let count = Atomic(0)
    let sum = Atomic(0)
    let squares = Atomic(0)
    let launch = Launch(grid: grid, footprint: 0, lanes: Queries.self)
    let run = try machine.launch(launch, memory: machine.makeMemory()) { _, index in
      count.add(1, ordering: .relaxed)
      sum.add(index, ordering: .relaxed)
      squares.add(index * index, ordering: .relaxed)
    }
    #expect(count.load(ordering: .relaxed) == grid)
    #expect(sum.load(ordering: .relaxed) == (0..<grid).reduce(0, +))
    #expect(squares.load(ordering: .relaxed) == (0..<grid).reduce(0) { $0 + $1 * $1 })
    #expect(run == Execution())
  }

  @Test("begins each of its programs in phase main", arguments: [1, 2, 7])
  func phases(threads: Int) throws {
    let machine = Machine(mode: .count, threads: threads)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, One> = memory.placeholder("A", matrices: 1, rows: 3, columns: 1)
    let launch = Launch(grid: 10, footprint: 12, lanes: Queries.self)
    let run = try machine.launch(launch, memory: memory) { core, _ in
      _ = core.load(A[0].blocks(rows: 3)[0])
      core.begin(.initialize)
      _ = core.load(A[0].blocks(rows: 1)[0])
    }
    #expect(run.ledger.traffic(in: .main).readElements == 10 * 3)
    #expect(run.ledger.traffic(in: .initialize).readElements == 10 * 1)
  }

  @Test("says how many of its programs are done")
  func progress() throws {
    let progress = LaunchProgress()
    let machine = Machine(sram: .bytes(8), mode: .count, threads: 2, progress: progress)
    let memory = machine.makeMemory()
    #expect((progress.total, progress.completed) == (0, 0))
    let launch = Launch(grid: 5, footprint: 8, lanes: Queries.self)
    _ = try machine.launch(launch, memory: memory) { _, _ in
      #expect(progress.total == 5)
      #expect(progress.completed < 5)
    }
    #expect((progress.total, progress.completed) == (5, 5))
    _ = try machine.launch(launch, memory: memory) { _, _ in }
    #expect((progress.total, progress.completed) == (10, 10))
    #expect(throws: LaunchError.self) { try machine.run(memory, footprint: 9) { _ in } }
    #expect((progress.total, progress.completed) == (10, 10))
    progress.reset()
    #expect((progress.total, progress.completed) == (0, 0))
  }
}
