import NaiveAttention
import Testing

extension OneAtATime {
  @Suite("Naive attention")
  struct NaiveAttentionTests {
    @Test("is the definition up to rounding", arguments: shapes, [1, 2, 7])
    func values(shape: AttentionShape, threads: Int) throws {
      let input = Inputs(shape, seed: 1)
      let result = try input.naive(threads: threads)
      let expected = definition(input)
      let bounds = ErrorBounds.float32(input)
      #expect(distance(result.output, expected.output) <= bounds.output)
      #expect(distance(result.logSumExp, expected.logSumExp) <= bounds.logSumExp)
    }

    @Test("takes any finite scale", arguments: [-0.7, 1, 3.5] as [Float])
    func scale(tau: Float) throws {
      let input = Inputs(try AttentionShape(heads: 2, queries: 19, headDim: 6), seed: 2)
      let result = try input.naive(scale: tau)
      let expected = definition(input, scale: tau)
      let bounds = ErrorBounds.float32(input, scale: tau)
      #expect(distance(result.output, expected.output) <= bounds.output)
      #expect(distance(result.logSumExp, expected.logSumExp) <= bounds.logSumExp)
    }

    @Test("holds its bound where scores span ±90")
    func largeScores() throws {
      // One feature: the scores are products, of which the greatest is set to 90.
      let shape = try AttentionShape(queries: 30, keys: 45, headDim: 1, valueDim: 4)
      var input = Inputs(shape, seed: 3)
      input.query[0] = 9
      input.query[1] = -9
      input.key[0] = 10
      input.key[44] = -10
      let result = try input.naive()
      let expected = definition(input)
      let bounds = ErrorBounds.float32(input)
      #expect(distance(result.output, expected.output) <= bounds.output)
      #expect(distance(result.logSumExp, expected.logSumExp) <= bounds.logSumExp)
      #expect(result.logSumExp[0] >= 90)
      #expect(result.logSumExp[1] >= 90)
    }

    @Test("errs at most twice as much as the definition in float32", arguments: [1, 8] as [Float])
    func samePrecision(magnitude: Float) throws {
      let shape = try AttentionShape(heads: 2, queries: 40, keys: 99, headDim: 32, valueDim: 20)
      let input = Inputs(shape, seed: 13, magnitude: magnitude)
      let (result, exact) = (try input.naive(), definition(input))
      let float32 = definition(input, as: Float.self)
      let output = distance(float32.output, exact.output)
      let logSumExp = distance(float32.logSumExp, exact.logSumExp)
      #expect(distance(result.output, exact.output) <= 2 * output)
      #expect(distance(result.logSumExp, exact.logSumExp) <= 2 * logSumExp)
    }

    @Test("has the same bits on any number of threads up to that of heads", arguments: [2, 7])
    func threads(count: Int) throws {
      let shape = try AttentionShape(heads: 8, queries: 161, keys: 250, headDim: 24)
      let input = Inputs(shape, seed: 4)
      let one = try input.naive(threads: 1)
      let several = try input.naive(threads: count)
      // Outside of #expect, which on failure would take a minute to describe the difference.
      let sameOutput = one.output.map(\.bitPattern) == several.output.map(\.bitPattern)
      let sameLogSumExp = one.logSumExp.map(\.bitPattern) == several.logSumExp.map(\.bitPattern)
      #expect(sameOutput)
      #expect(sameLogSumExp)
    }
  }
}
