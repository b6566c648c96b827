import HBMSim
import Synchronization
import TestSupport
import Testing
import TileKernels

@Suite("SRAM")
struct SRAMTests {
  /// The peak of a program, which is the same in both modes, with a capacity of just that much; and
  /// an input of 6 × 5, cut into blocks.
  private func peak(
    _ program: @Sendable (borrowing Core, HBMMatrix<Queries, Keys>) -> Void
  ) throws -> Int {
    func run(_ mode: Machine.Mode, _ sram: Capacity, footprint: Int) throws -> Int {
      let machine = Machine(sram: sram, mode: mode)
      let memory = machine.makeMemory()
      let A: HBMTensor<Queries, Keys> = memory.ramp("A", rows: 6, columns: 5)
      return try machine.run(memory, footprint: footprint) { program($0, A[0]) }.peakSRAM
    }
    let peak = try run(.count, .unlimited, footprint: .max)
    #expect(try run(.execute, .bytes(peak), footprint: peak) == peak)
    return peak
  }

  @Test("is empty where there is no tile")
  func nothing() throws {
    #expect(try peak { _, _ in } == 0)
  }

  @Test("holds four bytes an element, and no padding")
  func tile() throws {
    #expect(try peak { core, A in _ = core.load(A.blocks(rows: 6)[0]) } == 4 * 30)
    #expect(try peak { core, A in _ = core.load(A.blocks(rows: 4)[1]) } == 4 * 10)
  }

  @Test("is given back at the end of a scope")
  func scopes() throws {
    let peak = try peak { core, A in
      let blocks = A.blocks(rows: 2)
      let outer = core.load(blocks[0])  // 10
      do {
        let a = core.load(blocks[1])  // 20
        let b: TileVector<Queries> = core.vector(7, repeating: 0)  // 27
        _ = (a.rows, b.rows)
      }
      do {
        let c = core.load(A.blocks(rows: 3)[0])  // 25
        _ = c.rows
      }
      for _ in 0..<9 {
        let d = core.load(blocks[2])  // 20, each time
        _ = d.rows
      }
      _ = outer.rows
    }
    #expect(peak == 4 * 27)
  }

  @Test("is not taken twice by an operation that consumes its tile")
  func consuming() throws {
    let peak = try peak { core, A in
      let S = core.loadWidened(A.blocks(rows: 6)[0])  // 30
      let m = rowMax(S)  // 36
      let P = exp(S, minus: m)  // 36
      let l = rowSum(P)  // 42
      _ = l.rows
    }
    #expect(peak == 4 * 42)
  }

  @Test("holds the terms of a sum until it is there")
  func temporaries() throws {
    let peak = try peak { core, _ in
      let a: TileVector<Queries> = core.vector(100, repeating: 1)
      let b: TileVector<Queries> = core.vector(100, repeating: 2)
      let sum = a * a + b * b  // a, b, two products and their sum
      do {
        let c: TileVector<Queries> = core.vector(150, repeating: 3)
        _ = c.rows
      }
      _ = (a.rows, b.rows, sum.rows)
    }
    #expect(peak == 4 * 500)
  }

  @Test("holds the old value of a variable until the new one is there")
  func reassignment() throws {
    let peak = try peak { core, _ in
      var m: TileVector<Queries> = core.vector(100, repeating: 1)
      for _ in 0..<3 { m = m + m }
      _ = m.rows
    }
    #expect(peak == 4 * 200)
  }

  @Test("holds one tile with an operation in place")
  func inPlace() throws {
    let peak = try peak { core, A in
      var O = core.loadWidened(A.blocks(rows: 6)[0])  // 30
      let l: TileVector<Queries> = core.vector(6, repeating: 2)  // 36
      O.scaleRows(by: l)
      O.divideRows(by: l)
    }
    #expect(peak == 4 * 36)
  }

  @Test("that a core has not is refused before anything runs, with both numbers")
  func capacity() throws {
    let runs = Atomic<Int>(0)
    let machine = Machine(sram: .bytes(100))
    let memory = machine.makeMemory()
    #expect(throws: LaunchError.insufficientSRAM(needed: 101, available: 100)) {
      try machine.run(memory, footprint: 101) { _ in runs.add(1, ordering: .relaxed) }
    }
    #expect(runs.load(ordering: .relaxed) == 0)
    try machine.run(memory, footprint: 100) { _ in runs.add(1, ordering: .relaxed) }
    #expect(runs.load(ordering: .relaxed) == 1)
    let message = LaunchError.insufficientSRAM(needed: 101, available: 100).description
    #expect(message == "The program needs 101 bytes of SRAM, and a core has 100.")
  }

  @Test("that a core has and the launch did not declare cannot be had")
  func footprint() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let machine = Machine(sram: .unlimited, mode: .count)
      try machine.run(machine.makeMemory(), footprint: 99) { core in
        let _: TileVector<Queries> = core.vector(25, repeating: 0)
      }
    }
    #expect(says(result?.standardErrorContent, "SRAM footprint exceeded"))
  }
}
