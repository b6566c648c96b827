import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("A tiling")
struct TilingTests {
  func plan(
    _ algorithm: Algorithm, _ shape: AttentionShape, _ tiling: Tiling, _ sram: Capacity
  ) throws -> AttentionPlan {
    // Splits cost transfers for the sake of parallelism, and blocks change their number.
    try AttentionPlan(
      algorithm, shape: shape, tiling: tiling, splits: 1, on: machine(sram, mode: .count))
  }

  @Test("that fits moves least of all that are not too thin", arguments: Algorithm.allCases)
  func fit(algorithm: Algorithm) throws {
    let seed: UInt64 = 7
    var generator = SeededGenerator(seed: seed)
    for number in 0..<60 {
      let random = try RandomConfiguration(using: &generator, limit: 300)
      let M = Int.random(in: 4_500...40_000, using: &generator)
      let comment: Comment = "seed \(seed), number \(number): \(algorithm) \(random) M = \(M)"
      let fitting = try plan(algorithm, random.shape, .fit, .elements(M))
      #expect(fitting.footprint <= 4 * M, comment)
      // Nothing with sides of a multiple of 16, 32 at least, fits and moves less; no square, of squares.
      for rows in stride(from: 32, to: random.shape.queries + 16, by: 16) {
        for columns in stride(from: 32, to: random.shape.keys + 16, by: 16)
        where algorithm != .squareTiling || rows == columns {
          guard let other = try? plan(algorithm, random.shape, .blocks(rows, columns), .elements(M))
          else { continue }
          #expect(fitting.closedForm.total.elements <= other.closedForm.total.elements, comment)
        }
      }
    }
  }

  @Test(
    "that fits gives the thin side what room is left",
    arguments: Algorithm.allCases.filter { $0 != .squareTiling })
  func thinSide(algorithm: Algorithm) throws {
    let shape = try AttentionShape(queries: 2048, headDim: 64)
    // Eager standard attention holds all keys of a head.
    let sram = Capacity.kibibytes(algorithm == .standardEager ? 768 : 192)
    let blocks = try plan(algorithm, shape, .fit, sram).blocks
    let thicker =
      blocks.rows > blocks.columns
      ? Tiling.blocks(blocks.rows, blocks.columns + 16)
      : Tiling.blocks(blocks.rows + 16, blocks.columns)
    #expect(throws: AttentionError.self) { try plan(algorithm, shape, thicker, sram) }
  }

  @Test("by the paper is line 1 of Algorithm 1")
  func paper() throws {
    let shape = try AttentionShape(queries: 4096, headDim: 64)
    // M = 192 KiB are 49,152 elements: ⌈M/4d⌉ = 192, and M > 8d² leaves room for S.
    #expect(
      try plan(.flash1, shape, .paper, .kibibytes(192)).blocks == Blocks(rows: 64, columns: 192))
    // M = 4d²: the operands alone fill M.
    let error = #expect(throws: AttentionError.self) {
      try plan(.flash1, shape, .paper, .elements(4 * 64 * 64))
    }
    // 2·64·(64 + 64) for Q, K, V, O; 64·64 for S; ten vectors of 64; four bytes each.
    #expect(
      error
        == .insufficientSRAM(
          algorithm: .flash1, blocks: Blocks(rows: 64, columns: 64),
          needed: 4 * (4 * 64 * 64 + 64 * 64 + 640), available: 4 * 4 * 64 * 64))
    #expect(throws: AttentionError.paperTilingNeedsCapacity) {
      try plan(.flash1, shape, .paper, .unlimited)
    }
  }

  @Test("by the paper has a row and a column at least, whatever M is")
  func paperBlocks() {
    for (M, d, blocks) in [
      (49_152, 64, Blocks(rows: 64, columns: 192)), (256, 64, Blocks(rows: 1, columns: 1)),
      (257, 64, Blocks(rows: 2, columns: 2)), (0, 64, Blocks(rows: 1, columns: 1)),
      (.max, 1 << 20, Blocks(rows: 1 << 20, columns: 1 << 41)),
    ] {
      #expect(Blocks.paper(elements: M, headDim: d) == blocks, "\(M) \(d)")
    }
  }

  @Test("that is too large is refused with both numbers")
  func tooLarge() throws {
    let shape = try AttentionShape(queries: 256, headDim: 64)
    let error = #expect(throws: AttentionError.self) {
      try plan(.flash2, shape, .blocks(128, 128), .kibibytes(16))
    }
    // 256 · 128 for Q, K, V, O; 128 · 128 for S; seven vectors of 128; four bytes each.
    let needed = 4 * (256 * 128 + 128 * 128 + 7 * 128)
    #expect(
      error
        == .insufficientSRAM(
          algorithm: .flash2, blocks: Blocks(rows: 128, columns: 128), needed: needed,
          available: 16_384))
    #expect("\(error!)".contains("\(needed)") && "\(error!)".contains("16384"))
  }

  @Test("that is fast is 128 × 128, or the most of one side that fits")
  func fast() throws {
    func blocks(
      _ algorithm: Algorithm, _ pass: Pass, _ shape: AttentionShape, _ sram: Capacity
    ) throws -> Blocks {
      try AttentionPlan(
        algorithm, pass: pass, shape: shape, tiling: .fast, on: machine(sram, mode: .count)
      ).blocks
    }
    let square = Blocks(rows: 128, columns: 128)
    let head = try AttentionShape(queries: 1024, headDim: 128)
    #expect(try blocks(.flash2, .forward, head, .kibibytes(512)) == square)
    // 2B_c·2d + B_r·3d + 2·B_r·B_c + 2·B_r elements: 127 168 of 131 072, and 147 712 with 128 rows.
    #expect(try blocks(.flash2, .backward, head, .kibibytes(512)) == Blocks(rows: 96, columns: 128))
    #expect(try blocks(.flash2, .backward, head, .unlimited) == square)
    // Neither half of the columns is enough, nor three quarters of the rows beside it.
    #expect(try blocks(.flash2, .forward, head, .kibibytes(160)) == Blocks(rows: 64, columns: 64))
    // One query of four heads that share keys: B_c·(2d + 4) + 4·(2d + 7) elements.
    let decoding = try AttentionShape(heads: 32, kvHeads: 8, queries: 1, keys: 4096, headDim: 128)
    #expect(
      try blocks(.splitKV, .forward, decoding, .unlimited) == Blocks(rows: 1, columns: 512))
    #expect(
      try blocks(.splitKV, .forward, decoding, .kibibytes(512)) == Blocks(rows: 1, columns: 480))
  }

  @Test("that is fast fits, down to blocks of one", arguments: Algorithm.allCases)
  func fastFits(algorithm: Algorithm) throws {
    var generator = SeededGenerator(seed: 8)
    for number in 0..<60 {
      let random = try RandomConfiguration(using: &generator, limit: 300)
      let M = Int.random(in: 100...30_000, using: &generator)
      let comment: Comment = "seed 8, number \(number): \(algorithm) \(random) M = \(M)"
      guard let one = try? plan(algorithm, random.shape, .blocks(1, 1), .elements(M)) else {
        #expect(throws: AttentionError.self, comment) {
          try plan(algorithm, random.shape, .fast, .elements(M))
        }
        continue
      }
      let fast = try plan(algorithm, random.shape, .fast, .elements(M))
      #expect(fast.footprint <= 4 * M && fast.footprint >= one.footprint, comment)
    }
  }

  @Test("without limit is the whole problem")
  func unlimited() throws {
    let shape = try AttentionShape(queries: 300, keys: 500, headDim: 8)
    for algorithm in Algorithm.allCases {
      #expect(
        try plan(algorithm, shape, .fit, .unlimited).blocks == Blocks(rows: 300, columns: 500))
    }
  }

  @Test("of no room at all is refused", arguments: Algorithm.allCases)
  func noRoom(algorithm: Algorithm) throws {
    let shape = try AttentionShape(queries: 10, headDim: 64)
    #expect(throws: AttentionError.self) { try plan(algorithm, shape, .fit, .bytes(23)) }
  }
}
