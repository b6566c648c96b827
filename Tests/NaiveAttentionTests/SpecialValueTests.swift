import NaiveAttention
import Testing

extension OneAtATime {
  @Suite("Naive attention, of infinities and NaN,")
  struct SpecialValueTests {
    /// Two heads with a single feature and positive queries, so that a key of −∞ is a score of −∞.
    private func positiveQueries(seed: UInt64) throws -> Inputs {
      let shape = try AttentionShape(heads: 2, queries: 11, keys: 21, headDim: 1, valueDim: 3)
      var input = Inputs(shape, seed: seed)
      input.query = input.query.map { abs($0) + 1 }
      return input
    }

    @Test("is zero with a log-sum-exp of −∞ in a row without finite scores")
    func emptyRows() throws {
      var input = try positiveQueries(seed: 5)
      for j in 0..<21 { input.key[j] = -.infinity }
      input.value[4] = .infinity
      input.value[5] = .nan
      let (result, reference) = (try input.naive(), try input.reference())
      #expect(result.output[..<33].allSatisfy { $0 == 0 })
      #expect(reference.output[..<33].allSatisfy { $0 == 0 })
      #expect(result.logSumExp[..<11].allSatisfy { $0 == -.infinity })
      #expect(reference.logSumExp[..<11].allSatisfy { $0 == -.infinity })
      #expect(result.output[33...].allSatisfy { $0.isFinite && $0 != 0 })
      #expect(reference.output[33...].allSatisfy { $0.isFinite && $0 != 0 })
    }

    @Test("ignores keys whose score is −∞")
    func maskedKeys() throws {
      var input = try positiveQueries(seed: 6)
      let bounds = ErrorBounds.float32(input)
      for j in stride(from: 0, to: 42, by: 3) { input.key[j] = -.infinity }
      let (result, expected) = (try input.naive(), definition(input))
      #expect(distance(result.output, expected.output) <= bounds.output)
      #expect(distance(result.logSumExp, expected.logSumExp) <= bounds.logSumExp)
      #expect(expected.logSumExp.allSatisfy { $0.isFinite })
    }

    @Test("spreads a NaN of a query to its row and no further")
    func nanQuery() throws {
      let shape = try AttentionShape(heads: 2, queries: 9, keys: 21, headDim: 5, valueDim: 3)
      var input = Inputs(shape, seed: 7)
      let clean = try input.naive()
      input.query[(9 + 4) * 5 + 2] = .nan
      let (result, reference) = (try input.naive(), try input.reference())
      for row in 0..<18 {
        let columns = (row * 3)..<(row * 3 + 3)
        if row == 9 + 4 {
          #expect(result.output[columns].allSatisfy { $0.isNaN })
          #expect(result.logSumExp[row].isNaN)
          #expect(reference.output[columns].allSatisfy { $0.isNaN })
          #expect(reference.logSumExp[row].isNaN)
        } else {
          #expect(result.output[columns] == clean.output[columns])
          #expect(result.logSumExp[row] == clean.logSumExp[row])
          #expect(reference.logSumExp[row].isFinite)
        }
      }
    }

    @Test("is NaN, not an empty row, where scores are −∞ and NaN", arguments: [0, 7, 8, 20])
    func nanAmongInfinities(nan: Int) throws {
      var input = try positiveQueries(seed: 8)
      for j in 0..<21 { input.key[j] = j == nan ? .nan : -.infinity }
      let (result, reference) = (try input.naive(), try input.reference())
      #expect(result.output[..<33].allSatisfy { $0.isNaN })
      #expect(result.logSumExp[..<11].allSatisfy { $0.isNaN })
      #expect(reference.output[..<33].allSatisfy { $0.isNaN })
      #expect(reference.logSumExp[..<11].allSatisfy { $0.isNaN })
    }
  }
}
