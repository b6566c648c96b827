import NaiveAttention
import Testing

@Suite("Attention refuses")
struct InputErrorTests {
  private let few: [Float] = [1, 2, 3]

  @Test("inputs that are not as large as their shape")
  func counts() throws {
    let shape = try AttentionShape(queries: 1, keys: 2, headDim: 3, valueDim: 1)
    let (two, six): ([Float], [Float]) = ([1, 2], [1, 2, 3, 4, 5, 6])
    #expect(throws: NaiveAttentionError.wrongCount(name: "query", needed: 3, given: 2)) {
      try naiveAttention(query: two.span, key: six.span, value: two.span, shape: shape)
    }
    #expect(throws: NaiveAttentionError.wrongCount(name: "key", needed: 6, given: 3)) {
      try naiveAttention(query: few.span, key: few.span, value: two.span, shape: shape)
    }
    #expect(throws: NaiveAttentionError.wrongCount(name: "value", needed: 2, given: 6)) {
      try referenceAttention(query: few.span, key: six.span, value: six.span, shape: shape)
    }
  }

  @Test("to run on no thread")
  func threads() throws {
    let shape = try AttentionShape(queries: 3, headDim: 1)
    #expect(throws: NaiveAttentionError.notPositive(name: "threads", value: 0)) {
      try naiveAttention(
        query: few.span, key: few.span, value: few.span, shape: shape, threads: 0)
    }
    #expect(throws: NaiveAttentionError.notPositive(name: "threads", value: -1)) {
      try referenceAttention(
        query: few.span, key: few.span, value: few.span, shape: shape, threads: -1)
    }
  }

  @Test("rows that do not exist", arguments: [-1, 3])
  func rows(row: Int) throws {
    let shape = try AttentionShape(queries: 3, headDim: 1)
    #expect(throws: NaiveAttentionError.noSuchRow(row: row, queries: 3)) {
      try referenceAttention(
        query: few.span, key: few.span, value: few.span, shape: shape, queryRows: [0, row])
    }
  }

  @Test("scores that the machine cannot hold, and says how much it has")
  func memory() throws {
    // S is 4 PB, the inputs 100 MB.
    let shape = try AttentionShape(queries: 1 << 25, keys: 1 << 25, headDim: 1)
    let input = [Float](repeating: 0, count: 1 << 25)
    let needed = try shape.naivePeakMemory(threads: 1)
    #expect(
      throws: NaiveAttentionError.insufficientMemory(needed: needed, available: hostMemory)
    ) {
      try naiveAttention(
        query: input.span, key: input.span, value: input.span, shape: shape, threads: 1)
    }
  }
}
