import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("Visible scores")
struct BoundsVisibleTests {
  @Test("are those that a walk over all pairs finds")
  func walk() throws {
    let seed: UInt64 = 31
    var generator = SeededGenerator(seed: seed)
    for number in 0..<400 {
      let random = try BoundsProblem(using: &generator, limit: 50)
      guard let plan = try? random.plan else { continue }
      let shape = random.shape
      var (pairs, queries, keys) = (0, 0, 0)
      for batch in 0..<shape.batch {
        var seen: Set<Int> = []
        for query in 0..<shape.queries {
          let visible = plan.visibleKeys(query: query, batch: batch).flatMap { Array($0) }
          pairs += visible.count * shape.heads
          queries += visible.isEmpty ? 0 : shape.heads
          seen.formUnion(visible)
        }
        keys += seen.count * shape.kvHeads
      }
      let counted = plan.visibleScores
      let comment: Comment = "seed \(seed), number \(number): \(random)"
      #expect(counted.pairs == pairs, comment)
      #expect(counted.queries == queries, comment)
      #expect(counted.keys == keys, comment)
    }
  }
}
