internal import HBMSim

/// An algorithm: its tile programs, what they occupy, and what they move.
protocol AttentionAlgorithm {
  /// The SRAM that the programs of a pass occupy at most, in bytes.
  static func footprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int

  /// What the programs of a pass move, from the sizes alone.
  ///
  /// - Parameter live: The blocks of S that are computed, of one head, added up over the batch.
  static func closedForm(
    _ blocks: Blocks, _ request: AttentionRequest, live: LiveBlocks
  ) -> Ledger

  /// The side of blocks whose number multiplies transfers.
  static func costlySide(_ pass: Pass) -> Blocks.Side

  /// The elements that the programs keep in HBM beside Q, K, V and dO.
  static func hbmElements(_ request: AttentionRequest) -> Int

  /// How many grids the programs of a pass launch, one after another.
  static func launches(_ pass: Pass) -> Int

  /// Runs the programs of a pass.
  static func run(_ problem: AttentionProblem) throws(LaunchError) -> AlgorithmResult
}

/// What is asked for, before blocks are chosen.
struct AttentionRequest: Sendable {
  let shape: AttentionShape
  let pass: Pass
  let options: AttentionOptions
  /// The SRAM of a core.
  let sram: Capacity
}

/// What an algorithm works on.
struct AttentionProblem {
  let request: AttentionRequest
  let blocks: Blocks
  /// What the mask leaves over.
  let maps: BlockMaps
  /// The factor of the scores, τ.
  let scale: Float
  let machine: Machine
  let memory: HBM
  let Q: HBMTensor<Queries, Features>
  let K: HBMTensor<Keys, Features>
  let V: HBMTensor<Keys, ValueFeatures>
  /// The gradient of the output, where there is a backward pass.
  let dO: HBMTensor<Queries, ValueFeatures>?

  var shape: AttentionShape { request.shape }

  /// Blocks of queries, T_r.
  var rowBlockCount: Int { ceilingQuotient(shape.queries, blocks.rows) }

  /// What becomes of the scores of matrix `index` of Q.
  func scoreTerms(_ index: Int) -> ScoreTerms { scoreTerms(index, in: blocks) }

  /// The same for programs that work in other blocks, and do not ask which of them are live.
  func scoreTerms(_ index: Int, in blocks: Blocks) -> ScoreTerms {
    let (batch, head) = (index / shape.heads, index % shape.heads)
    return ScoreTerms(
      request.options, batch: batch, head: head, map: maps[batch], blocks, shape)
  }

  /// A new tensor with a row a query, and a matrix a head.
  func allocate<Columns: Axis>(
    _ name: String, columns: Int
  ) -> HBMTensor<Queries, Columns> {
    memory.allocate(name, matrices: shape.matrices, rows: shape.queries, columns: columns)
  }

  /// A new tensor with a row a key, and a matrix a head of keys.
  func allocate<Columns: Axis>(_ name: String, columns: Int) -> HBMTensor<Keys, Columns> {
    memory.allocate(name, matrices: shape.kvMatrices, rows: shape.keys, columns: columns)
  }

  /// The machine that prepares, uncounted, what a forward pass would have left: whatever its SRAM, for
  /// what fits the one pass may not fit the other.
  var preparing: Machine {
    var machine = machine
    machine.sram = .unlimited
    machine.observer = nil
    machine.progress = nil
    return machine
  }
}

/// What an algorithm gives.
struct AlgorithmResult {
  /// What it did.
  var execution: Execution
  /// O, or nil where the machine only counts.
  var output: HostBuffer?
  /// log Σ exp of the scores of each row, made on demand: some algorithms keep it in other forms.
  var logSumExp: (() -> HostBuffer)?
  /// dQ, dK and dV, where there is a backward pass.
  var gradients: Gradients?

  /// The gradients of the inputs.
  struct Gradients {
    let query: HostBuffer
    let key: HostBuffer
    let value: HostBuffer

    /// The gradients, or nil where the machine only counts.
    init?(_ query: HostBuffer?, _ key: HostBuffer?, _ value: HostBuffer?) {
      guard let query, let key, let value else { return nil }
      self.query = query
      self.key = key
      self.value = value
    }
  }
}

/// ⌈a/b⌉.
func ceilingQuotient(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }
