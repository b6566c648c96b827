import NaiveAttention
import Testing

extension OneAtATime {
  @Suite("Reference gradients, of infinities and NaN,")
  struct GradientSpecialValueTests {
    private let shape: AttentionShape
    private let clean: Inputs
    private let outputGradient: [Float]

    init() throws {
      shape = try AttentionShape(
        heads: 4, kvHeads: 2, queries: 9, keys: 12, headDim: 5, valueDim: 3)
      clean = Inputs(shape, seed: 40)
      outputGradient = clean.normalOutputGradient(seed: 41)
    }

    @Test("are those of the other rows where a row sees nothing, whatever it holds")
    func emptyRows() throws {
      var (input, gradient) = (clean, outputGradient)
      for row in 0..<36 where row % 9 % 3 != 0 {
        for x in 0..<5 { input.query[row * 5 + x] = .nan }
        for x in 0..<3 { gradient[row * 3 + x] = x == 0 ? .nan : .infinity }
      }
      let result = try input.gradients(of: gradient, rules: .seeing(.everyThirdRow))
      let expected = try clean.gradients(of: outputGradient, rules: .seeing(.everyThirdRow))
      #expect(result.tensors == expected.tensors)
    }

    @Test("are zero where no row sees a key, whatever keys and values hold")
    func nothingVisible() throws {
      var input = clean
      for index in input.key.indices { input.key[index] = .nan }
      for index in input.value.indices { input.value[index] = .infinity }
      let result = try input.gradients(of: outputGradient, rules: .seeing(.nothing))
      #expect(result.logSumExp.allSatisfy { $0 == -.infinity })
      for index in [0, 2, 3, 4] { #expect(result.tensors[index].allSatisfy { $0 == 0 }) }
    }

    @Test("are zero in a row whose scores are all −∞")
    func infiniteScores() throws {
      let shape = try AttentionShape(queries: 4, keys: 3, headDim: 1)
      var input = Inputs(shape, seed: 42)
      input.key = [-.infinity, -.infinity, -.infinity]
      input.query = [1, 2, 3, 4]
      let result = try input.gradients(of: [1, 2, 3, 4])
      #expect(result.logSumExp.allSatisfy { $0 == -.infinity })
      for index in [0, 2, 3, 4] { #expect(result.tensors[index].allSatisfy { $0 == 0 }) }
    }

    @Test("are NaN in the row of a NaN query, in dK and dV of its key head, and nowhere else")
    func nanQuery() throws {
      var input = clean
      let row = 1 * 9 + 4  // of head 1, which shares key head 0 with head 0
      input.query[row * 5 + 2] = .nan
      let result = try input.gradients(of: outputGradient)
      let places = [
        (row * 3)..<(row * 3 + 3), row..<(row + 1), (row * 5)..<(row * 5 + 5), 0..<(12 * 5),
        0..<(12 * 3),
      ]
      for (tensor, place) in zip(result.tensors, places) {
        #expect(tensor.indices.allSatisfy { tensor[$0].isNaN == place.contains($0) })
      }
    }

    @Test("are NaN in the row of a NaN output gradient, in dK and a column of dV of its key head")
    func nanOutputGradient() throws {
      var gradient = outputGradient
      let row = 2 * 9 + 8  // of head 2, which has key head 1
      gradient[row * 3 + 1] = .nan
      let result = try clean.gradients(of: gradient)
      #expect(result.output.allSatisfy { $0.isFinite })
      #expect(result.logSumExp.allSatisfy { $0.isFinite })
      let (dQ, dK, dV) = (result.tensors[2], result.tensors[3], result.tensors[4])
      #expect(dQ.indices.allSatisfy { dQ[$0].isNaN == (row == $0 / 5) })
      #expect(dK.indices.allSatisfy { dK[$0].isNaN == ($0 >= 12 * 5) })
      #expect(dV.indices.allSatisfy { dV[$0].isNaN == ($0 >= 12 * 3 && $0 % 3 == 1) })
    }

    @Test("are NaN where a weight of 0 meets an infinite value that is not visible")
    func infiniteValue() throws {
      var input = clean
      input.value[11 * 3] = .infinity  // key 11 of key head 0, beyond every causal row
      let result = try input.gradients(of: outputGradient, rules: .seeing(.causal))
      #expect((0..<18).allSatisfy { result.output[$0 * 3].isNaN })
      #expect((0..<18).allSatisfy { result.output[$0 * 3 + 1].isFinite })
      #expect(result.logSumExp.allSatisfy { $0.isFinite })
    }
  }
}
