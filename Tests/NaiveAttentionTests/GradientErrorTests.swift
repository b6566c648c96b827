import NaiveAttention
import TestSupport
import Testing

extension OneAtATime {
  @Suite("Reference gradients refuse")
  struct GradientErrorTests {
    private let three: [Float] = [1, 2, 3]
    private let two: [Float] = [1, 2]

    @Test("inputs that are not as large as their shape, and no threads")
    func counts() throws {
      let shape = try AttentionShape(queries: 3, headDim: 1)
      #expect(throws: NaiveAttentionError.wrongCount(name: "key", needed: 3, given: 2)) {
        try referenceGradients(
          query: three.span, key: two.span, value: three.span, outputGradient: nil, shape: shape)
      }
      #expect(throws: NaiveAttentionError.wrongCount(name: "output gradient", needed: 3, given: 2))
      {
        try referenceGradients(
          query: three.span, key: three.span, value: three.span, outputGradient: two.span,
          shape: shape)
      }
      #expect(throws: NaiveAttentionError.notPositive(name: "threads", value: 0)) {
        try referenceGradients(
          query: three.span, key: three.span, value: three.span, outputGradient: nil, shape: shape,
          threads: 0)
      }
    }

    @Test("ranges of keys that descend, overlap or begin below 0")
    func order() async {
      let words = "Ranges of visible keys that overlap or descend"
      let descending = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { try seeing([2..<3, 0..<1]) }
      let overlapping = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { try seeing([0..<2, 1..<3]) }
      let negative = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { try seeing([-1..<2]) }
      #expect(says(descending?.standardErrorContent, words))
      #expect(says(overlapping?.standardErrorContent, words))
      #expect(says(negative?.standardErrorContent, words))
    }

    @Test("keys that do not exist, but not empty and adjacent ranges")
    func bounds() async {
      let result = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { try seeing([1..<4]) }
      #expect(says(result?.standardErrorContent, "Visible keys beyond the keys"))
      await #expect(processExitsWith: .success) { try seeing([0..<0, 0..<1, 1..<3, 3..<3]) }
    }
  }
}

/// Computes attention of three rows that see `ranges` of three keys.
private func seeing(_ ranges: [Range<Int>]) throws {
  let ones: [Float] = [1, 1, 1]
  _ = try referenceGradients(
    query: ones.span, key: ones.span, value: ones.span, outputGradient: nil,
    shape: AttentionShape(queries: 3, headDim: 1),
    rules: ScoreRules(visibleKeys: { _, _ in ranges }))
}
