import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("Philox")
struct PhiloxTests {
  @Test("gives Random123's answers")
  func answers() {
    for answer in philoxAnswers {
      let key = SIMD2(UInt32(truncatingIfNeeded: answer.seed), UInt32(answer.seed >> 32))
      let counter = SIMD4(answer.counter)
      #expect(TileKernels.Philox(key: key).words(at: counter) == SIMD4(answer.ten))
      #expect(TileKernels.Philox(key: key, rounds: 7).words(at: counter) == SIMD4(answer.seven))
      #expect(TileKernels.Philox(key: key, rounds: 0).words(at: counter) == counter)
    }
  }
}

@Suite("Dropout")
struct DropoutTests {
  private let dropout = Dropout(probability: 0.3, seed: 0xFEDC_BA98_7654_3210)

  @Test("has a threshold and a scale")
  func numbers() {
    #expect(Dropout(probability: 0, seed: 1).threshold == 1 << 32)
    #expect(Dropout(probability: 0, seed: 1).scale == 1)
    #expect(Dropout(probability: 0.5, seed: 1).threshold == 1 << 31)
    #expect(Dropout(probability: 0.5, seed: 1).scale == 2)
    #expect(Dropout(probability: 0.1, seed: 1).threshold == 3_865_470_566)  // of 3 865 470 566.4
    #expect(Dropout(probability: 1.0.nextDown, seed: 1).threshold == 0)
    #expect(Dropout(probability: 1.0.nextDown, seed: 1).scale == 0x1p53)
  }

  @Test("keeps by the word of the key")
  func definition() {
    let philox = TestSupport.Philox(seed: dropout.seed)
    for (batch, head, query, key) in [(0, 0, 0, 0), (1, 2, 3, 4), (9, 8, 7, 6), (0, 1, 5, 1023)] {
      let word = philox.word(batch: batch, head: head, query: query, key: key)
      #expect(
        dropout.keeps(batch: batch, head: head, query: query, key: key)
          == (word < dropout.threshold))
      #expect(Dropout(probability: 0, seed: 3).keeps(batch: batch, head: head, query: 1, key: 2))
    }
  }

  @Test(
    "says of a row what it says of each key",
    arguments: [0..<1, 0..<64, 3..<5, 6..<77, 201..<246, 9..<9, 8..<8])
  func row(keys: Range<Int>) {
    for dropout in [dropout, Dropout(probability: 0, seed: 1), Dropout(probability: 0.9, seed: 2)] {
      let expected = keys.map { dropout.keeps(batch: 2, head: 3, query: 5, key: $0) }
      #expect(dropout.mask(batch: 2, head: 3, query: 5, keys: keys) == expected)
    }
  }

  @Test("does not depend on the tiling", arguments: Lanes.allCases, [(37, 45), (16, 4), (5, 7)])
  func tilings(lanes: Lanes, block: (rows: Int, columns: Int)) throws {
    var random = SeededGenerator(seed: 1)
    let (rows, columns, dropout) = (37, 45, dropout)
    let x = random.floats(rows * columns)
    let memory = Machine().makeMemory()
    let input: HBMTensor<Queries, Keys> = memory.place(
      "X", HostBuffer(x), matrices: 1, rows: rows, columns: columns)
    let result: HBMTensor<Queries, Keys> = memory.allocate(
      "Y", matrices: 1, rows: rows, columns: columns)
    let launch = Launch(grid: 1, footprint: 192 << 10, lanes: lanes.axis)
    _ = try Machine().launch(launch, memory: memory) { core, _ in
      let source = input[0].blocks(rows: block.rows, columns: block.columns)
      let target = result[0].blocks(rows: block.rows, columns: block.columns)
      for i in source.rowIndices {
        for j in source.columnIndices {
          var tile = core.loadWidened(source[i, j])
          tile.dropOut(
            dropout, batch: 2, head: 3, firstQuery: 100 + i * block.rows,
            firstKey: 201 + j * block.columns)
          core.store(tile, to: target[i, j])
        }
      }
    }
    let expected = x.indices.map { i in
      dropout.keeps(batch: 2, head: 3, query: 100 + i / columns, key: 201 + i % columns)
        ? x[i] * dropout.scale : 0
    }
    #expect(memory.floats(of: result) == expected)
  }

  @Test("gives a copy, which takes SRAM", arguments: Lanes.allCases)
  func copy(lanes: Lanes) throws {
    let (x, dropout) = (Array(repeating: Float(2), count: 35), dropout)
    let memory = Machine().makeMemory()
    let input: HBMBlock<Queries, Keys> = memory.input("X", x, rows: 5, columns: 7)
    let sum: (floats: [Float], execution: Execution) = try run(
      memory, lanes: lanes, rows: 5, columns: 7
    ) { core, result in
      let tile = core.load(input)
      var dropped = tile.droppedOut(dropout, batch: 0, head: 0, firstQuery: 0, firstKey: 0)
      dropped.addElements(of: tile)
      core.store(dropped, to: result)
    }
    let expected = x.indices.map { i in
      dropout.keeps(batch: 0, head: 0, query: i / 7, key: i % 7) ? 2 * dropout.scale + 2 : 2
    }
    #expect(sum.floats == expected)
    #expect(sum.execution.peakSRAM == 2 * 4 * 35)
    #expect(sum.execution.operations == Operations(other: 35 + 35))
  }

  @Test(
    "has a mask in SRAM: 1 for what is kept, and 0", arguments: Lanes.allCases,
    [(33, 21), (5, 7), (1, 64)])
  func tileMask(lanes: Lanes, size: (rows: Int, columns: Int)) throws {
    let (rows, columns) = size
    for dropout in [dropout, Dropout(probability: 0, seed: 1)] {
      let memory = Machine().makeMemory()
      let mask: (floats: [Float], execution: Execution) = try run(
        memory, lanes: lanes, rows: rows, columns: columns
      ) { core, result in
        let tile: Tile<Queries, Keys> = core.zeros(rows, columns)
        let kept = tile.dropoutMask(dropout, batch: 2, head: 3, firstQuery: 5, firstKey: 6)
        core.store(kept, to: result)
      }
      let expected: [Float] = (0..<rows * columns).map { i in
        dropout.keeps(batch: 2, head: 3, query: 5 + i / columns, key: 6 + i % columns) ? 1 : 0
      }
      #expect(mask.floats == expected)
      #expect(mask.execution.peakSRAM == 2 * 4 * rows * columns)
      #expect(mask.execution.operations == Operations(other: rows * columns))
    }
  }

  @Test(
    "has a mask of whatever keys, whose elements are kept one by one",
    arguments: [0..<1, 0..<64, 3..<5, 6..<77, 201..<246, 9..<9])
  func mask(keys: Range<Int>) {
    for dropout in [dropout, Dropout(probability: 0, seed: 1), Dropout(probability: 0.9, seed: 2)] {
      let expected = (5..<9).flatMap { query in
        keys.map { dropout.keeps(batch: 2, head: 3, query: query, key: $0) }
      }
      #expect(dropout.mask(batch: 2, head: 3, queries: 5..<9, keys: keys) == expected)
    }
  }

  @Test("has a probability from 0 to less than 1")
  func probability() async {
    await #expect(processExitsWith: .failure) { _ = Dropout(probability: 1, seed: 0).threshold }
    await #expect(processExitsWith: .failure) { _ = Dropout(probability: -0.1, seed: 0).threshold }
    await #expect(processExitsWith: .failure) { _ = Dropout(probability: .nan, seed: 0).threshold }
  }

  @Test("has places that words can number")
  func places() async {
    await #expect(processExitsWith: .failure) { try Self.drop(firstKey: -1) }
    await #expect(processExitsWith: .failure) { try Self.drop(firstKey: (1 << 32) - 1) }
    await #expect(processExitsWith: .success) { try Self.drop(firstKey: (1 << 32) - 2) }
    await #expect(processExitsWith: .failure) {
      _ = Dropout(probability: 0.5, seed: 1).mask(
        batch: 1 << 32, head: 0, queries: 0..<1, keys: 0..<1)
    }
  }

  /// Drops elements of two keys.
  private static func drop(firstKey: Int) throws {
    let memory = Machine().makeMemory()
    let input: HBMBlock<Queries, Keys> = memory.input("X", [1, 2], rows: 1, columns: 2)
    _ = try run(memory, lanes: .queries, rows: 1, columns: 2) { core, result in
      var tile = core.loadWidened(input)
      tile.dropOut(
        Dropout(probability: 0.5, seed: 1), batch: 0, head: 0, firstQuery: 0, firstKey: firstKey)
      core.store(tile, to: result)
    }
  }
}
