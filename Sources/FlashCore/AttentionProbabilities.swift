@_spi(Host) public import HBMSim

/// The weights of attention, which are computed when they are asked for, some rows at a time.
///
/// They are those of mask, pattern, soft cap and distances, before dropout. For the weights that values
/// are multiplied by, multiply those that ``Dropout/mask(batch:head:queries:keys:)`` keeps by
/// ``Dropout/scale``, and the others by 0.
public struct AttentionProbabilities: Sendable {
  /// The sizes of the blocks in a core's SRAM: the plan's, or equal parts of them.
  public let blocks: Blocks
  /// The SRAM that a core occupies at most, in bytes.
  public let footprint: Int
  /// What will move, from the sizes alone.
  public let closedForm: Ledger
  private let plan: AttentionPlan
  private let options: AttentionOptions
  private let maps: BlockMaps
  private let query: Tensor
  private let key: Tensor
  private let logSumExp: Tensor
  private let mask: Tensor?
  private let bias: Tensor?

  /// Weights whose tensors have the plan's shapes, in blocks that fit.
  init(
    _ plan: AttentionPlan, _ blocks: Blocks, query: Tensor, key: Tensor, logSumExp: Tensor,
    mask: Tensor?, bias: Tensor?
  ) {
    self.plan = plan
    self.blocks = blocks
    var options = plan.options
    options.pattern = options.pattern.cut(plan.blocks, into: blocks, plan.shape)
    self.options = options
    maps = BlockMaps(options, blocks, plan.shape)
    footprint = Probabilities.footprint(blocks, plan.request)
    closedForm = Probabilities.closedForm(plan.request, live: maps.live)
    self.query = query
    self.key = key
    self.logSumExp = logSumExp
    self.mask = mask
    self.bias = bias
  }

  /// The memory of this computer that running takes, in bytes: a block of rows and tiles, a thread.
  var requiredMemory: Int {
    let size = plan.precision.elementType.size
    return plan.machine.threads
      * (blocks.rows * plan.shape.keys * size + footprint * (4 / size))
  }

  /// Computes the weights and hands them over, block of rows by block of rows in ascending order, head by
  /// head. HBM holds no more than a block of rows a thread at any time.
  ///
  /// - Parameters:
  ///   - body: What is done with a block.
  ///   - batch: The number of the sequence.
  ///   - head: The number of the head.
  ///   - rows: The numbers of the queries.
  ///   - block: Their weights, [rows, keys], of the plan's element type. A row sums to 1, as far as
  ///     rounding goes, or to 0 where the query sees no key.
  /// - Returns: What moved, was computed and occupied SRAM, to get them.
  /// - Throws: What `body` throws.
  @discardableResult
  public func compute<Failure: Error>(
    _ body: (_ batch: Int, _ head: Int, _ rows: Range<Int>, _ block: Tensor) throws(Failure) -> Void
  ) throws(Failure) -> Execution {
    let shape = plan.shape
    let count = shape.matrices * ceilingQuotient(shape.queries, blocks.rows)
    var execution = Execution()
    for first in stride(from: 0, to: count, by: plan.machine.threads) {
      let part = (first..<min(first + plan.machine.threads, count)).map { place(ofProgram: $0) }
      let (done, weights) = run(part)
      execution = execution + done
      for (place, buffer) in zip(part, weights) {
        try body(
          place.matrix / shape.heads, place.matrix % shape.heads, place.rows,
          Tensor(shape: [place.rows.count, shape.keys], trusted: buffer))
      }
    }
    return execution
  }

  /// A block of rows: which one of which matrix.
  private struct Place {
    let matrix: Int
    let block: Int
    let rows: Range<Int>
  }

  private func place(ofProgram index: Int) -> Place {
    let queries = plan.shape.queries
    let (matrix, block) = index.quotientAndRemainder(
      dividingBy: ceilingQuotient(queries, blocks.rows))
    return Place(
      matrix: matrix, block: block,
      rows: block * blocks.rows..<min((block + 1) * blocks.rows, queries))
  }

  /// The weights of some blocks of rows, a program each.
  private func run(_ places: [Place]) -> (Execution, [HostBuffer]) {
    let (shape, tau) = (plan.shape, plan.scale)
    let memory = plan.machine.makeMemory()
    let Q: HBMTensor<Queries, Features> = memory.place(
      "Q", query.buffer, matrices: shape.matrices, rows: shape.queries, columns: shape.headDim)
    let K: HBMTensor<Keys, Features> = memory.place(
      "K", key.buffer, matrices: shape.kvMatrices, rows: shape.keys, columns: shape.headDim)
    let L: HBMTensor<Queries, One> = memory.place(
      "LSE", logSumExp.buffer, matrices: shape.matrices, rows: shape.queries, columns: 1)
    guard let scoreTensors = try? plan.scoreTensors(mask: mask, bias: bias, in: memory) else {
      preconditionFailure("A mask or bias that was checked does not go with the plan")
    }
    let P: [HBMTensor<Queries, Keys>] = places.map {
      memory.allocate(
        "P", matrices: 1, rows: $0.rows.count, columns: shape.keys,
        type: plan.precision.elementType)
    }
    let Qs = HeadBlocks(Q, rows: blocks.rows)
    let Ks = HeadBlocks(K, rows: blocks.columns)
    let Ls = HeadBlocks(L, rows: blocks.rows)
    do throws(LaunchError) {
      // With the lanes along keys, P lies in SRAM as in HBM.
      let execution = try plan.machine.launch(
        Launch(grid: places.count, footprint: footprint, lanes: Keys.self), memory: memory
      ) { core, index in
        let (h, i) = (places[index].matrix, places[index].block)
        Probabilities.weigh(
          core, row: i, scores: scoreTerms(h, scoreTensors), Qs[h][i], Ks[shape.kvMatrix(h)],
          Ls[h][i],
          P[index][0].blocks(rows: blocks.rows, columns: blocks.columns), scale: tau)
      }
      return (execution, P.compactMap { memory.contents(of: $0) })
    } catch {
      preconditionFailure("Blocks that were chosen to fit do not")
    }
  }

  private func scoreTerms(_ matrix: Int, _ tensors: ScoreTensors) -> ScoreTerms {
    let (batch, head) = matrix.quotientAndRemainder(dividingBy: plan.shape.heads)
    return ScoreTerms(
      options, batch: batch, head: head, map: maps[batch], blocks, plan.shape, tensors)
  }
}
