import FlashCore
import Testing

@Suite("The bias of a plan")
struct BiasTests {
  private let queries = 9
  private let keys = 13

  private func plan(_ options: AttentionOptions) throws -> AttentionPlan {
    try AttentionPlan(
      .flash2,
      shape: AttentionShape(batch: 2, heads: 2, queries: queries, keys: keys, headDim: 4),
      options: options, on: Machine())
  }

  @Test("is a slope times the distance from the key that a query stands at")
  func distances() throws {
    let slopes: [Float] = [0.5, 0.3]
    for (mask, offset) in [(Mask.none, 4), (.causal(), 0), (.causal(.bottomRight), 4)] {
      let plan = try plan(AttentionOptions(mask: mask, softcap: 2, slopes: slopes))
      for head in 0..<2 {
        for query in 0..<queries {
          let expected = (0..<keys).map { -Double(slopes[head]) * Double(abs(query + offset - $0)) }
          #expect(plan.bias(batch: 1, head: head, query: query) == expected)
        }
      }
    }
  }

  @Test("is none where nothing is added")
  func none() throws {
    let options = AttentionOptions(
      mask: .causal(), softcap: 2, dropout: Dropout(probability: 0.5, seed: 1))
    #expect(try plan(options).bias(batch: 0, head: 0, query: 0) == nil)
  }

  @Test("is of a query that there is")
  func range() async {
    await #expect(processExitsWith: .success) { try Self.bias(batch: 1, head: 1, query: 8) }
    await #expect(processExitsWith: .failure) { try Self.bias(batch: 2, head: 1, query: 8) }
    await #expect(processExitsWith: .failure) { try Self.bias(batch: 1, head: 2, query: 8) }
    await #expect(processExitsWith: .failure) { try Self.bias(batch: 1, head: 1, query: 9) }
    await #expect(processExitsWith: .failure) { try Self.bias(batch: -1, head: 1, query: 8) }
  }

  /// Asks for the bias of a row of a small plan.
  private static func bias(batch: Int, head: Int, query: Int) throws {
    _ = try BiasTests().plan(AttentionOptions()).bias(batch: batch, head: head, query: query)
  }
}
