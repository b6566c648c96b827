@_spi(Host) import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("Half precision")
struct ElementTypeTests {
  static let halves = [ElementType.f16, .bf16]

  @Test("is rounded by a store and exact after a load, however tiles lie", arguments: halves)
  func values(type: ElementType) throws {
    let machine = Machine(sram: .unlimited)
    for (rows, columns) in [(1, 1), (17, 2), (7, 16), (33, 20), (50, 1)] {
      for lanes: any Axis.Type in [Queries.self, Keys.self] {
        for (blockRows, blockColumns) in [(1, 1), (4, 5), (16, 7), (100, 100)] {
          let memory = machine.makeMemory()
          let A: HBMTensor<Queries, Keys> = memory.ramp(
            "A", matrices: 2, rows: rows, columns: columns)
          let B: HBMTensor<Queries, Keys> = memory.allocate(
            "B", matrices: 2, rows: rows, columns: columns, type: type)
          let C: HBMTensor<Queries, Keys> = memory.allocate(
            "C", matrices: 2, rows: rows, columns: columns)
          try machine.run(memory, lanes: lanes) { core in
            for matrix in 0..<2 {
              let a = A[matrix].blocks(rows: blockRows, columns: blockColumns)
              let b = B[matrix].blocks(rows: blockRows, columns: blockColumns)
              let c = C[matrix].blocks(rows: blockRows, columns: blockColumns)
              for i in a.rowIndices {
                for j in a.columnIndices {
                  core.store(core.load(a[i, j]), to: b[i, j])
                  core.store(core.load(b[i, j]), to: c[i, j])
                }
              }
            }
          }
          let expected = (0..<2 * rows * columns).map { type.rounded(Float($0)) }
          #expect(memory.floats(of: B) == expected)
          #expect(memory.floats(of: C) == expected)
        }
      }
    }
  }

  @Test("counts two bytes an element", arguments: halves, Machine.Mode.allCases)
  func traffic(type: ElementType, mode: Machine.Mode) throws {
    let machine = Machine(sram: .unlimited, mode: mode)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.ramp("A", rows: 6, columns: 5, type: type)
    let B: HBMTensor<Queries, Keys> = memory.allocate(
      "B", matrices: 1, rows: 6, columns: 5, type: type)
    let run = try machine.run(memory) { core in
      core.store(core.load(A[0].blocks(rows: 4)[1]), to: B[0].blocks(rows: 4)[1])
      core.fill(B[0].blocks(rows: 4)[0], with: 1)
    }
    #expect(
      run.traffic
        == Traffic(readElements: 10, writtenElements: 30, readBytes: 20, writtenBytes: 60))
    #expect(run.peakSRAM == 20)
  }

  @Test("occupies two bytes an element of SRAM to be read, and four to be changed")
  func residency() throws {
    let machine = Machine(sram: .unlimited, mode: .count)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.ramp("A", rows: 6, columns: 5, type: .f16)
    #expect(try machine.run(memory) { _ = $0.load(A[0].blocks(rows: 6)[0]) }.peakSRAM == 60)
    #expect(try machine.run(memory) { _ = $0.loadWidened(A[0].blocks(rows: 6)[0]) }.peakSRAM == 120)
  }

  @Test("fills with a rounded number, and −∞", arguments: halves)
  func fill(type: ElementType) throws {
    let machine = Machine(sram: .unlimited)
    let memory = machine.makeMemory()
    let A: HBMTensor<Queries, Keys> = memory.allocate(
      "A", matrices: 1, rows: 2, columns: 3, type: type)
    try machine.run(memory) { core in
      core.fill(A[0].blocks(rows: 1)[0], with: 1.001)
      core.fill(A[0].blocks(rows: 1)[1], with: -.infinity)
    }
    let x = type.rounded(1.001)
    #expect(memory.floats(of: A) == [x, x, x, -.infinity, -.infinity, -.infinity])
  }

  @Test("is not changed in place: arithmetic is in f32")
  func change() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let machine = Machine(sram: .unlimited, mode: .count)
      let memory = machine.makeMemory()
      let A: HBMTensor<Queries, Keys> = memory.ramp("A", rows: 6, columns: 5, type: .f16)
      try machine.run(memory) { core in
        var tile = core.load(A[0].blocks(rows: 6)[0])
        tile.divideRows(by: rowSum(tile))
      }
    }
    #expect(says(result?.standardErrorContent, "Change of elements that are not f32"))
  }
}
