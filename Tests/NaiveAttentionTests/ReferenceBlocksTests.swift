import NaiveAttention
import Testing

@Suite("The blocks of the reference")
struct ReferenceBlocksTests {
  @Test(
    "take at most 16 MiB a thread, whatever is long",
    arguments: [1, 4096, 65_536, 1 << 19, 1 << 20], [1, 64, 3000, 1 << 18, 1 << 19])
  func bound(keys: Int, width: Int) throws {
    for (headDim, valueDim) in [(width, width), (width, 1), (1, width)] {
      let shape = try AttentionShape(
        queries: 65_536, keys: keys, headDim: headDim, valueDim: valueDim)
      #expect(ReferenceBlocks(shape, rows: 65_536).scratchBytes <= 16 << 20)
      guard keys <= 1 << 19 else { continue }
      let blocks = ReferenceBlocks(shape, rows: 65_536, hasDropout: true)
      #expect(blocks.scratchBytes <= 16 << 20)
    }
  }

  @Test("have one row and one key where these alone exceed the bound")
  func longRows() throws {
    let keys = 3 << 20
    let features = 1 << 20
    let shape = try AttentionShape(queries: 9, keys: keys, headDim: features, valueDim: 2)
    let blocks = ReferenceBlocks(shape, rows: 9)
    #expect(blocks.rows == 1)
    #expect(blocks.keys == 1)
    #expect(blocks.scratchBytes == 8 * (features + keys + features))  // a row of Q, S and K
    let dropout = ReferenceBlocks(shape, rows: 9, hasDropout: true)
    #expect(dropout.rows == 1)
    #expect(dropout.scratchBytes == blocks.scratchBytes + 8 * keys)
  }

  @Test(
    "have matrices of 16 MiB of scores in all, where there are gradients", arguments: Rules.cases)
  func gradients(rules: Rules) throws {
    let shape = try AttentionShape(queries: 65_536, keys: 4096, headDim: 64)
    let rules = rules.scoreRules(shape)
    let matrices = 2 + (rules.softcap == nil ? 0 : 1) + (rules.dropout == nil ? 0 : 1)
    let rowBytes = matrices * 4096 * 8
    #expect(rules.gradientRows(shape) == (16 << 20) / rowBytes)
  }

  @Test("have the rows and the keys that are fast, where these fit")
  func sizes() throws {
    let blocks = ReferenceBlocks(try AttentionShape(queries: 4096, headDim: 64), rows: 4096)
    #expect(blocks.rows == 256)
    #expect(blocks.keys == 1024)
    #expect(blocks.scratchBytes == 8 * (256 * 64 + 256 * 4096 + 1024 * 64))
  }
}
