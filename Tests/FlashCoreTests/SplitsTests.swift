import FlashCore
import HBMSim
import Testing

@Suite("The number of splits")
struct SplitsTests {
  private func plan(
    _ algorithm: Algorithm = .splitKV, launches: Int = 1, blocks: Int, splits: Int? = nil
  ) throws -> AttentionPlan {
    try AttentionPlan(
      algorithm, shape: AttentionShape(heads: launches, queries: 1, keys: blocks, headDim: 1),
      tiling: .blocks(1, 1), splits: splits, on: machine(mode: .count))
  }

  /// By hand, for 2 · 108 places. A wave of w launches in ⌈w/216⌉ waves is busy w/216/⌈w/216⌉.
  @Test(
    "is Flash-decoding's for an A100 where none is asked for",
    arguments: [
      // One wave at most: the more, the better. Of 54.4 (0.85 · 64) and up, 64 alone changes ⌈64/s⌉.
      (1, 64, 64),
      // Up to 128: 125 is the best, ⌈1000/125⌉ = 8. The first from 0.85 · 125 on that changes ⌈1000/s⌉
      // is 112, from 10 to 9.
      (1, 1000, 112),
      // 27 are a whole wave. 23 would do, but ⌈373/23⌉ = ⌈373/22⌉ = 17; ⌈373/24⌉ = 16.
      (8, 373, 24),
      // 2 splits: 192 of 216; 3: 288 of 432. The 48 heads of FlashAttention's own example, twice.
      (96, 8, 2),
      // 172 of 216, 344 of 432, 516 of 648 are 0.796 each; 5 splits 860 of 864.
      (172, 5, 5),
      // Without the fifth, one is as good as four.
      (172, 4, 1),
      // 173 are 0.8 of 216.
      (173, 5, 1), (1000, 1000, 1),
      // Nothing to split.
      (1, 1, 1),
    ])
  func suitable(launches: Int, blocks: Int, splits: Int) throws {
    #expect(try plan(launches: launches, blocks: blocks).splits == splits)
  }

  @Test("depends on heads of keys, sequences and blocks of queries, not on heads that share keys")
  func launches() throws {
    for (heads, kvHeads, batch, queries) in [(96, 96, 1, 1), (96, 48, 2, 1), (64, 8, 3, 4)] {
      let plan = try AttentionPlan(
        .splitKV,
        shape: AttentionShape(
          batch: batch, heads: heads, kvHeads: kvHeads, queries: queries, keys: 8, headDim: 1),
        tiling: .blocks(1, 1), on: machine(mode: .count))
      #expect(plan.splits == 2)
    }
  }

  @Test("is that of the chunks, of ⌈T_c/splits⌉ blocks each")
  func chunks() throws {
    for (splits, chunks) in [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 5), (9, 5), (10, 10)] {
      #expect(try plan(blocks: 10, splits: splits).splits == chunks)
    }
    #expect(try plan(blocks: 10, splits: .max).splits == 10)
    for algorithm in [Algorithm.standard, .flash1, .flash2] {
      #expect(try plan(algorithm, blocks: 10, splits: 5).splits == nil)
    }
  }

  @Test("is positive")
  func errors() {
    for splits in [0, -3] {
      let error = #expect(throws: AttentionError.sizeNotPositive(name: "splits", size: splits)) {
        try plan(blocks: 10, splits: splits)
      }
      #expect(error?.description == "Sizes are positive, and splits is \(splits).")
    }
  }
}
