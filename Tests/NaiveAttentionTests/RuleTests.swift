import Foundation
import NaiveAttention
import TestSupport
import Testing

extension OneAtATime {
  @Suite("Rules of scores")
  struct RuleTests {
    private let shape: AttentionShape
    private let input: Inputs
    private let outputGradient: [Float]

    init() throws {
      shape = try AttentionShape(
        batch: 2, heads: 4, kvHeads: 2, queries: 33, keys: 50, headDim: 9, valueDim: 20)
      input = Inputs(shape, seed: 50, magnitude: 3)
      outputGradient = input.normalOutputGradient(seed: 51)
    }

    @Test("are those of the definition", arguments: shapes, Rules.cases)
    func gradients(shape: AttentionShape, rules: Rules) throws {
      let input = Inputs(shape, seed: 52, magnitude: 3)
      let gradient = input.normalOutputGradient(seed: 53)
      let result = try input.gradients(of: gradient, rules: rules)
      let expected = GradientDefinition(input, outputGradient: gradient, rules: rules)
      expect(result, toBe: expected, input, gradient, rules: rules)

      let only = try input.gradients(of: nil, rules: rules)
      #expect(only.output == result.output)
      #expect(only.logSumExp == result.logSumExp)
    }

    @Test("are those of the definition where attention alone is computed", arguments: shapes)
    func attention(shape: AttentionShape) throws {
      let input = Inputs(shape, seed: 54, magnitude: 3)
      for rules in Rules.cases + Visibility.allCases.map(Rules.seeing) {
        let result = try input.reference(rules: rules)
        let expected = GradientDefinition(
          input, outputGradient: input.normalOutputGradient(seed: 55), rules: rules)
        let bounds = ErrorBounds.float64(input, rules: rules)
        #expect(distance(result.output, expected.output) <= bounds.output, "\(rules)")
        #expect(distance(result.logSumExp, expected.logSumExp) <= bounds.logSumExp, "\(rules)")
      }
    }

    @Test("are of selected rows what they are of all", arguments: Rules.cases)
    func selectedRows(rules: Rules) throws {
      let rows = [32, 0, 17, 3, 0]
      let (all, selected) = (
        try input.reference(rules: rules), try input.reference(queryRows: rows, rules: rules)
      )
      let bounds = ErrorBounds.float64(input, rules: rules)
      let wanted = (0..<8).flatMap { head in rows.map { head * 33 + $0 } }
      let output = wanted.flatMap { all.output[($0 * 20)..<($0 * 20 + 20)] }
      #expect(distance(selected.output, output) <= bounds.output)
      #expect(distance(selected.logSumExp, wanted.map { all.logSumExp[$0] }) <= bounds.logSumExp)
    }

    @Test("are those of the definition in blocks of rows", arguments: [1, 149, 350])
    func rowBlocks(blockElements: Int) throws {
      for rules in [Rules(softcap: 1.5), Rules(drops: true), .together] {
        let result = try input.gradients(
          of: outputGradient, rules: rules, blockElements: blockElements)
        let expected = GradientDefinition(input, outputGradient: outputGradient, rules: rules)
        expect(result, toBe: expected, input, outputGradient, rules: rules)
      }
    }

    @Test("have the same bits on any number of threads", arguments: [2, 7])
    func threads(count: Int) throws {
      let one = try input.gradients(
        of: outputGradient, rules: .together, threads: 1, blockElements: 20 * 50)
      let several = try input.gradients(
        of: outputGradient, rules: .together, threads: count, blockElements: 20 * 50)
      #expect(one.tensors == several.tensors)

      // 600 rows are three blocks.
      let long = Inputs(
        try AttentionShape(heads: 2, kvHeads: 1, queries: 600, keys: 20, headDim: 3), seed: 56)
      let (first, second) = (
        try long.reference(rules: .together, threads: 1),
        try long.reference(rules: .together, threads: count)
      )
      #expect(first.output == second.output)
      #expect(first.logSumExp == second.logSumExp)
    }

    @Test("that change nothing do not change a bit")
    func neutral() throws {
      let neutral = ScoreRules(
        visibleKeys: { _, _ in [0..<7, 7..<50] }, bias: { _, _, _, _ in },
        dropout: { _, _, _, _ in })
      let (plain, ruled) = (
        try input.gradients(of: outputGradient),
        try referenceGradients(
          query: input.query.span, key: input.key.span, value: input.value.span,
          outputGradient: outputGradient.span, shape: shape, rules: neutral)
      )
      #expect(plain.tensors == ruled.tensors)

      let (attention, ruledAttention) = (
        try input.reference(),
        try referenceAttention(
          query: input.query.span, key: input.key.span, value: input.value.span, shape: shape,
          rules: neutral)
      )
      #expect(attention.output == ruledAttention.output)
      #expect(attention.logSumExp == ruledAttention.logSumExp)
    }

    @Test("turn a row of ones into factors, whatever the row before was")
    func ones() throws {
      let storing = ScoreRules(dropout: { batch, head, query, factors in
        for key in factors.indices where factors[key] == 1 { factors[key] = key == 0 ? 50 : 0 }
      })
      let result = try referenceGradients(
        query: input.query.span, key: input.key.span, value: input.value.span,
        outputGradient: nil, shape: shape, rules: storing)
      let attention = try referenceAttention(
        query: input.query.span, key: input.key.span, value: input.value.span, shape: shape,
        rules: storing)
      let bounds = ErrorBounds.float64(input)
      for row in 0..<shape.rowCount {
        // O = 50·P₀V₀, with P₀ = exp(S₀ − LSE).
        let kvHead = row / 33 / 2
        let score = (0..<9).reduce(0) {
          $0 + Double(input.query[row * 9 + $1]) * Double(input.key[kvHead * 50 * 9 + $1])
        }
        let weight = exp(Double(Float(1 / 3.0)) * score - result.logSumExp[row])
        let expected = (0..<20).map { 50 * weight * Double(input.value[kvHead * 50 * 20 + $0]) }
        let place = (row * 20)..<(row * 20 + 20)
        #expect(distance(Array(result.output[place]), expected) <= 50 * bounds.output)
        #expect(distance(Array(attention.output[place]), expected) <= 50 * bounds.output)
      }
    }

    @Test("leave nothing of a row that a mask rules out wholly, whatever it holds")
    func emptyRows() throws {
      let rules = Rules(softcap: 1.5, bias: .mask, drops: true)
      let empty = (0..<shape.rowCount).filter { $0 % 33 % 5 == 3 }
      var (dirty, gradient) = (input, outputGradient)
      for row in empty {
        for x in 0..<9 { dirty.query[row * 9 + x] = x == 0 ? .infinity : 1 }
        for x in 0..<20 { gradient[row * 20 + x] = x == 0 ? .nan : .infinity }
      }
      let result = try dirty.gradients(of: gradient, rules: rules)
      let expected = try input.gradients(of: outputGradient, rules: rules)
      #expect(result.tensors == expected.tensors)
      let attention = try dirty.reference(rules: rules)
      for row in empty {
        #expect(result.logSumExp[row] == -.infinity && attention.logSumExp[row] == -.infinity)
        #expect(result.output[(row * 20)..<(row * 20 + 20)].allSatisfy { $0 == 0 })
        #expect(attention.output[(row * 20)..<(row * 20 + 20)].allSatisfy { $0 == 0 })
        #expect(result.tensors[2][(row * 9)..<(row * 9 + 9)].allSatisfy { $0 == 0 })
      }
    }

    @Test("cap infinite scores, and do not look at those that a row does not see")
    func infiniteScores() throws {
      let shape = try AttentionShape(queries: 1, keys: 3, headDim: 1)
      let (query, key, value): ([Float], [Float], [Float]) = (
        [1], [.infinity, -.infinity, .nan], [1, -1, 0]
      )
      let rules = ScoreRules(visibleKeys: { _, _ in [0..<2] }, softcap: 2)
      let result = try referenceAttention(
        query: query.span, key: key.span, value: value.span, shape: shape, rules: rules)
      #expect(distance(result.output, [tanh(2)]) <= 0x1p-51)
      #expect(distance(result.logSumExp, [log(exp(2) + exp(-2))]) <= 0x1p-51)
    }

    @Test("have a soft cap that is positive and finite")
    func softcap() async {
      let words = "A soft cap that is not positive and finite"
      let zero = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = ScoreRules(softcap: 0)
      }
      let infinite = await #expect(
        processExitsWith: .failure, observing: [\.standardErrorContent]
      ) { _ = ScoreRules(softcap: .infinity) }
      #expect(says(zero?.standardErrorContent, words))
      #expect(says(infinite?.standardErrorContent, words))
    }
  }
}
