@_spi(Host) internal import HBMSim

/// FlashAttention: keys and values in the outer loop, a launch a head of keys.
enum Flash1: AttentionAlgorithm {
  static func costlySide(_ pass: Pass) -> Blocks.Side { .columns }

  static func launches(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    request.pass == .both ? 2 : 1
  }

  /// Matrices that are only read are as in HBM, all others f32.
  static func budgets(_ blocks: Blocks, _ request: AttentionRequest) -> [SRAMBudget] {
    (request.pass.countsForward ? [forwardBudget(blocks, request)] : [])
      + (request.pass.hasBackward ? [backwardBudget(blocks, request)] : [])
  }

  /// Vectors are ℓᵢ and mᵢ, beside a block of a mask or bias; or, at line 11, these and m̃ᵢⱼ, ℓ̃ᵢⱼ,
  /// mᵢⁿᵉʷ, a, b, the two products and their sum.
  private static func forwardBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, e) = (blocks.rows, blocks.columns, request.elementSize)
    let (d, dv) = (request.shape.headDim, request.shape.valueDim)
    let (loaded, vectors) = request.scoreTensorOrVectors(blocks, before: 2, after: 10)
    return SRAMBudget(
      "forward",
      [
        "K": e * Bc * d, "V": e * Bc * dv, "Q": e * Br * d, "O": 4 * Br * dv, "S": 4 * Br * Bc,
        "mask or bias": loaded, "vectors": vectors,
      ])
  }

  /// Vectors are ℓᵢ, mᵢ and Dᵢ. S is there once more with a soft cap.
  private static func backwardBudget(_ blocks: Blocks, _ request: AttentionRequest) -> SRAMBudget {
    let (Br, Bc, e) = (blocks.rows, blocks.columns, request.elementSize)
    let (d, dv) = (request.shape.headDim, request.shape.valueDim)
    return SRAMBudget(
      "backward",
      [
        "K": e * Bc * d, "V": e * Bc * dv, "dK": 4 * Bc * d, "dV": 4 * Bc * dv,
        "Q": e * Br * d, "O": request.precision.accumulatorType.size * Br * dv,
        "dO": e * Br * dv, "dQ": 4 * Br * d, "P": 4 * Br * Bc, "dP": 4 * Br * Bc,
        "S": request.options.softcap == nil ? 0 : 4 * Br * Bc, "vectors": 4 * 3 * Br,
      ])
  }

  /// Forward: line 2 writes O, ℓ and m; line 6 reads K and V once; lines 8, 12 and 13 are run for every
  /// live block. Backward: line 5 writes dQ; line 7 reads and line 24 writes once; lines 10 and 21 are
  /// run for every live block.
  static func closedForm(
    _ blocks: Blocks, _ request: AttentionRequest, live: LiveBlocks
  ) -> Ledger {
    let shape = request.shape
    let Nq = shape.matrices * shape.queries
    let Nk = shape.kvMatrices * shape.keys
    let (d, dv) = (shape.headDim, shape.valueDim)
    let rows = shape.heads * live.rows
    var ledger = Ledger()
    let (type, sums) = (request.precision.elementType, request.precision.accumulatorType)
    func add(
      _ tensor: String, _ phase: Phase, reads: Int = 0, writes: Int = 0, of type: ElementType
    ) {
      ledger.add(Traffic(reads: reads, writes: writes, of: type), phase: phase, tensor: tensor)
    }
    if request.pass.countsForward {
      for (tensor, columns, type) in [("O", dv, sums), ("l", 1, .f32), ("m", 1, .f32)] {
        add(tensor, .initialize, writes: Nq * columns, of: type)
        add(tensor, .main, reads: rows * columns, writes: rows * columns, of: type)
      }
      add("K", .main, reads: Nk * d, of: type)
      add("V", .main, reads: Nk * dv, of: type)
      add("Q", .main, reads: rows * d, of: type)
      request.addScoreTensors(to: &ledger, elements: shape.heads * live.elements, .main)
    }
    if request.pass.hasBackward {
      add("dQ", .initialize, writes: Nq * d, of: sums)
      add("K", .main, reads: Nk * d, of: type)
      add("V", .main, reads: Nk * dv, of: type)
      add("Q", .main, reads: rows * d, of: type)
      add("O", .main, reads: rows * dv, of: sums)
      add("dO", .main, reads: rows * dv, of: type)
      add("l", .main, reads: rows, of: .f32)
      add("m", .main, reads: rows, of: .f32)
      add("dQ", .main, reads: rows * d, writes: rows * d, of: sums)
      add("dK", .main, writes: Nk * d, of: type)
      add("dV", .main, writes: Nk * dv, of: type)
      request.addScoreTensors(to: &ledger, elements: shape.heads * live.elements, .main)
    }
    request.addRandomState(to: &ledger)
    return ledger
  }

  static func hbmFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> HBMFootprint {
    var footprint = HBMFootprint()
    let sums = request.precision.accumulatorType
    footprint.addOutput(for: request, type: sums)
    footprint.addStatistics("l", "m", for: request, as: .saved)
    footprint.addRandomState(for: request)
    if request.pass.hasBackward { footprint.addGradients(for: request, queryType: sums) }
    return footprint
  }

  static func run(_ problem: AttentionProblem) throws(LaunchError) -> AlgorithmResult {
    let (shape, pass, memory) = (problem.shape, problem.request.pass, problem.memory)
    let (Br, Bc) = (problem.blocks.rows, problem.blocks.columns)
    let (K, V, tau) = (problem.K, problem.V, problem.scale)
    let sums = problem.request.precision.accumulatorType
    let O: HBMTensor<Queries, ValueFeatures> = problem.allocate(
      "O", columns: shape.valueDim, type: sums)
    let l = problem.allocate(statistic: "l")
    let m = problem.allocate(statistic: "m")
    let scores = (0..<shape.matrices).map { problem.scoreTerms($0) }
    let Qs = HeadBlocks(problem.Q, rows: Br)
    let Os = HeadBlocks(O, rows: Br)
    let ls = HeadBlocks(l, rows: Br)
    let ms = HeadBlocks(m, rows: Br)
    // K and V turn with the keys along the lanes in the backward pass, where S and P are reduced over
    // queries; in the forward pass, where they are reduced over keys, Q and O do.
    func launch(_ budget: SRAMBudget, lanes: any Axis.Type) -> Launch {
      Launch(grid: shape.kvMatrices, footprint: budget.total, lanes: lanes)
    }
    let forwardMachine = pass.countsForward ? problem.machine : problem.preparing
    let random = try problem.saveRandomState(on: forwardMachine)
    let forward = try forwardMachine.launch(
      launch(forwardBudget(problem.blocks, problem.request), lanes: Queries.self), memory: memory
    ) {
      core, index in
      self.forward(
        core, heads: shape.queryMatrices(ofKV: index), scores: { scores[$0] }, Qs,
        K[index].blocks(rows: Bc), V[index].blocks(rows: Bc), Os, ls, ms, scale: tau)
    }
    var result = AlgorithmResult(
      execution: pass.countsForward ? random.execution + forward : Execution(),
      output: memory.contents(of: O))
    if let l = memory.contents(of: l), let m = memory.contents(of: m) {
      result.logSumExp = { logSumExp(sums: l, maxima: m) }
    }
    guard let dO = problem.dO else { return result }

    let dQ: HBMTensor<Queries, Features> = problem.allocate(
      "dQ", columns: shape.headDim, type: sums)
    let dK: HBMTensor<Keys, Features> = problem.allocate("dK", columns: shape.headDim)
    let dV: HBMTensor<Keys, ValueFeatures> = problem.allocate("dV", columns: shape.valueDim)
    let dOs = HeadBlocks(dO, rows: Br)
    let dQs = HeadBlocks(dQ, rows: Br)
    result.execution =
      try result.execution + problem.loadRandomState(random.state)
      + problem.machine.launch(
        launch(backwardBudget(problem.blocks, problem.request), lanes: Keys.self), memory: memory
      ) { core, index in
        backward(
          core, heads: shape.queryMatrices(ofKV: index), scores: { scores[$0] }, Qs,
          K[index].blocks(rows: Bc), V[index].blocks(rows: Bc), Os, dOs, ls, ms, dQs,
          dK[index].blocks(rows: Bc), dV[index].blocks(rows: Bc), scale: tau)
      }
    result.gradients = AlgorithmResult.Gradients(
      memory.contents(of: dQ), memory.contents(of: dK), memory.contents(of: dV))
    return result
  }
}
