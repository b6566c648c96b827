@_spi(Host) internal import HBMSim

extension SquareTiling {
  static func run(_ problem: AttentionProblem) throws(LaunchError) -> AlgorithmResult {
    let (shape, memory) = (problem.shape, problem.memory)
    let countsForward = problem.request.pass.countsForward
    let S: HBMTensor<Queries, Keys> = problem.allocate("S", columns: shape.keys)
    let O: HBMTensor<Queries, ValueFeatures> = problem.allocate("O", columns: shape.valueDim)
    let m = problem.allocate(statistic: "m")
    let l = problem.allocate(statistic: "l")
    let machine = countsForward ? problem.machine : problem.preparing
    let random = try problem.saveRandomState(on: machine)
    let execution = try random.execution + forward(problem, on: machine, S, O, m, l)
    var result = AlgorithmResult(
      execution: countsForward ? execution : Execution(), output: memory.contents(of: O))
    if let l = memory.contents(of: l), let m = memory.contents(of: m) {
      result.logSumExp = { logSumExp(sums: l, maxima: m) }
    }
    guard let dO = problem.dO else { return result }
    let dQ: HBMTensor<Queries, Features> = problem.allocate("dQ", columns: shape.headDim)
    let dK: HBMTensor<Keys, Features> = problem.allocate("dK", columns: shape.headDim)
    let dV: HBMTensor<Keys, ValueFeatures> = problem.allocate("dV", columns: shape.valueDim)
    result.execution =
      try result.execution + problem.loadRandomState(random.state)
      + backward(problem, S, O, m, l, dO, dQ, dK, dV)
    result.gradients = AlgorithmResult.Gradients(
      memory.contents(of: dQ), memory.contents(of: dK), memory.contents(of: dV))
    return result
  }

  private static func forward(
    _ problem: AttentionProblem, on machine: Machine, _ S: HBMTensor<Queries, Keys>,
    _ O: HBMTensor<Queries, ValueFeatures>, _ m: HBMTensor<Queries, One>,
    _ l: HBMTensor<Queries, One>
  ) throws(LaunchError) -> Execution {
    let (shape, blocks, tau) = (problem.shape, problem.blocks, problem.scale)
    let (Br, Tr) = (blocks.rows, problem.rowBlockCount)
    let ofQueries = Blocks(rows: Br, columns: chunk(blocks))
    let ofKeys = Blocks(rows: blocks.columns, columns: chunk(blocks))
    let Qs = HeadGrid(problem.Q, ofQueries)
    let Ks = HeadGrid(problem.K, ofKeys)
    let Vs = HeadGrid(problem.V, ofKeys)
    let Ss = HeadGrid(S, blocks)
    let Os = HeadGrid(O, ofQueries)
    let ms = HeadBlocks(m, rows: Br)
    let ls = HeadBlocks(l, rows: Br)
    let terms = (0..<shape.matrices).map { problem.scoreTerms($0) }
    // With the lanes along the features of values, all but K lie in SRAM as they are multiplied.
    return try machine.launch(
      Launch(
        grid: shape.matrices * Tr, footprint: forwardBudget(blocks, problem.request).total,
        lanes: ValueFeatures.self),
      memory: problem.memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      let kv = shape.kvMatrix(h)
      self.forward(
        core, row: i, terms: terms[h], Qs[h], Ks[kv], Vs[kv], Ss[h], Os[h], ms[h][i], ls[h][i],
        scale: tau)
    }
  }

  private static func backward(
    _ problem: AttentionProblem, _ S: HBMTensor<Queries, Keys>,
    _ O: HBMTensor<Queries, ValueFeatures>, _ m: HBMTensor<Queries, One>,
    _ l: HBMTensor<Queries, One>, _ dO: HBMTensor<Queries, ValueFeatures>,
    _ dQ: HBMTensor<Queries, Features>, _ dK: HBMTensor<Keys, Features>,
    _ dV: HBMTensor<Keys, ValueFeatures>
  ) throws(LaunchError) -> Execution {
    let (shape, blocks, request) = (problem.shape, problem.blocks, problem.request)
    let (machine, memory, tau) = (problem.machine, problem.memory, problem.scale)
    let (Br, Tr) = (blocks.rows, problem.rowBlockCount)
    let Tc = ceilingQuotient(shape.keys, blocks.columns)
    let chunks = ceilingQuotient(shape.headDim, chunk(blocks))
    let valueChunks = ceilingQuotient(shape.valueDim, chunk(blocks))
    let ofQueries = Blocks(rows: Br, columns: chunk(blocks))
    let ofKeys = Blocks(rows: blocks.columns, columns: chunk(blocks))
    let D = problem.allocate(statistic: "D")
    let dS: HBMTensor<Queries, Keys> = problem.allocate("dS", columns: shape.keys)
    let Qs = HeadGrid(problem.Q, ofQueries)
    let Ks = HeadGrid(problem.K, ofKeys)
    let Vs = HeadGrid(problem.V, ofKeys)
    let (Ss, dSs) = (HeadGrid(S, blocks), HeadGrid(dS, blocks))
    let (Os, dOs) = (HeadGrid(O, ofQueries), HeadGrid(dO, ofQueries))
    let (ms, ls, Ds) = (HeadBlocks(m, rows: Br), HeadBlocks(l, rows: Br), HeadBlocks(D, rows: Br))
    let (dQs, dKs, dVs) = (HeadGrid(dQ, ofQueries), HeadGrid(dK, ofKeys), HeadGrid(dV, ofKeys))
    let terms = (0..<shape.matrices).map { problem.scoreTerms($0) }

    // The lanes of every product run along what lies contiguous in HBM.
    let first = try machine.launch(
      Launch(
        grid: shape.matrices * Tr, footprint: preparationBudget(blocks, request).total,
        lanes: Keys.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      prepareBackward(core, row: i, Os[h], dOs[h], Ds[h][i])
    }
    let second = try machine.launch(
      Launch(
        grid: shape.matrices * Tr, footprint: scoreGradientBudget(blocks, request).total,
        lanes: Keys.self),
      memory: memory
    ) { core, index in
      let (h, i) = (index / Tr, index % Tr)
      scoreGradient(
        core, row: i, terms: terms[h], Ss[h], ms[h][i], ls[h][i], Ds[h][i], dOs[h],
        Vs[shape.kvMatrix(h)], dSs[h])
    }
    let third = try machine.launch(
      Launch(
        grid: shape.kvMatrices * Tc * valueChunks,
        footprint: valueGradientBudget(blocks, request).total, lanes: ValueFeatures.self),
      memory: memory
    ) { core, index in
      let (block, c) = (index / valueChunks, index % valueChunks)
      let (kv, j) = (block / Tc, block % Tc)
      valueGradient(
        core, column: j, chunk: c, heads: shape.queryMatrices(ofKV: kv), terms: { terms[$0] }, Ss,
        ms, ls, dOs, dVs[kv][j, c])
    }
    let fourth = try machine.launch(
      Launch(
        grid: shape.matrices * Tr * chunks, footprint: queryGradientBudget(blocks, request).total,
        lanes: Features.self),
      memory: memory
    ) { core, index in
      let (block, c) = (index / chunks, index % chunks)
      let (h, i) = (block / Tr, block % Tr)
      queryGradient(
        core, row: i, chunk: c, terms: terms[h], dSs[h], Ks[shape.kvMatrix(h)], dQs[h][i, c],
        scale: tau)
    }
    let fifth = try machine.launch(
      Launch(
        grid: shape.kvMatrices * Tc * chunks, footprint: keyGradientBudget(blocks, request).total,
        lanes: Features.self),
      memory: memory
    ) { core, index in
      let (block, c) = (index / chunks, index % chunks)
      let (kv, j) = (block / Tc, block % Tc)
      keyGradient(
        core, column: j, chunk: c, heads: shape.queryMatrices(ofKV: kv), terms: { terms[$0] }, dSs,
        Qs, dKs[kv][j, c], scale: tau)
    }
    return first + second + third + fourth + fifth
  }
}
