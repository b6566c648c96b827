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
