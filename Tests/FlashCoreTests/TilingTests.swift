import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("A tiling")
struct TilingTests {
  func plan(
    _ algorithm: Algorithm, _ shape: AttentionShape, _ tiling: Tiling, _ sram: Capacity
  ) throws -> AttentionPlan {
    try AttentionPlan(algorithm, shape: shape, tiling: tiling, on: machine(sram, mode: .count))
  }

  @Test("that fits uses what there is, and no more", arguments: Algorithm.allCases)
  func fit(algorithm: Algorithm) throws {
    let seed: UInt64 = 7
    var generator = SeededGenerator(seed: seed)
    for number in 0..<200 {
      let random = try RandomConfiguration(using: &generator, limit: 500)
      let M = Int.random(in: 700...20_000, using: &generator)
      let comment: Comment = "seed \(seed), number \(number): \(algorithm) \(random) M = \(M)"
      let fitting = try plan(algorithm, random.shape, .fit, .elements(M))
      #expect(fitting.footprint <= 4 * M, comment)
      // One more step along either side does not fit, unless the problem ends there.
      let blocks = fitting.blocks
      let step = blocks.rows % 16 == 0 || blocks.columns % 16 == 0 ? 16 : 1
      for (rows, columns) in [
        (blocks.rows + step, blocks.columns), (blocks.rows, blocks.columns + step),
      ] where rows - step < random.shape.queries && columns - step < random.shape.keys {
        if rows > random.shape.queries || columns > random.shape.keys { continue }
        #expect(
          throws: AttentionError.self, comment,
          performing: { try plan(algorithm, random.shape, .blocks(rows, columns), .elements(M)) })
      }
    }
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
    #expect(throws: AttentionError.self) { try plan(algorithm, shape, .fit, .bytes(100)) }
  }
}
