import NaiveAttention
import Testing

extension OneAtATime {
  @Suite("Reference attention")
  struct ReferenceAttentionTests {
    @Test("is the definition up to rounding in float64", arguments: shapes)
    func values(shape: AttentionShape) throws {
      let input = Inputs(shape, seed: 9, magnitude: 3)
      let (result, expected) = (try input.reference(), definition(input))
      let bounds = ErrorBounds.float64(input)
      #expect(distance(result.output, expected.output) <= bounds.output)
      #expect(distance(result.logSumExp, expected.logSumExp) <= bounds.logSumExp)
    }

    @Test("is the definition of several chunks of keys too", arguments: [1, 2], [-1, 0, 7])
    func chunks(whole: Int, more: Int) throws {
      func shape(keys: Int) throws -> AttentionShape {
        try AttentionShape(heads: 4, kvHeads: 2, queries: 3, keys: keys, headDim: 5, valueDim: 3)
      }
      let chunk = ReferenceBlocks(try shape(keys: 1 << 20), rows: 3).keys
      let input = Inputs(try shape(keys: whole * chunk + more), seed: 13, magnitude: 3)
      let (result, expected) = (try input.reference(), definition(input))
      let bounds = ErrorBounds.float64(input)
      #expect(distance(result.output, expected.output) <= bounds.output)
      #expect(distance(result.logSumExp, expected.logSumExp) <= bounds.logSumExp)
    }

    @Test("computes the selected rows of each head, in their order", arguments: shapes)
    func rows(shape: AttentionShape) throws {
      let input = Inputs(shape, seed: 10)
      let rows = [shape.queries - 1, 0, shape.queries / 2, 0]
      let (all, selected) = (try input.reference(), try input.reference(queryRows: rows))
      let bounds = ErrorBounds.float64(input)
      let wanted = (0..<(shape.batch * shape.heads)).flatMap { head in
        rows.map { head * shape.queries + $0 }
      }
      let dv = shape.valueDim
      let output = wanted.flatMap { all.output[($0 * dv)..<($0 * dv + dv)] }
      #expect(distance(selected.output, output) <= bounds.output)
      #expect(distance(selected.logSumExp, wanted.map { all.logSumExp[$0] }) <= bounds.logSumExp)
    }

    @Test("has no rows where none are selected")
    func noRows() throws {
      let input = Inputs(try AttentionShape(queries: 3, headDim: 2), seed: 11)
      let result = try input.reference(queryRows: [])
      #expect(result.output.isEmpty && result.logSumExp.isEmpty)
    }

    @Test("has the same bits for inputs in float32 and widened, on any number of threads")
    func precisions() throws {
      // √d is not a power of 2, and 600 rows are three blocks.
      let shape = try AttentionShape(heads: 2, kvHeads: 1, queries: 600, keys: 20, headDim: 3)
      let input = Inputs(shape, seed: 12)
      let narrow = try input.reference()
      let (query, key, value) = (
        input.query.map(Double.init), input.key.map(Double.init), input.value.map(Double.init)
      )
      let wide = try referenceAttention(
        query: query.span, key: key.span, value: value.span, shape: shape,
        scale: Double(Float(1 / 3.0.squareRoot())), threads: 7)
      #expect(narrow.output == wide.output)
      #expect(narrow.logSumExp == wide.logSumExp)
      let exactScale = try referenceAttention(
        query: query.span, key: key.span, value: value.span, shape: shape)
      #expect(narrow.output != exactScale.output)
    }
  }
}
