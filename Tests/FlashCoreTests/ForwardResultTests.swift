@_spi(Host) import FlashCore
@_spi(Host) import HBMSim
import TestSupport
import Testing

@Suite("A backward pass")
struct ForwardResultTests {
  private static let resuming = Algorithm.allCases.filter(\.resumesFromOutput)

  private func plan(
    _ algorithm: Algorithm, _ pass: Pass, _ problem: Problem,
    _ options: AttentionOptions = AttentionOptions(), on machine: Machine
  ) throws -> AttentionPlan {
    try AttentionPlan(
      algorithm, pass: pass, shape: problem.shape, options: options, precision: problem.precision,
      scale: problem.scale, tiling: .blocks(16, 12), on: machine)
  }

  @Test("given O and LSE is the one that prepares them by itself", arguments: resuming)
  func values(algorithm: Algorithm) throws {
    let (queries, keys) = OptionTests.shape
    let shape = try AttentionShape(
      batch: 2, heads: 2, kvHeads: 1, queries: queries, keys: keys, headDim: 6)
    for precision in PrecisionTests.precisions {
      let problem = try Problem(shape, precision: precision, seed: 31)
      for (name, options) in OptionTests.options {
        let forward = try plan(algorithm, .forward, problem, options, on: machine())(
          query: problem.query, key: problem.key, value: problem.value)
        let backward = try plan(algorithm, .backward, problem, options, on: machine())
        func run(_ forward: ForwardResult?) throws -> AttentionResult {
          try backward(
            query: problem.query, key: problem.key, value: problem.value,
            outputGradient: problem.outputGradient, forward: forward)
        }
        let (resumed, prepared) = (try run(forward.forward), try run(nil))
        for (a, b) in [
          (resumed.gradients!.query, prepared.gradients!.query),
          (resumed.gradients!.key, prepared.gradients!.key),
          (resumed.gradients!.value, prepared.gradients!.value),
          (resumed.output, prepared.output), (resumed.logSumExp, prepared.logSumExp),
        ] {
          #expect(a.values == b.values, "\(name) \(precision)")
        }
        // What lies in HBM may be less: no forward pass leaves partial results there.
        let (less, more) = (resumed.execution, prepared.execution)
        #expect(less.ledger == more.ledger, "\(name) \(precision)")
        #expect(less.operations == more.operations, "\(name) \(precision)")
        #expect(less.peakSRAM == more.peakSRAM, "\(name) \(precision)")
      }
    }
  }

  @Test("given O and LSE runs no forward pass", arguments: resuming)
  func noForward(algorithm: Algorithm) throws {
    let problem = try Problem(try AttentionShape(queries: 20, headDim: 4), seed: 32)
    let forward = try plan(algorithm, .forward, problem, on: machine())(
      query: problem.query, key: problem.key, value: problem.value)
    // An output that no forward pass gives: D is 0 everywhere, and so dS is P ∘ dP.
    let nothing = try Tensor(shape: forward.output.shape, Array(repeating: 0, count: 80))
    let result = try plan(algorithm, .backward, problem, on: machine())(
      query: problem.query, key: problem.key, value: problem.value,
      outputGradient: problem.outputGradient,
      forward: ForwardResult(output: nothing, logSumExp: forward.logSumExp))
    let honest = try plan(algorithm, .backward, problem, on: machine())(
      query: problem.query, key: problem.key, value: problem.value,
      outputGradient: problem.outputGradient)
    #expect(result.gradients!.value.values == honest.gradients!.value.values)
    #expect(result.gradients!.query.values != honest.gradients!.query.values)
  }

  @Test("of an algorithm that keeps something else refuses O and LSE")
  func others() throws {
    let problem = try Problem(try AttentionShape(queries: 20, headDim: 4), seed: 33)
    for algorithm in Algorithm.allCases where !algorithm.resumesFromOutput {
      let forward = try problem.run(algorithm, on: machine()).forward
      #expect(
        throws: AttentionError.option(
          "\(algorithm) takes more of its forward pass than O and LSE.")
      ) {
        try plan(algorithm, .backward, problem, on: machine())(
          query: problem.query, key: problem.key, value: problem.value,
          outputGradient: problem.outputGradient, forward: forward)
      }
    }
    #expect(Self.resuming == [.flash2, .splitKV])
  }

  @Test("refuses O and LSE of other shapes and elements")
  func mistakes() throws {
    let problem = try Problem(try AttentionShape(queries: 20, headDim: 4), seed: 34)
    let forward = try problem.run(.flash2, on: machine()).forward
    let (O, L) = (forward.output, forward.logSumExp)
    func error(_ output: Tensor, _ logSumExp: Tensor) throws -> AttentionError? {
      let plan = try plan(.flash2, .backward, problem, on: machine())
      return #expect(throws: AttentionError.self) {
        try plan(
          query: problem.query, key: problem.key, value: problem.value,
          outputGradient: problem.outputGradient,
          forward: ForwardResult(output: output, logSumExp: logSumExp))
      }
    }
    #expect(
      try error(Tensor(normal: [1, 1, 19, 4], seed: 0), L)
        == .shapesDisagree(what: "tokens", first: "plan of the output", 20, second: "output", 19))
    #expect(
      try error(O.converted(to: .f16), L)
        == .elementTypesDisagree(tensor: "output", .f16, expected: .f32))
    #expect(
      try error(O, Tensor(normal: [1, 1, 19], seed: 0))
        == .wrongShape(tensor: "log-sum-exp", shape: [1, 1, 19], expected: [1, 1, 20]))
    #expect(
      try error(O, L.converted(to: .bf16))
        == .elementTypesDisagree(tensor: "log-sum-exp", .bf16, expected: .f32))
  }

  @Test("writes results to a caller's memory, and nothing beside it")
  func memory() throws {
    let shape = try AttentionShape(heads: 4, kvHeads: 2, queries: 20, keys: 31, headDim: 6)
    for algorithm in Algorithm.allCases {
      let problem = try Problem(shape, seed: 35)
      let plan = try plan(algorithm, .both, problem, on: machine())
      let expected = try plan(
        query: problem.query, key: problem.key, value: problem.value,
        outputGradient: problem.outputGradient)
      let guards = 8
      func block(_ tensor: Tensor) -> UnsafeMutableBufferPointer<Float> {
        let count = tensor.shape.reduce(1, *) + 2 * guards
        let block = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
        block.initialize(repeating: 77)
        return block
      }
      func buffer(_ block: UnsafeMutableBufferPointer<Float>) -> HostBuffer {
        HostBuffer(
          unownedResult: UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(
              rebasing: block[guards..<block.count - guards])), of: .f32)
      }
      let gradients = expected.gradients!
      let wanted = [
        expected.output, expected.logSumExp, gradients.query, gradients.key, gradients.value,
      ]
      let blocks = wanted.map(block)
      defer { for block in blocks { block.deallocate() } }
      var memory = ResultMemory()
      let buffers = blocks.map(buffer)
      (memory.output, memory.logSumExp) = (buffers[0], buffers[1])
      (memory.queryGradient, memory.keyGradient, memory.valueGradient) =
        (buffers[2], buffers[3], buffers[4])
      let result = try plan(
        query: problem.query, key: problem.key, value: problem.value,
        outputGradient: problem.outputGradient, into: memory)
      let got = [
        result.output, result.logSumExp, result.gradients!.query, result.gradients!.key,
        result.gradients!.value,
      ]
      for (i, tensor) in got.enumerated() {
        #expect(tensor.values == wanted[i].values, "\(algorithm) \(i)")
        // Log-sum-exps are kept in other forms by some.
        let isThere = tensor.buffer === buffers[i]
        #expect(isThere || i == 1 && !algorithm.resumesFromOutput, "\(algorithm) \(i)")
        let edges = Array(blocks[i].prefix(guards)) + Array(blocks[i].suffix(guards))
        #expect(edges == Array(repeating: 77, count: 2 * guards), "\(algorithm) \(i)")
        if isThere {
          #expect(
            Array(blocks[i][guards..<blocks[i].count - guards]) == wanted[i].values,
            "\(algorithm) \(i)")
        }
      }
    }
  }
}
