import Foundation
import NaiveAttention
import Testing

extension OneAtATime {
  @Suite("The float64 reference of both passes")
  struct ReferenceGradientTests {
    /// Which keys a query sees, in the tests: all, causal, or the first two and a window of three.
    static let rules: [(@Sendable (Int, Int) -> [Range<Int>])?] = [
      nil, { _, i in [0..<min(i + 1, 9)] },
      { batch, i in
        let window = max(2, min(i - 1, 9))..<max(2, min(i + 2, 9))
        return batch == 1 && i == 3 ? [] : [0..<2, window]
      },
    ]

    struct Inputs {
      let shape: AttentionShape
      let q: [Float]
      let k: [Float]
      let v: [Float]
      let dO: [Float]

      init() throws {
        shape = try AttentionShape(
          batch: 2, heads: 4, kvHeads: 2, queries: 7, keys: 9, headDim: 3, valueDim: 2)
        // A linear congruential generator, from seed 1.
        var state: UInt32 = 1
        func floats(_ count: Int) -> [Float] {
          (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) / 0x1p22 - 2
          }
        }
        q = floats(shape.queryCount)
        k = floats(shape.keyCount)
        v = floats(shape.valueCount)
        dO = floats(shape.outputCount)
      }

      func reference(
        _ rule: (@Sendable (Int, Int) -> [Range<Int>])?, threads: Int? = nil
      ) throws -> ReferenceGradients {
        try referenceGradients(
          query: q.span, key: k.span, value: v.span, outputGradient: dO.span, shape: shape,
          visibleKeys: rule, threads: threads)
      }

      /// Σ dO ∘ O by the definition, with the inputs in Double.
      func loss(
        _ q: [Double], _ k: [Double], _ v: [Double], _ rule: ((Int, Int) -> [Range<Int>])?
      ) -> (loss: Double, output: [Double], logSumExp: [Double]) {
        let (N, M, d, dv) = (shape.queries, shape.keys, shape.headDim, shape.valueDim)
        let scale = Double(1 / Float(d).squareRoot())
        var output: [Double] = []
        var logSumExp: [Double] = []
        for head in 0..<shape.batch * shape.heads {
          let kv = head / (shape.heads / shape.kvHeads)
          for i in 0..<N {
            let seen = rule?(head / shape.heads, i) ?? [0..<M]
            let weights = (0..<M).map { j -> Double in
              if !seen.contains(where: { $0.contains(j) }) { return 0 }
              var score = 0.0
              for f in 0..<d { score += q[(head * N + i) * d + f] * k[(kv * M + j) * d + f] }
              return exp(scale * score)
            }
            let sum = weights.reduce(0, +)
            logSumExp.append(log(sum))
            for f in 0..<dv {
              var value = 0.0
              for j in 0..<M where sum > 0 { value += weights[j] / sum * v[(kv * M + j) * dv + f] }
              output.append(value)
            }
          }
        }
        return (zip(output, dO).reduce(0) { $0 + $1.0 * Double($1.1) }, output, logSumExp)
      }
    }

    @Test("is the definition, and its gradients are its slopes", arguments: 0..<3)
    func definition(rule: Int) throws {
      let inputs = try Inputs()
      let rule = Self.rules[rule]
      let result = try inputs.reference(rule)
      let tensors = [inputs.q, inputs.k, inputs.v].map { $0.map(Double.init) }
      let plain = inputs.loss(tensors[0], tensors[1], tensors[2], rule)
      #expect(zip(result.output, plain.output).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(
        zip(result.logSumExp, plain.logSumExp).allSatisfy { $0 == $1 || abs($0 - $1) < 1e-12 })
      let gradients = [result.queryGradient, result.keyGradient, result.valueGradient]
      for (number, gradient) in gradients.enumerated() {
        let gradient = try #require(gradient)
        #expect(gradient.count == tensors[number].count)
        for index in gradient.indices {
          func loss(_ step: Double) -> Double {
            var changed = tensors
            changed[number][index] += step
            return inputs.loss(changed[0], changed[1], changed[2], rule).loss
          }
          let slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
          #expect(abs(gradient[index] - slope) < 1e-7, "tensor \(number), element \(index)")
        }
      }
    }

    @Test("does not depend on the number of threads")
    func threads() throws {
      let inputs = try Inputs()
      let results = try [1, 2, 7].map { try inputs.reference(Self.rules[1], threads: $0) }
      for result in results.dropFirst() {
        #expect(result.output == results[0].output)
        #expect(result.keyGradient == results[0].keyGradient)
      }
    }

    @Test("agrees with the reference of the forward pass, over several blocks of rows")
    func blocks() throws {
      // 3,000 keys leave room for 349 rows a block.
      let shape = try AttentionShape(queries: 700, keys: 3000, headDim: 2)
      let q = (0..<shape.queryCount).map { Float($0 % 13) / 7 - 1 }
      let k = (0..<shape.keyCount).map { Float($0 % 17) / 9 - 1 }
      let both = try referenceGradients(query: q.span, key: k.span, value: k.span, shape: shape)
      let forward = try referenceAttention(query: q.span, key: k.span, value: k.span, shape: shape)
      #expect(zip(both.output, forward.output).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(zip(both.logSumExp, forward.logSumExp).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(both.queryGradient == nil)
    }

    @Test("refuses a gradient of another size")
    func wrongCount() throws {
      let inputs = try Inputs()
      #expect(throws: NaiveAttentionError.self) {
        try referenceGradients(
          query: inputs.q.span, key: inputs.k.span, value: inputs.v.span,
          outputGradient: inputs.q.span, shape: inputs.shape)
      }
    }
  }
}
