@_spi(Host) public import HBMSim

/// Attention that is ready to run: sizes checked, blocks chosen, memory enough.
public struct AttentionPlan: Sendable {
  /// The algorithm.
  public let algorithm: Algorithm
  /// The sizes.
  public let shape: AttentionShape
  /// The direction.
  public let pass: Pass
  /// Mask, pattern, dropout and the like.
  public let options: AttentionOptions
  /// How matrices lie in HBM.
  public let precision: Precision
  /// The block sizes, no larger than the problem.
  public let blocks: Blocks
  /// The factor of the scores before the softmax, τ.
  public let scale: Float
  /// The machine that it runs on.
  public let machine: Machine
  /// What was asked for as ``splits``.
  private let requestedSplits: Int?
  /// What mask and pattern leave over.
  private let maps: BlockMaps

  /// Plans attention.
  ///
  /// - Parameters:
  ///   - algorithm: What computes it.
  ///   - pass: The direction.
  ///   - shape: The sizes.
  ///   - options: Mask, pattern, dropout and the like.
  ///   - precision: How matrices lie in HBM.
  ///   - scale: τ, by default 1/√d.
  ///   - tiling: How block sizes are chosen.
  ///   - splits: Chunks of keys that ``Algorithm/splitKV`` works on in parallel, at most; by default
  ///     as many as Flash-decoding takes. Other algorithms have none.
  ///   - machine: What it runs on.
  /// - Throws: ``AttentionError`` where options do not go with the shape, blocks do not fit into the
  ///   machine's SRAM, or the problem does not fit into this computer's memory.
  public init(
    _ algorithm: Algorithm, pass: Pass = .forward, shape: AttentionShape,
    options: AttentionOptions = AttentionOptions(), precision: Precision = .f32,
    scale: Float? = nil, tiling: Tiling = .fit, splits: Int? = nil, on machine: Machine
  ) throws(AttentionError) {
    if let splits, splits <= 0 { throw .sizeNotPositive(name: "splits", size: splits) }
    try options.validate(for: shape)
    self.algorithm = algorithm
    self.shape = shape
    self.pass = pass
    self.options = options
    self.precision = precision
    self.scale = scale ?? 1 / Float(shape.headDim).squareRoot()
    self.machine = machine
    requestedSplits = splits
    blocks = try tiling.blocks(
      for: algorithm,
      AttentionRequest(
        shape: shape, pass: pass, options: options, precision: precision, sram: machine.sram,
        splits: splits))
    try options.pattern.validate(blocks, shape)
    maps = BlockMaps(options, blocks, shape)
    // Asking the system takes 70 µs, a tenth of attention over 128 tokens in 12 heads, and less than
    // this is there wherever a process starts.
    if machine.mode == .count || requiredMemory < 1 << 24 { return }
    let available = HostProcessor.availableMemory
    if requiredMemory > available {
      throw .insufficientMemory(
        algorithm: algorithm, needed: requiredMemory, available: available)
    }
  }

  /// The SRAM that a core occupies at most, in bytes.
  public var footprint: Int { algorithm.programs.footprint(blocks, request) }

  /// What a core's SRAM is taken by where most of it is taken.
  public var budget: SRAMBudget { .greatest(budgets) }

  /// What each kernel takes of a core's SRAM where it takes the most, one after another.
  public var budgets: [SRAMBudget] { algorithm.programs.budgets(blocks, request) }

  /// What will move, from the sizes alone, by phase and tensor.
  public var closedForm: Ledger { algorithm.programs.closedForm(blocks, request, live: maps.live) }

  /// What would move if masks and patterns left no block of S: of the closed form, the part that does
  /// not grow with the number of blocks.
  public var closedFormWithoutBlocks: Ledger {
    algorithm.programs.closedForm(blocks, request, live: LiveBlocks())
  }

  /// The keys that a query sees, through mask and pattern, in ascending order.
  public func visibleKeys(query: Int, batch: Int) -> [Range<Int>] {
    let seen = options.mask.visibleKeys(query: query, batch: batch, in: shape)
    if options.pattern == .full { return seen }
    let isLive = options.pattern.isLive(blocks, shape)
    var visible: [Range<Int>] = []
    for j in 0..<ceilingQuotient(shape.keys, blocks.columns)
    where isLive(query / blocks.rows, j) {
      let keys = j * blocks.columns..<min((j + 1) * blocks.columns, shape.keys)
      for range in seen {
        let part = range.clamped(to: keys)
        if !part.isEmpty { visible.append(part) }
      }
    }
    return visible
  }

  /// How many blocks of S are computed, of all that there are; added up over batch and heads.
  public var liveBlocks: (live: Int, total: Int) {
    let all =
      shape.matrices * ceilingQuotient(shape.queries, blocks.rows)
      * ceilingQuotient(shape.keys, blocks.columns)
    return (shape.heads * maps.live.blocks, all)
  }

  var request: AttentionRequest {
    AttentionRequest(
      shape: shape, pass: pass, options: options, precision: precision, sram: machine.sram,
      splits: requestedSplits)
  }

  /// The chunks of keys that are worked on in parallel, whose results are then put together; nil for
  /// other algorithms than ``Algorithm/splitKV``.
  public var splits: Int? {
    algorithm == .splitKV ? KeyChunks(blocks, request).count : nil
  }

  /// How many grids running launches, one after another.
  public var launches: Int {
    let passes = (pass.countsForward ? 1 : 0) + (pass.hasBackward ? 1 : 0)
    let savesRandomState = options.dropout != nil && algorithm.programs.savesRandomState
    return algorithm.programs.launches(blocks, request) + (savesRandomState ? passes : 0)
  }

  /// The memory of this computer that running takes beside the inputs, in bytes: what the algorithm
  /// keeps in HBM, and the tiles of every thread.
  public var requiredMemory: Int {
    if machine.mode == .count { return 0 }
    // A tile has four bytes an element of this computer's memory, whatever it occupies of SRAM.
    return algorithm.programs.hbmFootprint(blocks, request).bytes
      + machine.threads * footprint * (4 / precision.elementType.size)
  }

  /// Runs attention.
  ///
  /// - Parameters:
  ///   - query: Q, [batch, heads, queries, headDim].
  ///   - key: K, [batch, kvHeads, keys, headDim].
  ///   - value: V, [batch, kvHeads, keys, valueDim].
  ///   - outputGradient: dO, [batch, heads, queries, valueDim], where there is a backward pass.
  ///   - mask: The mask, [batch or 1, heads or 1, queries, keys], where the options have a mask tensor.
  ///   - bias: The bias, [batch or 1, heads or 1, queries, keys], where the options have one.
  ///   - forward: What a forward pass on the same inputs gave, for a plan of the backward pass alone,
  ///     which then runs none; see ``Algorithm/resumesFromOutput``. What is counted is the same.
  /// - Throws: ``AttentionError`` where the tensors have other shapes or elements than planned, or the
  ///   algorithm takes more of its forward pass than is given.
  /// - Precondition: The machine executes, there is an output gradient if there is a backward pass,
  ///   a mask and a bias if the options have them, and no result of a forward pass that is planned.
  public func callAsFunction(
    query: Tensor, key: Tensor, value: Tensor, outputGradient: Tensor? = nil, mask: Tensor? = nil,
    bias: Tensor? = nil, forward: ForwardResult? = nil
  ) throws(AttentionError) -> AttentionResult {
    try callAsFunction(
      query: query, key: key, value: value, outputGradient: outputGradient, mask: mask, bias: bias,
      forward: forward, into: ResultMemory())
  }

  /// Runs attention, with results in memory of the caller's.
  ///
  /// - Parameter results: Where results go that the algorithm keeps in HBM as they are returned:
  ///   of ``Algorithm/flash2`` and ``Algorithm/splitKV`` all, but dQ where it is added up in another
  ///   type. Others are returned in memory of their own.
  @_spi(Host)
  public func callAsFunction(
    query: Tensor, key: Tensor, value: Tensor, outputGradient: Tensor? = nil, mask: Tensor? = nil,
    bias: Tensor? = nil, forward: ForwardResult? = nil, into results: ResultMemory
  ) throws(AttentionError) -> AttentionResult {
    precondition(machine.mode == .execute, "A machine that only counts has no results")
    precondition(!pass.hasBackward || outputGradient != nil, "A backward pass without a gradient")
    let outputShape = [shape.batch, shape.heads, shape.queries, shape.valueDim]
    try check(query, "query", [shape.batch, shape.heads, shape.queries, shape.headDim])
    try check(key, "key", [shape.batch, shape.kvHeads, shape.keys, shape.headDim])
    try check(value, "value", [shape.batch, shape.kvHeads, shape.keys, shape.valueDim])
    if let outputGradient { try check(outputGradient, "output gradient", outputShape) }
    if let forward { try check(forward) }
    let memory = machine.makeMemory()
    let scoreTensors = try scoreTensors(mask: mask, bias: bias, in: memory)
    results.provide(in: memory)
    let result = try run(
      memory, query, key, value, pass.hasBackward ? outputGradient : nil, scoreTensors,
      forward: forward)
    guard let output = result.output, let logSumExp = result.logSumExp else {
      preconditionFailure("An executed algorithm without results")
    }
    return AttentionResult(
      output: Tensor(shape: outputShape, trusted: output),
      logSumExp: Tensor(
        shape: [shape.batch, shape.heads, shape.queries], trusted: logSumExp()),
      gradients: result.gradients.map {
        AttentionResult.Gradients(
          query: Tensor(shape: query.shape, trusted: $0.query),
          key: Tensor(shape: key.shape, trusted: $0.key),
          value: Tensor(shape: value.shape, trusted: $0.value))
      },
      execution: result.execution)
  }

  /// Counts what attention would move and compute, without computing it.
  ///
  /// - Throws: ``AttentionError/launch(_:)``.
  /// - Precondition: The machine only counts.
  public func count() throws(AttentionError) -> Execution {
    precondition(machine.mode == .count, "A machine that executes needs tensors")
    let memory = machine.makeMemory()
    return try run(
      memory, nil, nil, nil, nil,
      ScoreTensors(
        mask: placeholder("mask", options.maskTensor, in: memory),
        bias: placeholder("bias", options.bias, in: memory))
    ).execution
  }

  /// Runs the programs on tensors, or on names and sizes alone where the machine only counts.
  private func run(
    _ memory: HBM, _ query: Tensor?, _ key: Tensor?, _ value: Tensor?, _ outputGradient: Tensor?,
    _ scoreTensors: ScoreTensors, forward: ForwardResult? = nil
  ) throws(AttentionError) -> AlgorithmResult {
    let (matrices, kvMatrices) = (shape.matrices, shape.kvMatrices)
    let problem = AttentionProblem(
      request: request, blocks: blocks, maps: maps, scale: scale, machine: machine, memory: memory,
      Q: input("Q", query, matrices, shape.queries, shape.headDim, in: memory),
      K: input("K", key, kvMatrices, shape.keys, shape.headDim, in: memory),
      V: input("V", value, kvMatrices, shape.keys, shape.valueDim, in: memory),
      scoreTensors: scoreTensors,
      dO: pass.hasBackward
        ? input("dO", outputGradient, matrices, shape.queries, shape.valueDim, in: memory) : nil,
      forward: forward.map { place($0, in: memory) })
    do throws(LaunchError) {
      return try algorithm.programs.run(problem)
    } catch {
      throw .launch(error)
    }
  }
}
