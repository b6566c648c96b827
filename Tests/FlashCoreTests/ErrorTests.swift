import FlashCore
import HBMSim
import Testing

@Suite("A problem")
struct ErrorTests {
  @Test("with a size that is not positive is refused")
  func sizes() {
    #expect(throws: AttentionError.sizeNotPositive(name: "queries", size: 0)) {
      try AttentionShape(queries: 0, headDim: 4)
    }
    #expect(throws: AttentionError.sizeNotPositive(name: "head-dim", size: -1)) {
      try AttentionShape(queries: 4, headDim: -1)
    }
    #expect(throws: AttentionError.sizeNotPositive(name: "block rows", size: 0)) {
      try AttentionPlan(
        .flash1, shape: try AttentionShape(queries: 4, headDim: 4), tiling: .blocks(0, 4),
        on: machine())
    }
  }

  @Test("with more elements than Int counts is refused")
  func overflow() {
    #expect(throws: AttentionError.self) {
      try AttentionShape(heads: 1 << 30, queries: 1 << 40, headDim: 64)
    }
    // 2⁶⁰ scores, whose 2⁶² bytes an Int counts, and not what moves for them in blocks of 1 × 1.
    #expect(
      throws: AttentionError.tooManyElements(factors: [1, 1, 1 << 30, 1 << 30, 1, 128])
    ) {
      try AttentionShape(queries: 1 << 30, keys: 1 << 30, headDim: 1)
    }
    #expect(throws: AttentionError.tooManyElements(factors: [1 << 40, 1 << 40])) {
      try Tensor(shape: [1 << 40, 1 << 40], [])
    }
  }

  @Test("with heads that do not divide is refused with both numbers")
  func heads() {
    let error = #expect(throws: AttentionError.headsDoNotDivide(heads: 8, kvHeads: 3)) {
      try AttentionShape(heads: 8, kvHeads: 3, queries: 4, headDim: 4)
    }
    #expect("\(error!)" == "3 heads of keys do not divide 8 heads of queries.")
  }

  @Test("with tensors that disagree is refused with both numbers")
  func shapes() throws {
    let tensor = try Tensor(normal: [1, 2, 8, 4], seed: 0)
    func attempt(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> AttentionError? {
      #expect(throws: AttentionError.self) {
        try scaledDotProductAttention(query: q, key: k, value: v, on: machine())
      }
    }
    #expect(
      attempt(tensor, try Tensor(normal: [1, 2, 8, 5], seed: 0), tensor)
        == .shapesDisagree(what: "features", first: "query", 4, second: "key", 5))
    #expect(
      attempt(tensor, try Tensor(normal: [1, 2, 9, 4], seed: 0), tensor)
        == .shapesDisagree(what: "tokens", first: "key", 9, second: "value", 8))
    #expect(
      attempt(tensor, try Tensor(normal: [1, 1, 8, 4], seed: 0), tensor)
        == .shapesDisagree(what: "heads", first: "key", 1, second: "value", 2))
    #expect(
      attempt(try Tensor(normal: [2, 2, 8, 4], seed: 0), tensor, tensor)
        == .shapesDisagree(what: "batches", first: "query", 2, second: "key", 1))
    #expect(
      attempt(try Tensor(normal: [2, 8, 4], seed: 0), tensor, tensor)
        == .wrongRank(tensor: "query", shape: [2, 8, 4]))
  }

  @Test("with other tensors than were planned is refused")
  func plan() throws {
    let plan = try AttentionPlan(
      .flash2, shape: AttentionShape(heads: 2, queries: 8, headDim: 4), on: machine())
    let tensor = try Tensor(normal: [1, 2, 8, 4], seed: 0)
    let longer = try Tensor(normal: [1, 2, 9, 4], seed: 0)
    #expect(
      throws: AttentionError.shapesDisagree(
        what: "tokens", first: "plan of the key", 8, second: "key", 9)
    ) {
      try plan(query: tensor, key: longer, value: tensor)
    }
  }

  @Test("with a tensor of too few numbers is refused")
  func elements() {
    #expect(throws: AttentionError.elementCount(shape: [2, 3], count: 5)) {
      try Tensor(shape: [2, 3], [1, 2, 3, 4, 5])
    }
  }

  @Test("that needs more memory than there is is refused before it starts")
  func memory() throws {
    let shape = try AttentionShape(heads: 64, queries: 1 << 20, headDim: 64)
    let error = #expect(throws: AttentionError.self) {
      try AttentionPlan(.standard, shape: shape, on: machine(.kibibytes(192)))
    }
    guard case .insufficientMemory(.standard, let needed, let available) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    // S and P, 64 heads of 2⁴⁰ scores of four bytes each, and O, and the tiles.
    #expect(needed > 2 * 64 * 4 << 40 && available > 0 && available < needed)
    #expect(throws: Never.self) {
      try AttentionPlan(.standard, shape: shape, on: machine(.kibibytes(192), mode: .count))
    }
  }
}
