import FlashCore
import HBMSim
import Testing

@Suite("The largest problem")
struct LargestProblemTests {
  @Test("has closed forms that an Int counts", arguments: Algorithm.allCases, [1, 64, 1 << 20])
  func closedForms(algorithm: Algorithm, d: Int) throws {
    // The most keys that are accepted.
    var keys = Int.max / (1 << 20) / d / 128
    #expect(throws: AttentionError.self) {
      try AttentionShape(queries: 1 << 20, keys: keys + 1, headDim: d)
    }
    keys -= keys % 2
    let shape = try AttentionShape(queries: 1 << 20, keys: keys, headDim: d)
    let plan = try AttentionPlan(
      algorithm, shape: shape, tiling: .blocks(Blocks(rows: 1, columns: 1)),
      on: machine(.unlimited, mode: .count))
    #expect(plan.closedForm.total.bytes > 0)
  }
}
