import HBMSim
import SIMDKernels
import TestSupport
import Testing

/// What a program must not do, and what it is told.
@Suite("A machine traps")
struct TrapTests {
  @Test("at a store to an input")
  func storeToInput() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core, input, _ in core.store(core.zeros(4, 4), to: input) }
    }
    #expect(says(result?.standardErrorContent, "Store to an input"))
  }

  @Test("at the filling of an input")
  func fillOfInput() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core, input, _ in core.fill(input, with: 0) }
    }
    #expect(says(result?.standardErrorContent, "Store to an input"))
  }

  @Test("at a store of another shape")
  func shape() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core, _, output in core.store(core.zeros(4, 3), to: output) }
    }
    #expect(says(result?.standardErrorContent, "Shape mismatch"))
  }

  nonisolated(unsafe) private static var kept: Tile<Queries, Keys>?

  @Test("at a tile that outlives its program")
  func lifetime() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core, input, _ in TrapTests.kept = core.load(input) }
    }
    #expect(says(result?.standardErrorContent, "A tile outlived its program"))
  }

  @Test("at blocks that are not there")
  func blocks() async {
    let below = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = matrix().blocks(rows: 4)[-1]
    }
    let above = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = matrix().blocks(rows: 4)[2]
    }
    let beside = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = matrix().blocks(rows: 4, columns: 3)[0, 2]
    }
    for result in [below, above, beside] {
      #expect(says(result?.standardErrorContent, "Block out of range"))
    }
  }

  @Test("at matrices that are not there")
  func matrices() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = tensor()[1]
    }
    #expect(says(result?.standardErrorContent, "Matrix out of range"))
  }

  @Test("at blocks and tensors of nothing")
  func empty() async {
    let block = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = matrix().blocks(rows: 0)
    }
    #expect(says(block?.standardErrorContent, "Empty block"))
    let tensor = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let _: HBMTensor<Queries, Keys> = Machine().makeMemory()
        .allocate("A", matrices: 1, rows: 0, columns: 3)
    }
    #expect(says(tensor?.standardErrorContent, "Empty tensor"))
  }

  @Test("at contents of another size")
  func contents() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let _: HBMTensor<Queries, Keys> = Machine().makeMemory()
        .place("A", HostBuffer(zeros: 11), matrices: 2, rows: 2, columns: 3)
    }
    #expect(says(result?.standardErrorContent, "Shape mismatch"))
  }

  @Test("at placeholders to compute with")
  func placeholder() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let _: HBMTensor<Queries, Keys> = Machine().makeMemory()
        .placeholder("A", matrices: 2, rows: 2, columns: 3)
    }
    #expect(says(result?.standardErrorContent, "A placeholder has no contents to execute with"))
  }

  @Test("at no threads")
  func threads() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Machine(threads: 0)
    }
    #expect(says(result?.standardErrorContent, "No threads"))
  }

  @Test("at an instruction set that the CPU does not run")
  func instructionSet() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      #if arch(arm64)
        _ = Machine(simd: .avx2)
      #else
        _ = Machine(simd: .neon)
      #endif
    }
    #expect(says(result?.standardErrorContent, "Instruction set unavailable"))
  }
}

/// Runs a program with a block of an input and one of an output, 4 × 4 each.
private func run(
  _ program: @Sendable (borrowing Core, HBMBlock<Queries, Keys>, HBMBlock<Queries, Keys>) -> Void
) throws {
  let machine = Machine(threads: 1)
  let memory = machine.makeMemory()
  let A: HBMTensor<Queries, Keys> = memory.ramp("A", rows: 4, columns: 4)
  let B: HBMTensor<Queries, Keys> = memory.allocate("B", matrices: 1, rows: 4, columns: 4)
  try machine.run(memory, footprint: 4096) { core in
    program(core, A[0].blocks(rows: 4)[0], B[0].blocks(rows: 4)[0])
  }
}

/// One matrix of 8 × 6.
private func tensor() -> HBMTensor<Queries, Keys> {
  Machine(mode: .count).makeMemory().placeholder("A", matrices: 1, rows: 8, columns: 6)
}

private func matrix() -> HBMMatrix<Queries, Keys> { tensor()[0] }
