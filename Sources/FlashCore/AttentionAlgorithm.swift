internal import HBMSim

/// An algorithm: its tile programs, what they occupy, and what they move.
protocol AttentionAlgorithm {
  /// What the programs of each kernel of a pass keep in SRAM where they keep the most.
  static func budgets(_ blocks: Blocks, _ request: AttentionRequest) -> [SRAMBudget]

  /// What the programs of a pass move, from the sizes alone.
  ///
  /// - Parameter live: The blocks of S that are computed, of one head, added up over the batch.
  static func closedForm(
    _ blocks: Blocks, _ request: AttentionRequest, live: LiveBlocks
  ) -> Ledger

  /// The side of blocks whose number multiplies transfers.
  static func costlySide(_ pass: Pass) -> Blocks.Side

  /// The blocks of ``Tiling/fit``, or nil where only one side is costly.
  static func fitting(_ request: AttentionRequest) -> Blocks?

  /// What the programs keep in HBM beside their inputs, from the sizes alone.
  static func hbmFootprint(_ blocks: Blocks, _ request: AttentionRequest) -> HBMFootprint

  /// Whether the backward pass forms S once more, and does not find it or P in HBM.
  static var recomputesScores: Bool { get }

  /// Whether a forward pass with dropout saves the state of its random numbers for the backward pass, in
  /// a launch of its own, and does not write which weights it keeps.
  static var savesRandomState: Bool { get }

  /// Whether, without a mask, what moves depends on the numbers of blocks alone.
  static var movesByBlockCounts: Bool { get }

  /// Whether the backward pass takes no more of the forward pass than O and LSE.
  static var resumesFromOutput: Bool { get }

  /// How many grids the programs of a pass launch, one after another.
  static func launches(_ blocks: Blocks, _ request: AttentionRequest) -> Int

  /// Runs the programs of a pass.
  static func run(_ problem: AttentionProblem) throws(LaunchError) -> AlgorithmResult
}

extension AttentionAlgorithm {
  static func fitting(_ request: AttentionRequest) -> Blocks? { nil }
  static var recomputesScores: Bool { true }
  static var savesRandomState: Bool { true }

  static var movesByBlockCounts: Bool { true }

  static var resumesFromOutput: Bool { false }

  /// The SRAM that the programs of a pass occupy at most, in bytes.
  static func footprint(_ blocks: Blocks, _ request: AttentionRequest) -> Int {
    budgets(blocks, request).reduce(0) { max($0, $1.total) }
  }
}

/// What is asked for, before blocks are chosen.
struct AttentionRequest: Sendable {
  let shape: AttentionShape
  let pass: Pass
  let options: AttentionOptions
  let precision: Precision
  /// The SRAM of a core.
  let sram: Capacity
  /// Chunks of keys that are worked on in parallel, as asked for; nil for a number that suits. Of
  /// ``SplitKV`` alone.
  let splits: Int?

  /// The same of another pass.
  func with(_ pass: Pass) -> AttentionRequest {
    AttentionRequest(
      shape: shape, pass: pass, options: options, precision: precision, sram: sram, splits: splits)
  }

  /// Bytes of an element of a matrix in HBM, and of a tile that is loaded to be read.
  var elementSize: Int { precision.elementType.size }

  /// What a block of a mask or bias occupies, and the vectors in bytes: those that are there before it
  /// is used up, or those that come later, whichever is more together.
  func scoreTensorOrVectors(
    _ blocks: Blocks, before: Int, after: Int
  ) -> (loaded: Int, vectors: Int) {
    let loaded = options.scoreTensorSize * blocks.rows * blocks.columns
    let (first, later) = (4 * before * blocks.rows, 4 * after * blocks.rows)
    return loaded + first > later ? (loaded, first) : (0, later)
  }

  /// Adds what the programs of a pass read of a mask and of a bias that are tensors.
  func addScoreTensors(to ledger: inout Ledger, elements: Int, _ phase: Phase) {
    if let mask = options.maskTensor {
      ledger.add(Traffic(reads: elements, of: mask.elementType), phase: phase, tensor: "mask")
    }
    addBias(to: &ledger, elements: elements, phase)
  }

  /// Adds what they read of a bias that is a tensor.
  func addBias(to ledger: inout Ledger, elements: Int, _ phase: Phase) {
    if let bias = options.bias {
      ledger.add(Traffic(reads: elements, of: bias.elementType), phase: phase, tensor: "bias")
    }
  }
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
  /// The mask and the bias, where they are tensors.
  let scoreTensors: ScoreTensors
  /// The gradient of the output, where there is a backward pass.
  let dO: HBMTensor<Queries, ValueFeatures>?
  /// O and LSE of the forward pass, where they are given and it is not run.
  let forward: (O: HBMTensor<Queries, ValueFeatures>, L: HBMTensor<Queries, One>)?

  var shape: AttentionShape { request.shape }

  /// Blocks of queries, T_r.
  var rowBlockCount: Int { ceilingQuotient(shape.queries, blocks.rows) }

  /// What becomes of the scores of matrix `index` of Q.
  func scoreTerms(_ index: Int) -> ScoreTerms { scoreTerms(index, in: blocks) }

  /// The same for programs that work in other blocks, and do not ask which of them are live.
  func scoreTerms(_ index: Int, in blocks: Blocks) -> ScoreTerms {
    let (batch, head) = (index / shape.heads, index % shape.heads)
    return ScoreTerms(
      request.options, batch: batch, head: head, map: maps[batch], blocks, shape, scoreTensors)
  }

  /// A new tensor with a row a query, and a matrix a head; of the type of matrices, unless told
  /// otherwise.
  func allocate<Columns: Axis>(
    _ name: String, columns: Int, type: ElementType? = nil
  ) -> HBMTensor<Queries, Columns> {
    memory.allocate(
      name, matrices: shape.matrices, rows: shape.queries, columns: columns,
      type: type ?? request.precision.elementType)
  }

  /// A new tensor with a number a query, and a vector a head: a statistic, in f32.
  func allocate(statistic name: String) -> HBMTensor<Queries, One> {
    memory.allocate(name, vectors: shape.matrices, count: shape.queries)
  }

  /// A new tensor with a row a key, and a matrix a head of keys.
  func allocate<Columns: Axis>(_ name: String, columns: Int) -> HBMTensor<Keys, Columns> {
    memory.allocate(
      name, matrices: shape.kvMatrices, rows: shape.keys, columns: columns,
      type: request.precision.elementType)
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
