@_spi(Host) internal import HBMSim

extension Standard {
  static func run(_ problem: AttentionProblem) throws(LaunchError) -> AlgorithmResult {
    let (shape, memory) = (problem.shape, problem.memory)
    let S: HBMTensor<Queries, Keys> = problem.allocate("S", columns: shape.keys)
    let P: HBMTensor<Queries, Keys> = problem.allocate("P", columns: shape.keys)
    let O: HBMTensor<Queries, ValueFeatures> = problem.allocate("O", columns: shape.valueDim)
    let random = try problem.saveRandomState(
      on: problem.request.pass.countsForward ? problem.machine : problem.preparing)
    let execution = try random.execution + forward(problem, S, P, O)
    var result = AlgorithmResult(
      execution: problem.request.pass.countsForward ? execution : Execution(),
      output: memory.contents(of: O))
    if let S = memory.contents(of: S), let P = memory.contents(of: P) {
      result.logSumExp = { logSumExp(scores: S, probabilities: P, keys: shape.keys) }
    }
    guard let dO = problem.dO else { return result }
    let dQ: HBMTensor<Queries, Features> = problem.allocate("dQ", columns: shape.headDim)
    let dK: HBMTensor<Keys, Features> = problem.allocate("dK", columns: shape.headDim)
    let dV: HBMTensor<Keys, ValueFeatures> = problem.allocate("dV", columns: shape.valueDim)
    result.execution =
      try result.execution + problem.loadRandomState(random.state)
      + backward(problem, S, P, dO, dQ, dK, dV)
    result.gradients = AlgorithmResult.Gradients(
      memory.contents(of: dQ), memory.contents(of: dK), memory.contents(of: dV))
    return result
  }

  private static func forward(
    _ problem: AttentionProblem, _ S: HBMTensor<Queries, Keys>, _ P: HBMTensor<Queries, Keys>,
    _ O: HBMTensor<Queries, ValueFeatures>
  ) throws(LaunchError) -> Execution {
    let (shape, blocks, memory) = (problem.shape, problem.blocks, problem.memory)
    let machine = problem.request.pass.countsForward ? problem.machine : problem.preparing
    let (Br, Bc, Tr) = (blocks.rows, blocks.columns, problem.rowBlockCount)
    let (K, V, tau) = (problem.K, problem.V, problem.scale)
    let Qs = HeadBlocks(problem.Q, rows: Br)
    let Os = HeadBlocks(O, rows: Br)
    let Ss = HeadGrid(S, blocks)
    let Ps = HeadGrid(P, blocks)
    let terms = (0..<shape.matrices).map { problem.scoreTerms($0) }

    // With the lanes along keys, S lies in SRAM as in HBM.
    let scoring = try machine.launch(
      Launch(
        grid: shape.matrices * Tr, footprint: scoresBudget(blocks, problem.request).total,
        lanes: Keys.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      scores(
        core, Qs[h][i], K[shape.kvMatrix(h)].blocks(rows: Bc), Ss[h], row: i, terms: terms[h],
        scale: tau)
    }
    let parts = softmaxBlocks(blocks, problem.request)
    let partCount = ceilingQuotient(shape.queries, parts.rows)
    let normalizing = try machine.launch(
      Launch(
        grid: shape.matrices * partCount, footprint: softmaxBudget(parts, problem.request).total,
        lanes: Keys.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / partCount, index % partCount)
      let S = HeadGrid(S, parts)[h]
      let P = HeadGrid(P, parts)[h]
      if parts.columns == shape.keys {
        softmax(core, S[i, 0], P[i, 0])
      } else {
        softmaxInParts(core, S, P, row: i)
      }
    }
    // With the lanes along the features of values, P, V and O lie in SRAM as in HBM.
    let averaging = try machine.launch(
      Launch(
        grid: shape.matrices * Tr, footprint: outputBudget(blocks, problem.request).total,
        lanes: ValueFeatures.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      output(
        core, Ps[h], V[shape.kvMatrix(h)].blocks(rows: Bc), Os[h][i], row: i, terms: terms[h])
    }
    return scoring + normalizing + averaging
  }

  private static func backward(
    _ problem: AttentionProblem, _ S: HBMTensor<Queries, Keys>, _ P: HBMTensor<Queries, Keys>,
    _ dO: HBMTensor<Queries, ValueFeatures>, _ dQ: HBMTensor<Queries, Features>,
    _ dK: HBMTensor<Keys, Features>, _ dV: HBMTensor<Keys, ValueFeatures>
  ) throws(LaunchError) -> Execution {
    let (shape, blocks, memory) = (problem.shape, problem.blocks, problem.memory)
    let machine = problem.machine
    let (Br, Bc, Tr) = (blocks.rows, blocks.columns, problem.rowBlockCount)
    let Tc = ceilingQuotient(shape.keys, Bc)
    let (K, V, tau) = (problem.K, problem.V, problem.scale)
    let dP: HBMTensor<Queries, Keys> = problem.allocate("dP", columns: shape.keys)
    let dS: HBMTensor<Queries, Keys> = problem.allocate("dS", columns: shape.keys)
    let Qs = HeadBlocks(problem.Q, rows: Br)
    let dOs = HeadBlocks(dO, rows: Br)
    let dQs = HeadBlocks(dQ, rows: Br)
    let Ps = HeadGrid(P, blocks)
    let dPs = HeadGrid(dP, blocks)
    let terms = (0..<shape.matrices).map { problem.scoreTerms($0) }
    let dSs = HeadGrid(dS, blocks)

    // The lanes of every product run along what lies contiguous in HBM: nothing turns.
    let first = try machine.launch(
      Launch(
        grid: shape.kvMatrices * Tc, footprint: valueGradientBudget(blocks, problem.request).total,
        lanes: ValueFeatures.self),
      memory: memory
    ) { core, index in
      let (kv, j) = (index / Tc, index % Tc)
      valueGradient(
        core, heads: shape.queryMatrices(ofKV: kv), Ps, dOs, dV[kv].blocks(rows: Bc)[j], column: j,
        terms: { terms[$0] })
    }
    let second = try machine.launch(
      Launch(
        grid: shape.matrices * Tr,
        footprint: probabilityGradientBudget(blocks, problem.request).total,
        lanes: Keys.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      probabilityGradient(
        core, dOs[h][i], V[shape.kvMatrix(h)].blocks(rows: Bc), dPs[h], row: i,
        terms: terms[h])
    }
    let parts = scoreGradientBlocks(blocks, problem.request)
    let partCount = ceilingQuotient(shape.queries, parts.rows)
    let partTerms = (0..<shape.matrices).map { problem.scoreTerms($0, in: parts) }
    let third = try machine.launch(
      Launch(
        grid: shape.matrices * partCount,
        footprint: scoreGradientBudget(parts, problem.request).total,
        lanes: Keys.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / partCount, index % partCount)
      let P = HeadGrid(P, parts)[h]
      let dP = HeadGrid(dP, parts)[h]
      let S = HeadGrid(S, parts)[h]
      let dS = HeadGrid(dS, parts)[h]
      if parts.columns == shape.keys {
        scoreGradient(core, P[i, 0], dP[i, 0], S[i, 0], dS[i, 0], row: i, terms: partTerms[h])
      } else {
        scoreGradientInParts(core, P, dP, S, dS, row: i, terms: partTerms[h])
      }
    }
    let fourth = try machine.launch(
      Launch(
        grid: shape.matrices * Tr, footprint: queryGradientBudget(blocks, problem.request).total,
        lanes: Features.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      queryGradient(
        core, dSs[h], K[shape.kvMatrix(h)].blocks(rows: Bc), dQs[h][i], row: i, scale: tau)
    }
    let fifth = try machine.launch(
      Launch(
        grid: shape.kvMatrices * Tc, footprint: keyGradientBudget(blocks, problem.request).total,
        lanes: Features.self),
      memory: memory
    ) { core, index in
      let (kv, j) = (index / Tc, index % Tc)
      keyGradient(
        core, heads: shape.queryMatrices(ofKV: kv), dSs, Qs, dK[kv].blocks(rows: Bc)[j], column: j,
        scale: tau)
    }
    return first + second + third + fourth + fifth
  }
}
