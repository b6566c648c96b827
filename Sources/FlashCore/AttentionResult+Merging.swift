@_spi(Host) public import HBMSim

extension AttentionResult {
  /// Attention over all keys, from attention over disjoint parts of them.
  ///
  /// With Lₛ and Oₛ, the log-sum-exps and outputs of part s,
  ///
  ///     L = log Σₛ exp(Lₛ),    O = Σₛ exp(Lₛ − L)·Oₛ,
  ///
  /// which is exact but for roundings. So keys and values can be worked on where they are, on several
  /// machines or before later ones are there:
  ///
  ///     let both = try AttentionResult(merging: [first, second], on: .host)
  ///
  /// A row that sees no key of a part has O = 0 and L = −∞ there, and the part adds nothing to it. A
  /// row that sees none in any part keeps both. The scores are those of one and the same rule: a
  /// causal mask, distances and dropout count keys from the first of their part. There are no
  /// gradients: they take all keys.
  ///
  /// This is ``Algorithm/splitKV``'s reduction, the second kernel of Flash-decoding (Dao, Haziza, Massa
  /// and Sizov 2023), and of its accuracy: a log-sum-exp of 10⁴ is rounded to 5·10⁻⁴, and with it the
  /// weight of its part.
  ///
  /// - Parameters:
  ///   - parts: Results for the same queries: outputs [batch, heads, queries, valueDim] of one type,
  ///     log-sum-exps [batch, heads, queries] in f32. They are taken one after another, in this order.
  ///   - machine: What it runs on.
  /// - Throws: ``AttentionError/nothingToMerge``, ``AttentionError/shapesDisagree(what:first:_:second:_:)``
  ///   or ``AttentionError/elementTypesDisagree(tensor:_:expected:)`` where there are no parts or they
  ///   do not go together; ``AttentionError/launch(_:)`` where a row of two outputs does not fit into
  ///   SRAM.
  /// - Precondition: The machine executes.
  /// - Complexity: HBM accesses, in elements: parts · N(valueDim + 1) read and N(valueDim + 1) written,
  ///   with N = batch · heads · queries.
  public init(merging parts: [AttentionResult], on machine: Machine) throws(AttentionError) {
    precondition(machine.mode == .execute, "A machine that only counts has no results")
    guard let first = parts.first else { throw .nothingToMerge }
    for (number, part) in parts.enumerated() {
      try Self.check(part.output, against: first.output, number: number)
    }
    let sizes = first.output.shape
    let (matrices, queries, valueDim) = (sizes[0] * sizes[1], sizes[2], sizes[3])
    let memory = machine.makeMemory()
    let O: HBMTensor<Queries, ValueFeatures> = memory.allocate(
      "O", matrices: matrices, rows: queries, columns: valueDim, type: first.output.elementType)
    let L: HBMTensor<Queries, One> = memory.allocate("LSE", vectors: matrices, count: queries)
    let rows = Self.rowsThatFit(queries: queries, valueDim: valueDim, in: machine.sram)
    let partials = parts.map { part in
      (
        O: HeadBlocks<Queries, ValueFeatures>(
          memory.place(
            "O_partial", part.output.buffer, matrices: matrices, rows: queries, columns: valueDim),
          rows: rows),
        L: HeadBlocks<Queries, One>(
          memory.place(
            "LSE_partial", part.logSumExp.buffer, matrices: matrices, rows: queries, columns: 1),
          rows: rows)
      )
    }
    let Os = HeadBlocks(O, rows: rows)
    let Ls = HeadBlocks(L, rows: rows)
    let Tr = ceilingQuotient(queries, rows)
    do throws(LaunchError) {
      execution = try machine.launch(
        Launch(
          grid: matrices * Tr,
          footprint: SplitKV.reductionBudget(rows: rows, valueDim: valueDim).total,
          lanes: ValueFeatures.self),
        memory: memory
      ) { core, index in
        let (h, i) = (index / Tr, index % Tr)
        let blocks = partials.lazy.map { PartialBlocks(O: $0.O[h][i], L: $0.L[h][i]) }
        SplitKV.reduce(core, blocks, Os[h][i], Ls[h][i])
      }
    } catch {
      throw .launch(error)
    }
    guard let output = memory.contents(of: O), let logSumExp = memory.contents(of: L) else {
      preconditionFailure("An executed program without results")
    }
    self.output = Tensor(shape: sizes, trusted: output)
    self.logSumExp = Tensor(shape: Array(sizes.prefix(3)), trusted: logSumExp)
    gradients = nil
  }

  /// As many rows as fit, and one where none does, to be refused.
  private static func rowsThatFit(queries: Int, valueDim: Int, in sram: Capacity) -> Int {
    guard let available = sram.byteCount else { return queries }
    let row = SplitKV.reductionBudget(rows: 1, valueDim: valueDim).total
    return min(queries, max(1, available / row))
  }

  private static func check(
    _ tensor: Tensor, against first: Tensor, number: Int
  ) throws(AttentionError) {
    try tensor.require(first.shape, of: "output of part 0", as: "output of part \(number)")
    if tensor.elementType != first.elementType {
      throw .elementTypesDisagree(
        tensor: "output of part \(number)", tensor.elementType, expected: first.elementType)
    }
  }
}
