internal import HBMSim

/// A forward pass: its tile program, what it occupies, and what it moves.
protocol ForwardAlgorithm {
  /// The SRAM that the program occupies at most, in bytes.
  static func footprint(_ blocks: Blocks, _ shape: AttentionShape, sram: Capacity) -> Int

  /// What the program moves, from the sizes alone.
  static func closedForm(_ blocks: Blocks, _ shape: AttentionShape, sram: Capacity) -> Ledger

  /// The side of blocks whose number multiplies transfers.
  static var costlySide: Blocks.Side { get }

  /// The elements that the program keeps in HBM beside Q, K and V.
  static func hbmElements(_ shape: AttentionShape) -> Int

  /// How many grids the program launches, one after another.
  static var launches: Int { get }

  /// Runs the program.
  static func run(_ problem: ForwardProblem) throws(LaunchError) -> ForwardResult
}

extension ForwardAlgorithm {
  static var launches: Int { 1 }
}

/// What a forward pass works on.
struct ForwardProblem {
  let shape: AttentionShape
  let blocks: Blocks
  /// The factor of the scores, τ.
  let scale: Float
  let machine: Machine
  let memory: HBM
  let Q: HBMTensor<Queries, Features>
  let K: HBMTensor<Keys, Features>
  let V: HBMTensor<Keys, ValueFeatures>

  /// A launch for every matrix of Q.
  func heads(footprint: Int, lanes: any Axis.Type) -> Launch {
    Launch(grid: shape.matrices, footprint: footprint, lanes: lanes)
  }

  /// A launch for every block of rows of every matrix of Q.
  func rowBlocks(footprint: Int, lanes: any Axis.Type) -> Launch {
    Launch(grid: shape.matrices * rowBlockCount, footprint: footprint, lanes: lanes)
  }

  /// Blocks of queries, T_r.
  var rowBlockCount: Int { ceilingQuotient(shape.queries, blocks.rows) }

}

/// What a forward pass gives.
struct ForwardResult {
  /// What it did.
  var execution: Execution
  /// O, or nil where the machine only counts.
  var output: HostBuffer?
  /// log Σ exp of the scores of each row, made on demand: some algorithms keep it in other forms.
  var logSumExp: (() -> HostBuffer)?
}

/// ⌈a/b⌉.
func ceilingQuotient(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }
