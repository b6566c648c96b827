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

  @Test("is not changed where it was loaded to be read: arithmetic is in f32")
  func change() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try changeLoaded(.f16)
    }
    #expect(says(result?.standardErrorContent, "Change of a tile that was loaded to be read"))
  }

  @Test("is not changed where it was loaded to be read, if it is f32 either")
  func changeOfFloats() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try changeLoaded(.f32)
    }
    #expect(says(result?.standardErrorContent, "Change of a tile that was loaded to be read"))
  }
}

private func changeLoaded(_ type: ElementType) throws {
  let machine = Machine(sram: .unlimited, mode: .count)
  let memory = machine.makeMemory()
  let A: HBMTensor<Queries, Keys> = memory.ramp("A", rows: 6, columns: 5, type: type)
  try machine.run(memory) { core in
    var tile = core.load(A[0].blocks(rows: 6)[0])
    tile.divideRows(by: rowSum(tile))
  }
}

@Suite("Truth values")
struct TruthValueTests {
  @Test("are 1 where what is stored is not 0, and 0 elsewhere", arguments: [false, true])
  func values(isColumnMajor: Bool) throws {
    let machine = Machine(sram: .unlimited)
    let numbers: [Float] = [0, -0.0, 1, -2, .leastNonzeroMagnitude, .infinity, -.infinity, .nan]
    for (rows, columns) in [(1, 1), (17, 3), (20, 33)] {
      let memory = machine.makeMemory()
      let elements = (0..<rows * columns).map { numbers[$0 * 5 % 8] }
      let A: HBMTensor<Queries, Keys> = memory.place(
        "A", HostBuffer(elements), matrices: 1, rows: rows, columns: columns)
      let Z: HBMTensor<Queries, Keys> = memory.allocate(
        "Z", matrices: 1, rows: rows, columns: columns, type: .bool)
      let run = try machine.run(memory, lanes: isColumnMajor ? Queries.self : Keys.self) { core in
        let (a, z) = (A[0].blocks(rows: 7, columns: 18), Z[0].blocks(rows: 7, columns: 18))
        for i in a.rowIndices {
          for j in a.columnIndices { core.store(core.load(a[i, j]), to: z[i, j]) }
        }
      }
      let expected: [UInt8] = elements.map { $0 == 0 ? 0 : 1 }
      let bytes = memory.contents(of: Z)?.withBytes { bytes in
        bytes.byteOffsets.map { bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }
      }
      #expect(bytes == expected)
      #expect(run.ledger.traffic(of: "Z") == Traffic(writes: rows * columns, of: .bool))
      #expect(run.ledger.traffic(of: "Z").writtenBytes == rows * columns)
    }
  }

  @Test("are set by the host before a launch, and loaded as 0 and 1")
  func host() throws {
    let buffer = HostBuffer(zeros: 5, of: .bool)
    buffer.withMutableTruthValues { values in
      values[1] = 1
      values[4] = 7
    }
    #expect(buffer.floats == [0, 1, 0, 0, 1])
  }

  @Test("are not set in a buffer of numbers")
  func hostMistake() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      HostBuffer(zeros: 5).withMutableTruthValues { $0[0] = 1 }
    }
    #expect(says(result?.standardErrorContent, "Elements that are no truth values"))
  }

  @Test("occupy a byte of SRAM to be read, whether there are numbers or not")
  func residency() throws {
    for mode in Machine.Mode.allCases {
      let machine = Machine(sram: .unlimited, mode: mode)
      let memory = machine.makeMemory()
      let Z: HBMTensor<Queries, Keys> = memory.allocate(
        "Z", matrices: 1, rows: 6, columns: 5, type: .bool)
      let run = try machine.run(memory) { core in
        core.fill(Z[0].blocks(rows: 6)[0], with: 3)
        _ = core.load(Z[0].blocks(rows: 6)[0])
      }
      #expect(run.peakSRAM == 30)
      #expect(
        run.traffic
          == Traffic(readElements: 30, writtenElements: 30, readBytes: 30, writtenBytes: 30))
      if mode == .execute { #expect(memory.floats(of: Z) == Array(repeating: 1, count: 30)) }
    }
  }
}
