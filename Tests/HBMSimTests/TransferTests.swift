@_spi(Host) import HBMSim
import Testing

@Suite("A core")
struct TransferTests {
  @Test("counts every element of the blocks that it loads", arguments: Machine.Mode.allCases)
  func loads(mode: Machine.Mode) throws {
    let machine = Machine(sram: .unlimited, mode: mode)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.ramp("A", matrices: 2, rows: 10, columns: 7)
    let run = try machine.run(memory) { core in
      let rows = A[1].blocks(rows: 4)  // 4 + 4 + 2
      for i in rows.indices { _ = core.load(rows[i]) }
      let blocks = A[0].blocks(rows: 4, columns: 5)  // (4 + 4 + 2) × (5 + 2)
      for i in blocks.rowIndices {
        for j in blocks.columnIndices { _ = core.load(blocks[i, j]) }
      }
      _ = core.load(blocks[2, 1])
    }
    let elements = 10 * 7 + 10 * 7 + 2 * 2
    #expect(run.traffic == Traffic(reads: elements, of: .f32))
    #expect(run.traffic.readBytes == 4 * elements)
  }

  @Test("counts every element that it stores and fills", arguments: Machine.Mode.allCases)
  func stores(mode: Machine.Mode) throws {
    let machine = Machine(sram: .unlimited, mode: mode)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.allocate("A", matrices: 1, rows: 10, columns: 7)
    let run = try machine.run(memory) { core in
      let blocks = A[0].blocks(rows: 4, columns: 5)
      core.fill(blocks[2, 0], with: 1)
      core.store(core.zeros(2, 2), to: blocks[2, 1])
    }
    #expect(run.traffic == Traffic(writes: 2 * 5 + 2 * 2, of: .f32))
  }

  @Test("computes constants without a transfer", arguments: Machine.Mode.allCases)
  func constants(mode: Machine.Mode) throws {
    let machine = Machine(sram: .unlimited, mode: mode)
    let run = try machine.run(machine.makeMemory()) { core in
      let _: Tile<Queries, Keys> = core.zeros(3, 5)
      let _: TileVector<Queries> = core.vector(7, repeating: 1)
    }
    #expect(run == Execution(peakSRAM: 4 * 3 * 5))
  }

  @Test("keeps traffic apart by phase and tensor, and begins in main")
  func parts() throws {
    let machine = Machine(sram: .unlimited, mode: .count)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.placeholder("A", matrices: 1, rows: 3, columns: 5)
    let B: HBMTensor<Queries, One> = memory.allocate("B", vectors: 1, count: 3)
    let (a, b) = (A[0].blocks(rows: 3)[0], B[0].blocks(rows: 2))
    let run = try machine.run(memory) { core in
      _ = core.load(a)
      core.begin(.initialize)
      core.fill(b[0], with: 0)
      core.begin(Phase("again"))
      _ = core.load(b[1])
      core.begin(.initialize)
      _ = core.load(a)
    }
    var expected = Ledger()
    expected.add(Traffic(reads: 15, of: .f32), phase: .main, tensor: "A")
    expected.add(Traffic(writes: 2, of: .f32), phase: .initialize, tensor: "B")
    expected.add(Traffic(reads: 15, of: .f32), phase: .initialize, tensor: "A")
    expected.add(Traffic(reads: 1, of: .f32), phase: Phase("again"), tensor: "B")
    #expect(run.ledger == expected)
    #expect(run.traffic == Traffic(reads: 31, writes: 2, of: .f32))
    #expect(run.operations == Operations())
  }

  @Test(
    "moves blocks unchanged, however tiles lie",
    arguments: [(1, 1), (17, 2), (7, 16), (33, 20), (5, 32)])
  func values(rows: Int, columns: Int) throws {
    let machine = Machine(sram: .unlimited)
    for lanes: any Axis.Type in [Queries.self, Keys.self] {
      for (blockRows, blockColumns) in [(1, 1), (4, 5), (16, 7), (2, 16), (100, 3), (100, 100)] {
        let memory = machine.makeMemory()
        let A: HBMTensor<Queries, Keys> = memory.ramp(
          "A", matrices: 2, rows: rows, columns: columns)
        let B: HBMTensor<Queries, Keys> = memory.allocate(
          "B", matrices: 2, rows: rows, columns: columns)
        try machine.run(memory, lanes: lanes) { core in
          for matrix in 0..<2 {
            let source = A[matrix].blocks(rows: blockRows, columns: blockColumns)
            let target = B[matrix].blocks(rows: blockRows, columns: blockColumns)
            for i in source.rowIndices {
              for j in source.columnIndices {
                core.store(core.load(source[i, j]), to: target[i, j])
              }
            }
          }
        }
        #expect(memory.floats(of: B) == (0..<2 * rows * columns).map(Float.init))
      }
    }
  }

  @Test("fills a block and nothing beside it")
  func fill() throws {
    let machine = Machine(sram: .unlimited)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.allocate("A", matrices: 3, rows: 2, columns: 3)
    try machine.run(memory) { core in
      for matrix in 0..<3 { core.fill(A[matrix].blocks(rows: 2)[0], with: 0) }
      core.fill(A[1].blocks(rows: 1, columns: 2)[1, 0], with: -.infinity)
    }
    let x = -Float.infinity
    #expect(memory.floats(of: A) == [0, 0, 0, 0, 0, 0, 0, 0, 0, x, x, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test("reads a placed tensor where it lies")
  func placed() throws {
    let machine = Machine(sram: .unlimited)
    let memory = machine.makeMemory()
    let host = HostBuffer([1, 2, 3])
    let a: HBMTensor<Queries, One> = memory.place("a", host, matrices: 1, rows: 3, columns: 1)
    let b: HBMTensor<Queries, One> = memory.allocate("b", vectors: 1, count: 3)
    host.withMutableElements { $0[1] = 20 }
    try machine.run(memory) { core in
      core.store(core.load(a[0].blocks(rows: 3)[0]), to: b[0].blocks(rows: 3)[0])
    }
    #expect(memory.floats(of: b) == [1, 20, 3])
    #expect(memory.contents(of: a) === host)
  }

  @Test("has no contents where the machine only counts")
  func counted() {
    let memory = Machine(mode: .count).makeMemory()
    let a: HBMTensor<Queries, One> = memory.allocate("a", vectors: 1 << 40, count: 1 << 20)
    let b: HBMTensor<Queries, One> = memory.ramp("b", rows: 3, columns: 1)
    #expect(memory.contents(of: a) == nil)
    #expect(memory.contents(of: b) == nil)
  }
}
