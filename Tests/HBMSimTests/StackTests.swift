import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("Blocks one below the other")
struct StackTests {
  @Test(
    "are loaded and stored unchanged, and counted as blocks",
    arguments: ElementType.allCases, [3, 16])
  func elements(type: ElementType, columns: Int) throws {
    for mode in Machine.Mode.allCases {
      let machine = Machine(sram: .unlimited, mode: mode)
      let memory = machine.makeMemory()
      let A: HBMTensor<Queries, Keys> = memory.ramp(
        "A", matrices: 3, rows: 5, columns: columns, type: type)
      let B: HBMTensor<Queries, Keys> = memory.allocate(
        "B", matrices: 3, rows: 5, columns: columns)
      let run = try machine.run(memory, lanes: Keys.self) { core in
        for i in 0..<3 {
          let stack = core.load(stacking: (0..<3).map { A[$0].blocks(rows: 2)[i] })
          #expect(stack.rows == 3 * (i < 2 ? 2 : 1) && stack.columns == columns)
          #expect(stack.elementType == type)
          core.store(stack, toStacked: (0..<3).map { B[$0].blocks(rows: 2)[i] })
        }
      }
      #expect(memory.floats(of: B) == memory.floats(of: A))
      #expect(run.ledger.traffic(of: "A") == Traffic(reads: 3 * 5 * columns, of: type))
      #expect(run.ledger.traffic(of: "B") == Traffic(writes: 3 * 5 * columns, of: .f32))
      #expect(run.peakSRAM == 6 * columns * type.size)
    }
  }

  @Test("may be one block, which lies as any other", arguments: [true, false])
  func one(isColumnMajor: Bool) throws {
    let machine = Machine(sram: .unlimited)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.ramp("A", rows: 5, columns: 16)
    let B: HBMTensor<Queries, Keys> = memory.allocate("B", matrices: 1, rows: 5, columns: 16)
    try machine.run(memory, lanes: isColumnMajor ? Queries.self : Keys.self) { core in
      let stack = core.load(stacking: [A[0].blocks(rows: 5)[0]])
      core.store(stack, toStacked: [B[0].blocks(rows: 5)[0]])
    }
    #expect(memory.floats(of: B) == (0..<80).map(Float.init))
  }

  @Test("are changed part by part, in the SRAM of the whole")
  func parts() throws {
    let machine = Machine(sram: .unlimited)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.allocate("A", matrices: 1, rows: 6, columns: 3)
    let B: HBMTensor<Queries, One> = memory.allocate("B", vectors: 3, count: 2)
    let run = try machine.run(memory, lanes: Keys.self) { core in
      var tile: Tile<Queries, Keys> = core.zeros(6, 3)
      tile.forEachPart(of: 3) { index, part in
        #expect(part.rows == 2 && part.columns == 3)
        part.keepColumns { row in row == 1 ? 0..<3 : index..<index + 1 }
      }
      core.store(tile, to: A[0].blocks(rows: 6)[0])
      // Vectors have parts too, which can be stored.
      core.store(rowMax(tile), toStacked: (0..<3).map { B[$0].blocks(rows: 2)[0] })
      core.store(core.vector(2, repeating: 7), to: B[1].blocks(rows: 2)[0])
    }
    let out = -Float.infinity
    #expect(
      memory.floats(of: A)
        == [0, out, out, 0, 0, 0, out, 0, out, 0, 0, 0, out, out, 0, 0, 0, 0])
    #expect(memory.floats(of: B) == [0, 0, 7, 7, 0, 0])
    #expect(run.peakSRAM == 4 * (6 * 3 + 6))
  }

  @Test("trap where there are none, and where they are not alike", arguments: ["none", "shapes"])
  func mistakes(what: String) async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [what] in
      try runProgram(lanes: Keys.self) { core, A in
        _ = core.load(
          stacking: what == "none" ? [] : [A[0].blocks(rows: 2)[0], A[0].blocks(rows: 3)[0]])
      }
    }
    #expect(says(result?.standardErrorContent, what == "none" ? "No block" : "Shape mismatch"))
  }

  @Test("trap where lanes run along their rows, and where parts are unequal")
  func lanes() async {
    let stacked = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try runProgram(lanes: Queries.self) { core, A in
        _ = core.load(stacking: [A[0].blocks(rows: 2)[0], A[0].blocks(rows: 2)[1]])
      }
    }
    #expect(says(stacked?.standardErrorContent, "Parts of lines"))
    let unequal = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try runProgram(lanes: Keys.self) { core, A in
        var tile: Tile<Queries, Keys> = core.zeros(5, 3)
        tile.forEachPart(of: 2) { _, _ in }
      }
    }
    #expect(says(unequal?.standardErrorContent, "Unequal parts"))
    let loaded = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try runProgram(lanes: Keys.self) { core, A in
        var tile = core.load(A[0].blocks(rows: 2)[0])
        tile.forEachPart(of: 2) { _, _ in }
      }
    }
    #expect(says(loaded?.standardErrorContent, "Change of a tile that was loaded to be read"))
  }
}

/// Runs a program on a matrix of 5 rows and 3 columns.
private func runProgram(
  lanes: any Axis.Type,
  _ program: @Sendable (borrowing Core, HBMTensor<Queries, Keys>) -> Void
) throws {
  let machine = Machine(sram: .unlimited)
  let memory = machine.makeMemory()
  let A: HBMTensor<Queries, Keys> = memory.ramp("A", rows: 5, columns: 3)
  try machine.run(memory, lanes: lanes) { core in program(core, A) }
}
