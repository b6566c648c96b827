internal import HBMSim

/// The tensors that the kernels of eager standard attention hand on, beside its inputs and gradients.
struct EagerTensors {
  /// K′ = τK.
  let scaledK: HBMTensor<Keys, Features>
  /// What each operation up to the softmax writes; at last, what the softmax reads.
  let S: HBMTensor<Queries, Keys>
  /// The scores behind the soft cap: S itself, where nothing follows that would change them before the
  /// backward pass asks for them.
  let cappedS: HBMTensor<Queries, Keys>
  /// The weights before dropout.
  let P: HBMTensor<Queries, Keys>
  /// The weights behind dropout: P itself without.
  let droppedP: HBMTensor<Queries, Keys>
  /// Which weights dropout keeps, where there is one.
  let Z: HBMTensor<Queries, Keys>?
  /// The output.
  let O: HBMTensor<Queries, ValueFeatures>
  /// Who sees whom, where not every query sees every key.
  let mask: HBMTensor<Queries, Keys>?

  /// New tensors, and the mask with its contents.
  init(_ problem: AttentionProblem) {
    let (request, keys) = (problem.request, problem.shape.keys)
    let hasDropout = request.options.dropout != nil
    scaledK = problem.allocate("K_scaled", columns: problem.shape.headDim)
    S = problem.allocate("S", columns: keys)
    P = problem.allocate("P", columns: keys)
    cappedS = request.keepsCappedScores ? problem.allocate("S_capped", columns: keys) : S
    droppedP = hasDropout ? problem.allocate("P_dropped", columns: keys) : P
    Z = hasDropout ? problem.allocate("Z", columns: keys, type: .bool) : nil
    O = problem.allocate("O", columns: problem.shape.valueDim)
    mask = problem.makeByteMask()
  }
}

extension AttentionRequest {
  /// Whether the backward pass needs scores behind the soft cap that a later operation changes.
  var keepsCappedScores: Bool {
    options.softcap != nil && pass.hasBackward
      && (options.slopes != nil || options.bias != nil || options.byteMask(for: shape) != nil)
  }
}

/// Launches kernels of eager standard attention one after another, and adds up what they do.
struct EagerLaunches {
  /// What they work on.
  let problem: AttentionProblem
  /// What all launches have done.
  private(set) var execution = Execution()
  private let machine: Machine
  /// The SRAM of the programs of each kernel, in bytes.
  private let footprints: [Phase: Int]

  init(_ problem: AttentionProblem, on machine: Machine) {
    self.problem = problem
    self.machine = machine
    // Of both passes: what the counted one finds in HBM may have to be prepared.
    let kernels = StandardEager.kernels(problem.blocks, problem.request.with(.both))
    footprints = Dictionary(uniqueKeysWithValues: kernels.map { ($0.phase, $0.budget.total) })
  }

  /// Launches the kernel of a phase on a grid.
  mutating func launch(
    _ phase: Phase, grid: Int, lanes: any Axis.Type,
    _ program: @Sendable (borrowing Core, _ index: Int) -> Void
  ) throws(LaunchError) {
    guard let footprint = footprints[phase] else { preconditionFailure("A kernel without a size") }
    execution =
      try execution
      + machine.launch(
        Launch(grid: grid, footprint: footprint, lanes: lanes), memory: problem.memory
      ) { core, index in
        core.begin(phase)
        program(core, index)
      }
  }

  /// Launches a program a block j of rows of each head of keys, whose elements it changes one by one.
  mutating func launchOverKeys(
    _ phase: Phase, _ program: @Sendable (borrowing Core, _ kv: Int, _ j: Int) -> Void
  ) throws(LaunchError) {
    let Tc = ceilingQuotient(problem.shape.keys, problem.blocks.columns)
    try launch(phase, grid: problem.shape.kvMatrices * Tc, lanes: Features.self) { core, index in
      program(core, index / Tc, index % Tc)
    }
  }

  /// Launches a program a block i of whole rows of S, of each head.
  mutating func launchOverRows(
    _ phase: Phase, rows: Int, _ program: @Sendable (borrowing Core, _ h: Int, _ i: Int) -> Void
  ) throws(LaunchError) {
    let count = ceilingQuotient(problem.shape.queries, rows)
    try launch(phase, grid: problem.shape.matrices * count, lanes: Keys.self) { core, index in
      program(core, index / count, index % count)
    }
  }

  /// Launches a program a block (i, j) of S, of each head, whose elements it changes one by one.
  mutating func launchOverScores(
    _ phase: Phase, _ program: @Sendable (borrowing Core, _ h: Int, _ i: Int, _ j: Int) -> Void
  ) throws(LaunchError) {
    let Tc = ceilingQuotient(problem.shape.keys, problem.blocks.columns)
    let blocks = problem.rowBlockCount * Tc
    try launch(phase, grid: problem.shape.matrices * blocks, lanes: Keys.self) { core, index in
      program(core, index / blocks, index % blocks / Tc, index % Tc)
    }
  }

  /// Launches a program a block (i, j) of each matrix of a mask or bias, for all heads that share it: so
  /// each block of it is loaded once.
  mutating func launchOverScores(
    _ phase: Phase, sharing tensor: ScoreTensor,
    _ program:
      @Sendable (
        borrowing Core, _ matrix: Int, _ heads: [Int], _ i: Int, _ j: Int
      ) -> Void
  ) throws(LaunchError) {
    let Tc = ceilingQuotient(problem.shape.keys, problem.blocks.columns)
    let blocks = problem.rowBlockCount * Tc
    let heads = tensor.heads(in: problem.shape)
    try launch(phase, grid: tensor.matrices * blocks, lanes: Keys.self) { core, index in
      let matrix = index / blocks
      program(core, matrix, heads[matrix], index % blocks / Tc, index % Tc)
    }
  }
}
