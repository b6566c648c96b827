@_spi(Host) internal import HBMSim

extension StandardEager {
  static func run(_ problem: AttentionProblem) throws(LaunchError) -> AlgorithmResult {
    let (shape, memory) = (problem.shape, problem.memory)
    let countsForward = problem.request.pass.countsForward
    let tensors = EagerTensors(problem)
    var launches = EagerLaunches(problem, on: countsForward ? problem.machine : problem.preparing)
    try computeScores(&launches, tensors)
    try computeOutput(&launches, tensors)
    var result = AlgorithmResult(
      execution: countsForward ? launches.execution : Execution(),
      output: memory.contents(of: tensors.O))
    if let S = memory.contents(of: tensors.S), let P = memory.contents(of: tensors.P) {
      result.logSumExp = { logSumExp(scores: S, probabilities: P, keys: shape.keys) }
    }
    guard let dO = problem.dO else { return result }
    let dS: HBMTensor<Queries, Keys> = problem.allocate("dS", columns: shape.keys)
    let dQ: HBMTensor<Queries, Features> = problem.allocate("dQ", columns: shape.headDim)
    let dK: HBMTensor<Keys, Features> = problem.allocate("dK", columns: shape.headDim)
    let dV: HBMTensor<Keys, ValueFeatures> = problem.allocate("dV", columns: shape.valueDim)
    var backward = EagerLaunches(problem, on: problem.machine)
    try computeScoreGradient(&backward, tensors, dO, dV, dS)
    try computeGradients(&backward, tensors, dS, dQ, dK)
    result.execution = result.execution + backward.execution
    result.gradients = AlgorithmResult.Gradients(
      memory.contents(of: dQ), memory.contents(of: dK), memory.contents(of: dV))
    return result
  }

  /// K′, and S with all that changes scores before the softmax.
  private static func computeScores(
    _ kernels: inout EagerLaunches, _ tensors: EagerTensors
  ) throws(LaunchError) {
    let problem = kernels.problem
    let (shape, blocks, options) = (problem.shape, problem.blocks, problem.request.options)
    let (Q, K, tau) = (HeadBlocks(problem.Q, rows: blocks.rows), problem.K, problem.scale)
    let (scaledK, S, Bc) = (tensors.scaledK, HeadGrid(tensors.S, blocks), blocks.columns)

    try kernels.launchOverKeys(.scale) { core, kv, j in
      scale(core, K[kv].blocks(rows: Bc)[j], to: scaledK[kv].blocks(rows: Bc)[j], by: tau)
    }
    // With the lanes along keys, S lies in SRAM as in HBM.
    try kernels.launch(.scores, grid: shape.kvMatrices, lanes: Keys.self) { core, kv in
      scores(core, heads: shape.queryMatrices(ofKV: kv), Q, scaledK[kv].blocks(rows: Bc), S)
    }
    // Where the capped scores are kept for the backward pass, what comes next writes S anew.
    var source = S
    if let cap = options.softcap {
      let capped = HeadGrid(tensors.cappedS, blocks)
      try kernels.launchOverScores(.softcap) { core, h, i, j in
        softcap(core, S[h][i, j], to: capped[h][i, j], at: cap)
      }
      source = capped
    }
    if let slopes = options.slopes {
      let previous = source
      try kernels.launchOverScores(.alibi) { core, h, i, j in
        addDistances(core, previous[h][i, j], to: S[h][i, j], slope: slopes[h % shape.heads]) {
          options.mask.ownKey(ofQuery: i * blocks.rows + $0, shape) - j * Bc
        }
      }
      source = S
    }
    if let shared = options.bias, let tensor = problem.scoreTensors.bias {
      let (previous, bias) = (source, HeadGrid(tensor, blocks))
      try kernels.launchOverScores(.bias, sharing: shared) { core, b, heads, i, j in
        addBias(core, heads: heads, bias[b][i, j], previous, to: S, row: i, column: j)
      }
      source = S
    }
    if let shared = options.byteMask(for: shape), let tensor = tensors.mask {
      let (previous, mask) = (source, HeadGrid(tensor, blocks))
      try kernels.launchOverScores(.mask, sharing: shared) { core, m, heads, i, j in
        ruleOut(core, heads: heads, mask[m][i, j], previous, to: S, row: i, column: j)
      }
    }
  }

  /// P, what dropout leaves of it, and O.
  private static func computeOutput(
    _ kernels: inout EagerLaunches, _ tensors: EagerTensors
  ) throws(LaunchError) {
    let problem = kernels.problem
    let (shape, blocks) = (problem.shape, problem.blocks)
    let (S, P, V, Bc) = (tensors.S, tensors.P, problem.V, blocks.columns)
    let droppedP = HeadGrid(tensors.droppedP, blocks)
    let O = HeadBlocks(tensors.O, rows: blocks.rows)

    let rows = softmaxRows(blocks, problem.request)
    try kernels.launchOverRows(.softmax, rows: rows) { core, h, i in
      softmax(core, S[h].blocks(rows: rows)[i], P[h].blocks(rows: rows)[i])
    }
    if let dropout = problem.request.options.dropout, let Z = tensors.Z {
      let (P, Z) = (HeadGrid(P, blocks), HeadGrid(Z, blocks))
      try kernels.launchOverScores(.dropout) { core, h, i, j in
        dropOut(
          core, P[h][i, j], to: droppedP[h][i, j], Z[h][i, j], dropout, batch: h / shape.heads,
          head: h % shape.heads, firstQuery: i * blocks.rows, firstKey: j * Bc)
      }
    }
    // With the lanes along the features of values, P, V and O lie in SRAM as in HBM.
    try kernels.launch(.output, grid: shape.kvMatrices, lanes: ValueFeatures.self) { core, kv in
      output(core, heads: shape.queryMatrices(ofKV: kv), droppedP, V[kv].blocks(rows: Bc), O)
    }
  }

  /// dV, dP and dS.
  private static func computeScoreGradient(
    _ kernels: inout EagerLaunches, _ tensors: EagerTensors,
    _ dO: HBMTensor<Queries, ValueFeatures>,
    _ dV: HBMTensor<Keys, ValueFeatures>, _ dS: HBMTensor<Queries, Keys>
  ) throws(LaunchError) {
    let problem = kernels.problem
    let (shape, blocks, options) = (problem.shape, problem.blocks, problem.request.options)
    let (V, P, Bc) = (problem.V, tensors.P, blocks.columns)
    let dP: HBMTensor<Queries, Keys> = problem.allocate("dP", columns: shape.keys)
    let droppedP = HeadGrid(tensors.droppedP, blocks)
    let dOs = HeadBlocks(dO, rows: blocks.rows)
    let (dPs, dSs) = (HeadGrid(dP, blocks), HeadGrid(dS, blocks))

    // The lanes of every product run along what lies contiguous in HBM: nothing turns.
    try kernels.launch(.valueGradient, grid: shape.kvMatrices, lanes: ValueFeatures.self) {
      core, kv in
      valueGradient(
        core, heads: shape.queryMatrices(ofKV: kv), droppedP, dOs, dV[kv].blocks(rows: Bc))
    }
    try kernels.launch(.probabilityGradient, grid: shape.kvMatrices, lanes: Keys.self) { core, kv in
      probabilityGradient(
        core, heads: shape.queryMatrices(ofKV: kv), dOs, V[kv].blocks(rows: Bc), dPs)
    }
    if let dropout = options.dropout, let Z = tensors.Z {
      let Z = HeadGrid(Z, blocks)
      try kernels.launchOverScores(.dropoutBackward) { core, h, i, j in
        dropOutBackward(core, dPs[h][i, j], Z[h][i, j], dropout)
      }
    }
    let rows = softmaxGradientRows(blocks, problem.request)
    try kernels.launchOverRows(.scoreGradient, rows: rows) { core, h, i in
      scoreGradient(
        core, P[h].blocks(rows: rows)[i], dP[h].blocks(rows: rows)[i],
        dS[h].blocks(rows: rows)[i])
    }
    if let shared = options.byteMask(for: shape), let tensor = tensors.mask {
      let mask = HeadGrid(tensor, blocks)
      try kernels.launchOverScores(.maskBackward, sharing: shared) { core, m, heads, i, j in
        ruleOutBackward(core, heads: heads, mask[m][i, j], dSs, row: i, column: j)
      }
    }
    if let cap = options.softcap {
      let capped = HeadGrid(tensors.cappedS, blocks)
      try kernels.launchOverScores(.softcapBackward) { core, h, i, j in
        softcapBackward(core, dSs[h][i, j], capped[h][i, j], at: cap)
      }
    }
  }

  /// dQ and dK, of dS.
  private static func computeGradients(
    _ kernels: inout EagerLaunches, _ tensors: EagerTensors, _ dS: HBMTensor<Queries, Keys>,
    _ dQ: HBMTensor<Queries, Features>, _ dK: HBMTensor<Keys, Features>
  ) throws(LaunchError) {
    let problem = kernels.problem
    let (shape, blocks, tau) = (problem.shape, problem.blocks, problem.scale)
    let (scaledK, Bc) = (tensors.scaledK, blocks.columns)
    let scaledKGradient: HBMTensor<Keys, Features> = problem.allocate(
      "dK_scaled", columns: shape.headDim)
    let Q = HeadBlocks(problem.Q, rows: blocks.rows)
    let (dS, dQ) = (HeadGrid(dS, blocks), HeadBlocks(dQ, rows: blocks.rows))

    try kernels.launch(.queryGradient, grid: shape.kvMatrices, lanes: Features.self) { core, kv in
      queryGradient(
        core, heads: shape.queryMatrices(ofKV: kv), dS, scaledK[kv].blocks(rows: Bc), dQ)
    }
    try kernels.launch(.keyGradient, grid: shape.kvMatrices, lanes: Features.self) { core, kv in
      keyGradient(
        core, heads: shape.queryMatrices(ofKV: kv), dS, Q, scaledKGradient[kv].blocks(rows: Bc))
    }
    try kernels.launchOverKeys(.scaleBackward) { core, kv, j in
      scale(
        core, scaledKGradient[kv].blocks(rows: Bc)[j], to: dK[kv].blocks(rows: Bc)[j], by: tau)
    }
  }
}
