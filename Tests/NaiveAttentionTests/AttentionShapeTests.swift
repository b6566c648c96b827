import NaiveAttention
import Testing

@Suite("A shape")
struct AttentionShapeTests {
  @Test("has as many keys as queries, and one head size, unless told otherwise")
  func defaults() throws {
    let shape = try AttentionShape(heads: 4, queries: 5, headDim: 6)
    let spelled = try AttentionShape(
      batch: 1, heads: 4, kvHeads: 4, queries: 5, keys: 5, headDim: 6, valueDim: 6)
    #expect(shape == spelled)
  }

  @Test("counts the elements of its tensors")
  func counts() throws {
    let shape = try AttentionShape(
      batch: 2, heads: 6, kvHeads: 3, queries: 5, keys: 7, headDim: 11, valueDim: 13)
    #expect(shape.queryCount == 2 * 6 * 5 * 11)
    #expect(shape.keyCount == 2 * 3 * 7 * 11)
    #expect(shape.valueCount == 2 * 3 * 7 * 13)
    #expect(shape.outputCount == 2 * 6 * 5 * 13)
    #expect(shape.rowCount == 2 * 6 * 5)
  }

  @Test("has positive sizes", arguments: 0..<7, [0, -3])
  func positive(place: Int, size: Int) {
    var sizes = [1, 1, 1, 1, 1, 1, 1]
    sizes[place] = size
    let names = [
      "batches", "heads", "key heads", "queries", "keys", "head features", "value features",
    ]
    #expect(throws: NaiveAttentionError.notPositive(name: names[place], value: size)) {
      try AttentionShape(
        batch: sizes[0], heads: sizes[1], kvHeads: sizes[2], queries: sizes[3], keys: sizes[4],
        headDim: sizes[5], valueDim: sizes[6])
    }
  }

  @Test("shares key heads equally")
  func groups() {
    let error = #expect(throws: NaiveAttentionError.self) {
      try AttentionShape(heads: 6, kvHeads: 4, queries: 1, headDim: 1)
    }
    #expect(error == .unequalGroups(heads: 6, kvHeads: 4))
    #expect(error?.description == "6 heads cannot share 4 key heads equally.")
  }

  @Test("fits the 32-bit integers of OpenBLAS")
  func blasIntegers() throws {
    let limit = 1 << 31 - 8
    _ = try AttentionShape(queries: 1, keys: limit, headDim: 1)
    #expect(
      throws: NaiveAttentionError.sizeExceedsBLAS(name: "keys", value: limit + 1, limit: limit)
    ) {
      try AttentionShape(queries: 1, keys: limit + 1, headDim: 1)
    }
  }

  @Test("has tensors that can be addressed")
  func addressable() {
    #expect(
      throws: NaiveAttentionError.tooManyElements(
        name: "queries", sizes: [1 << 30, 1 << 30, 1 << 20, 8], limit: .max / 64)
    ) {
      try AttentionShape(batch: 1 << 30, heads: 1 << 30, queries: 1 << 20, keys: 1, headDim: 8)
    }
    let error = #expect(throws: NaiveAttentionError.self) {
      try AttentionShape(heads: 32, queries: 1 << 26, headDim: 1)
    }
    #expect(
      error?.description == """
        The scores have 1 × 32 × 67108864 × 67108864 elements, \
        but at most \(Int.max / 64) can be addressed.
        """)
  }
}
