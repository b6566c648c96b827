import NaiveAttention
import Testing

extension OneAtATime {
  @Suite("Reference gradients")
  struct ReferenceGradientsTests {
    @Test("are the definition up to rounding", arguments: shapes, Visibility.allCases)
    func values(shape: AttentionShape, visibility: Visibility) throws {
      let input = Inputs(shape, seed: 20, magnitude: 3)
      let gradient = input.normalOutputGradient(seed: 21)
      let result = try input.gradients(of: gradient, rules: .seeing(visibility))
      let expected = GradientDefinition(input, outputGradient: gradient, rules: .seeing(visibility))
      expect(result, toBe: expected, input, gradient)
    }

    @Test("take any finite scale", arguments: [-0.7, 0, 3.5] as [Float])
    func scale(tau: Float) throws {
      let shape = try AttentionShape(heads: 2, kvHeads: 1, queries: 19, headDim: 6)
      let input = Inputs(shape, seed: 22)
      let gradient = input.normalOutputGradient(seed: 23)
      let result = try input.gradients(of: gradient, scale: tau, rules: .seeing(.window))
      let expected = GradientDefinition(
        input, outputGradient: gradient, scale: tau, rules: .seeing(.window))
      expect(result, toBe: expected, input, gradient, scale: tau)
    }

    @Test("are the definition in blocks of 1, 2, 7 or 16 rows", arguments: [1, 50, 149, 350, 800])
    func rowBlocks(blockElements: Int) throws {
      let shape = try AttentionShape(
        batch: 2, heads: 4, kvHeads: 2, queries: 33, keys: 50, headDim: 9, valueDim: 20)
      let input = Inputs(shape, seed: 24)
      let gradient = input.normalOutputGradient(seed: 25)
      for visibility in [Visibility.causal, .everyThirdRow] {
        let result = try input.gradients(
          of: gradient, rules: .seeing(visibility), blockElements: blockElements)
        let expected = GradientDefinition(
          input, outputGradient: gradient, rules: .seeing(visibility))
        expect(result, toBe: expected, input, gradient)
      }
    }

    @Test(
      "are the central differences of the output",
      arguments: [.seeing(.sinksAndWindow), Rules(softcap: 1.5), .together])
    func differences(rules: Rules) throws {
      let shape = try AttentionShape(
        batch: 2, heads: 4, kvHeads: 2, queries: 5, keys: 6, headDim: 3, valueDim: 2)
      var input = Inputs(shape, seed: 28)
      // Multiples of 2⁻⁸, so that steps of 2⁻¹⁰ are exact.
      for tensor in [\Inputs.query, \.key, \.value] {
        input[keyPath: tensor] = input[keyPath: tensor].map { ($0 * 256).rounded() / 256 }
      }
      let gradient = input.normalOutputGradient(seed: 29)
      let result = try input.gradients(of: gradient, rules: rules)
      let tensors: [(WritableKeyPath<Inputs, [Float]>, [Double]?)] = [
        (\.query, result.queryGradient), (\.key, result.keyGradient),
        (\.value, result.valueGradient),
      ]
      for (tensor, computed) in tensors {
        let differences = try input[keyPath: tensor].indices.map { index in
          // f′ = (8(f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12h, with errors of h⁴ = 2⁻⁴⁰
          // times the fifth derivative, and of some 2⁻⁵³/h from rounding f. They were at most 2e-12.
          let slopes: Double = try [(-2, 1), (-1, -8), (1, 8), (2, -1)].reduce(0) { sum, term in
            var moved = input
            moved[keyPath: tensor][index] += Float(term.0) * 0x1p-10
            let output = try moved.gradients(of: nil, rules: rules).output
            let loss = zip(output, gradient).reduce(0) { $0 + $1.0 * Double($1.1) }
            return sum + Double(term.1) * loss
          }
          return slopes / (12 * 0x1p-10)
        }
        #expect(distance(computed ?? [], differences) <= 1e-10)
      }
    }

    @Test("have the same bits on any number of threads", arguments: [2, 7])
    func threads(count: Int) throws {
      let shape = try AttentionShape(
        batch: 2, heads: 8, kvHeads: 4, queries: 81, keys: 150, headDim: 24)
      let input = Inputs(shape, seed: 30)
      let gradient = input.normalOutputGradient(seed: 31)
      let one = try input.gradients(
        of: gradient, rules: .seeing(.causal), threads: 1, blockElements: 20 * 150)
      let several = try input.gradients(
        of: gradient, rules: .seeing(.causal), threads: count, blockElements: 20 * 150)
      // Outside of #expect, which on failure would take a minute to describe the difference.
      let same = zip(one.tensors, several.tensors).map { a, b in
        a.map(\.bitPattern) == b.map(\.bitPattern)
      }
      #expect(same == [true, true, true, true, true])
    }

    @Test("are not there unless asked for, and do not change the output")
    func outputOnly() throws {
      let shape = try AttentionShape(heads: 2, queries: 9, keys: 12, headDim: 5, valueDim: 3)
      let input = Inputs(shape, seed: 32)
      let only = try input.gradients(of: nil, rules: .seeing(.causal))
      let all = try input.gradients(
        of: input.normalOutputGradient(seed: 33), rules: .seeing(.causal))
      #expect(only.queryGradient == nil && only.keyGradient == nil && only.valueGradient == nil)
      #expect(only.output == all.output)
      #expect(only.logSumExp == all.logSumExp)
    }
  }
}
